// Instructions that must be read before the first task with them: the task stays covered until the worker says so.

import { openDialog } from "./dialogs.js";

const READ = "groundtruth-work-read";
const MOST = 200; // versions remembered on a device

/**
 * Open the instructions if this worker has not read this version of them on this device.
 * @param {{version: string, worker: string}} options version: "" where the job does not ask for it
 */
export function readFirst({ version, worker }) {
  const mine = `${worker} ${version}`;
  if (!version || known().includes(mine)) return;
  const dialog = document.getElementById("full");
  const button = dialog.querySelector("[data-read]");
  const show = (unread) => {
    dialog.toggleAttribute("data-unread", unread);
    button.hidden = !unread;
    dialog.querySelector("[data-close]").hidden = unread;
    dialog.querySelector("[data-why]").hidden = !unread;
  };
  // A browser closes a dialog at the second Escape whatever the page says: then it is opened again.
  dialog.addEventListener("close", () => { if (dialog.hasAttribute("data-unread")) openDialog("full"); });
  dialog.addEventListener("cancel", (event) => { if (dialog.hasAttribute("data-unread")) event.preventDefault(); });
  button.addEventListener("click", () => {
    localStorage.setItem(READ, JSON.stringify([...known(), mine].slice(-MOST)));
    show(false);
    dialog.close();
  }, { once: true });
  const short = [...document.querySelectorAll("#guide > [data-short]")].map((node) => node.cloneNode(true));
  dialog.querySelector("[data-short-too]").replaceChildren(...short);
  show(true);
  openDialog("full");
}

function known() {
  try {
    const list = JSON.parse(localStorage.getItem(READ) ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return []; // somebody else wrote there
  }
}
