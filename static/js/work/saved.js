// The state of the worker's answers, in words: kept on this device, sending, saved.

import { word } from "./words.js";

const LOOKS = { saved: "saved", sending: "saved saved-busy", offline: "saved saved-off", signin: "saved saved-off", draft: "saved saved-off" };

/**
 * @param {Element} node
 * @param {{state: string, waiting: number, draft: boolean, lasts: boolean}} now
 */
export function showSaved(node, { state, waiting, draft, lasts }) {
  const kind = state === "saved" && draft ? "draft" : state;
  node.className = LOOKS[kind];
  for (const icon of node.querySelectorAll("[data-state]")) {
    icon.hidden = icon.dataset.state !== (kind === "saved" ? "saved" : kind === "sending" ? "sending" : "device");
  }
  const key = kind === "saved" || kind === "sending" ? kind : lasts ? "kept" : "kept-tab";
  const text = waiting > 1 ? word(`${key}-count`, { count: waiting }) : word(key);
  const label = node.querySelector("[data-word]");
  if (label.textContent !== text) label.textContent = text;
}
