// The keys of the segmentation tools: what each does, and its words for the list that a worker can change.

import { say } from "crowd/host";
import { chordWords, stepByChord } from "crowd/steps";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const MODES = { b: "brush", e: "eraser", o: "outline", k: "flood", m: "smart" };
const FAR = 10;
const LARGER = 1.25;

/** Letters that no category can have. */
export const TAKEN = Object.keys(MODES).join("");

/** @param {string} mode @returns {string} its key */
export const keyOf = (mode) => Object.keys(MODES).find((key) => MODES[key] === mode);

export class MaskKeys {
  /** @param {object} editor a MaskEditor */
  constructor(editor) {
    this.editor = editor;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  onKey(event) {
    const { editor } = this;
    const arrow = ARROWS[event.key];
    if (arrow && !editor.readOnly && editor.stage.node === event.composedPath()[0]) {
      const step = event.shiftKey ? 1 : FAR;
      return editor.gestures.nudgePointer(arrow[0] * step, arrow[1] * step), true;
    }
    const place = editor.keys.indexOf(event.key);
    if (place >= 0) return editor.pickCategory(place), true;
    return this.onLetter(event.key) || editor.stage.onKey(event);
  }

  onLetter(key) {
    const { editor } = this;
    if (key === "Escape") return editor.gestures.drop();
    if (editor.readOnly) return false;
    if (MODES[key]) return editor.setMode(MODES[key]), true;
    const act = this.acts[key];
    return act ? act() !== false : false;
  }

  get acts() {
    const { editor } = this;
    const { chosen, gestures, steps } = editor;
    const onChosen = (act) => () => chosen !== null && editor[act](chosen);
    return {
      z: () => steps.undo(), Z: () => steps.redo(), x: () => gestures.mark(), n: () => editor.begin(),
      "[": () => editor.setRadius(editor.radius / LARGER), "]": () => editor.setRadius(editor.radius * LARGER),
      h: onChosen("toggleHidden"), l: onChosen("toggleLock"), Delete: onChosen("clear"),
      Enter: () => gestures.finish(), Backspace: () => gestures.undo(),
    };
  }

  /** Keys with Ctrl or Command. @returns {boolean} whether it meant something here */
  onChord(event) {
    const { editor } = this;
    if (editor.readOnly) return false;
    if (stepByChord(event, editor.steps)) return true;
    const act = editor.hasObjects && { c: () => editor.copy(), v: () => editor.paste() }[event.key.toLowerCase()];
    if (act) act();
    return Boolean(act);
  }

  /** @returns {[string, string][]} pairs of keys that cannot be changed, and words */
  get fixedWords() {
    const { editor } = this;
    const copying = [["Ctrl C", say("fix-copy", "Copy what is chosen")], ["Ctrl V", say("fix-paste", "Paste it")]];
    return [
      ["Enter", say("fix-fill", "Fill the outline")], ["Backspace", say("fix-back", "Take back its last point")],
      ["Esc", say("fix-drop", "Drop what is being drawn")], ["← ↑ → ↓", say("fix-cross", "Move the cross-hair, with Shift by a pixel")],
      ...(editor.hasObjects ? copying : []), ...chordWords(), ...editor.stage.fixedWords,
    ];
  }

  /** @returns {[string, string][]} pairs of key and words */
  get words() {
    const { editor } = this;
    const kinds = editor.categoryList.map((category, place) => [editor.keys[place], category]);
    return [
      ...kinds, ["b", say("act-brush", "Brush")], ["e", say("act-eraser", "Eraser")], ["o", say("act-outline", "Outline")],
      ["k", say("act-flood", "Fill")], ["m", say("act-smart", "Smart brush")], ["[", say("act-smaller", "Smaller brush")],
      ["]", say("act-larger", "Larger brush")], ["x", say("act-mark", "Set a point at the cross-hair")], ["z", say("act-undo", "Undo")],
      ["Z", say("act-redo", "Redo")], ["n", say("act-begin", "Begin the next object")], ["h", say("act-hide", "Hide what is chosen")],
      ["l", say("act-lock", "Lock what is chosen")], ["Delete", say("act-delete", "Delete what is chosen")], ...editor.stage.keyWords,
    ];
  }
}
