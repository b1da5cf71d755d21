// Instructions that must be read before the first task with them: the task stays covered until the worker says so.

import { openDialog } from "./dialogs.js";

const READ = "groundtruth-work-read";
const MOST = 200; // versions remembered on a device: the server may not hear of it now

/**
 * Open the instructions if this worker has not read this version of them, and tell the server when it is done.
 * @param {{version: string, worker: string, api: object, isPreview: boolean}} options version: "" where the job does not
 *   ask for it, or the server knows that it was read
 */
export function readFirst({ version, worker, api, isPreview }) {
  const mine = `${worker} ${version}`;
  const tell = async () => {
    if (!isPreview) await api.post("read", {}).catch((trouble) => { if (!trouble.kind) throw trouble; });
  };
  if (!version) return;
  if (known().includes(mine)) return void tell(); // it was read without a network
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
    tell();
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
