// The page's dialogs: decline, keys, full instructions, sign in, the answer of a preview.

import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

/** @param {string} id @returns {HTMLDialogElement} */
export function openDialog(id) {
  const dialog = byId(id);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function closeDialog(id) {
  const dialog = byId(id);
  if (dialog.open) dialog.close();
}

/** Close buttons, and a click beside the dialog. */
export function wireDialogs({ onClose }) {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      const isBeside = event.target === dialog && !dialog.hasAttribute("data-unread");
      if (isBeside || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("close", onClose);
  }
}

/** Ask why. @param {(reason: string) => void} onDecline @param {() => void} onRelease */
export function wireDecline(onDecline, onRelease) {
  const dialog = byId("decline");
  const form = dialog.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const more = form.elements.more.value.trim();
    const chosen = form.elements.reason.value;
    const missing = !chosen || (chosen === "other" && !more);
    dialog.querySelector(".error").hidden = !missing;
    if (missing) return form.elements[chosen ? "more" : "reason"][chosen ? "focus" : 0]?.focus?.() ?? form.elements.more.focus();
    dialog.close();
    form.reset();
    onDecline(more ? `${chosen}: ${more}` : chosen);
  });
  dialog.querySelector("[data-release]").addEventListener("click", () => {
    dialog.close();
    onRelease();
  });
}

/** Show the answer that would have been sent. @param {object} answer */
export function showPreviewAnswer(answer) {
  byId("preview-answer").textContent = JSON.stringify(answer, null, 2);
  openDialog("preview");
}

/** @param {string} key @param {object} [values] */
export function announce(key, values) {
  byId("announce").textContent = word(key, values);
}
