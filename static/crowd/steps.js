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
  const looks = { class: "btn btn-icon mirrored", ...more }; // what was before lies to the right where one writes to the left
  return {
    undo: toolButton(BACK, say("undo", "Undo"), () => history.undo(), "z", looks),
    redo: toolButton(AGAIN, say("redo", "Redo"), () => history.redo(), "Z", looks),
  };
}

/**
 * What can be undone and done again of a tool that draws: first what is under way, point by point, then what is finished.
 * The work under way says isBusy and canRedo; its undo and redo return whether there was something.
 */
export class Steps {
  /** @param {{isBusy: boolean, canRedo: boolean, undo: () => boolean, redo: () => boolean}} work @param {object} history */
  constructor(work, history) {
    Object.assign(this, { work, history });
  }

  get canUndo() { return this.work.isBusy || this.history.canUndo; }
  get canRedo() { return this.work.canRedo || (!this.work.isBusy && this.history.canRedo); }

  undo() { if (!this.work.undo()) this.history.undo(); }
  redo() { if (!this.work.redo() && !this.work.isBusy) this.history.redo(); }
}

/**
 * Let the buttons tell what can be done now; one that had the focus and is off now gives it to the tool.
 * @param {{undo: HTMLButtonElement, redo: HTMLButtonElement}} buttons @param {object} steps @param {{focus: () => void}} tool
 */
export function drawSteps({ undo, redo }, steps, tool) {
  const focused = undo.getRootNode().activeElement;
  undo.disabled = !steps.canUndo;
  redo.disabled = !steps.canRedo;
  if ([undo, redo].includes(focused) && focused.disabled) tool.focus({ preventScroll: true });
}

/** What z and y do, for the list of keys. @returns {[string, string][]} pairs of keys and words */
export const chordWords = () => [["Ctrl Z", say("act-undo", "Undo")], ["Ctrl Y", say("act-redo", "Redo")]];

/** @param {KeyboardEvent} event with Ctrl or Command @returns {boolean} whether it was a step */
export function stepByChord({ key, shiftKey }, history) {
  const act = { z: shiftKey ? "redo" : "undo", y: "redo" }[key.toLowerCase()];
  if (act) history[act]();
  return Boolean(act);
}
