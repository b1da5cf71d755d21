// Undo and redo as every tool has them: two buttons, and what z and y do with Ctrl or Command.

import { say } from "crowd/host";
import { toolButton } from "crowd/tool-button";

const BACK = ["M8.5 5 4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-4"];
const AGAIN = ["m15.5 5 4.5 4.5L15.5 14M20 9.5H10a5.5 5.5 0 0 0 0 11h4"];

/**
 * @param {{undo: () => void, redo: () => void}} history @param {object} [more] attributes
 * @returns {{undo: HTMLButtonElement, redo: HTMLButtonElement}}
 */
export function stepButtons(history, more = {}) {
  return {
    undo: toolButton(BACK, say("undo", "Undo"), () => history.undo(), "z", more),
    redo: toolButton(AGAIN, say("redo", "Redo"), () => history.redo(), "Z", more),
  };
}

/** @param {KeyboardEvent} event with Ctrl or Command @returns {boolean} whether it was a step */
export function stepByChord({ key, shiftKey }, history) {
  const act = { z: shiftKey ? "redo" : "undo", y: "redo" }[key.toLowerCase()];
  if (act) history[act]();
  return Boolean(act);
}
