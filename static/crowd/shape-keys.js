// The keys of a tool that draws shapes: what each does, and its words for the list that a worker can change.

import { say } from "crowd/host";
import { chordWords, stepByChord } from "crowd/steps";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;
const TURNS = { ",": -1, ".": 1, "<": -15, ">": 15 }; // degrees
const WITH_SHIFT = { ";": "<", ":": ">" }; // what Shift makes of comma and full stop on many keyboards

export class ShapeKeys {
  /** @param {object} editor a ShapeEditor */
  constructor(editor) {
    this.editor = editor;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  onKey(event) {
    const { editor } = this;
    const isHere = editor.stage.node === event.composedPath()[0];
    const arrow = ARROWS[event.key];
    if (arrow && isHere && this.onArrow(arrow, event.shiftKey)) return true;
    if (event.key === "Tab") return isHere && !editor.readOnly && editor.step(event.shiftKey ? -1 : 1);
    const place = editor.keys.indexOf(event.key);
    if (place >= 0) return editor.pickCategory(place), true;
    const key = (event.shiftKey && WITH_SHIFT[event.key]) || event.key;
    return this.onLetter(key) || editor.stage.onKey(event);
  }

  onLetter(key) {
    const { editor } = this;
    if (key === "Escape") return editor.gestures.drop() || (editor.chosen !== null && (editor.choose(null), true));
    const act = editor.readOnly ? null : TURNS[key] ? () => editor.turn(TURNS[key]) : this.acts[key];
    return act ? act() !== false : false;
  }

  get acts() {
    const { editor } = this;
    const { gestures, steps } = editor;
    const flag = (name) => editor.chosen !== null && editor.toggleFlag(name, editor.chosen);
    return {
      v: () => editor.setMode("select"), b: () => editor.setMode("draw"), z: () => steps.undo(), Z: () => steps.redo(),
      x: () => gestures.mark(), n: () => editor.turnTo(1), N: () => editor.turnTo(-1), Enter: () => gestures.finish(),
      h: () => flag("hidden"), l: () => flag("locked"), A: () => editor.panel.focus(),
      Delete: () => editor.removeChosen(), Backspace: () => gestures.undo() || editor.removeChosen(),
    };
  }

  // Arrows move what is chosen by a pixel; else the cross-hair.
  onArrow([dx, dy], isFar) {
    const { editor } = this;
    if (editor.gestures.sketch || (!editor.chosenShape && editor.mode === "draw" && !editor.readOnly)) {
      const step = isFar ? 1 : FAR;
      return editor.gestures.nudgePointer(dx * step, dy * step), true;
    }
    return editor.nudge(isFar ? dx * FAR : dx, isFar ? dy * FAR : dy);
  }

  /** Keys with Ctrl or Command. @returns {boolean} whether it meant something here */
  onChord(event) {
    const { editor } = this;
    if (editor.readOnly) return false;
    if (stepByChord(event, editor.steps)) return true;
    const act = { c: () => editor.copy(), v: () => editor.paste() }[event.key.toLowerCase()];
    act?.();
    return Boolean(act);
  }

  /** @returns {[string, string][]} pairs of keys that cannot be changed, and words */
  get fixedWords() {
    const { kind } = this.editor;
    const drawing = kind.drawnBy === "clicks" ? [["Enter", say("fix-finish", "Finish what is being drawn")], ["Backspace", say("fix-back", "Take back its last point")]] : [];
    return [
      ...drawing, ["Esc", say("fix-drop", "Drop what is being drawn")],
      ["Tab", say("fix-tab", "Next shape; with Shift the one before")],
      ["← ↑ → ↓", say("fix-arrows", "Move what is chosen by a pixel, with Shift by ten; else the cross-hair")],
      ["Ctrl C", say("fix-copy", "Copy what is chosen")], ["Ctrl V", say("fix-paste", "Paste it")], ...chordWords(), ...this.editor.stage.fixedWords,
    ];
  }

  get turnWords() {
    return [
      [",", say("act-turn-left", "Turn to the left")], [".", say("act-turn-right", "Turn to the right")],
      ["<", say("act-turn-far-left", "Turn to the left by 15 degrees")], [">", say("act-turn-far-right", "Turn to the right by 15 degrees")],
    ];
  }

  /** @returns {[string, string][]} pairs of key and words */
  get words() {
    const { editor } = this;
    const kinds = editor.categoryList.map((category, place) => [editor.keys[place], category]);
    const attributes = editor.asked.length ? [["A", say("act-attributes", "Go to the attributes of what is chosen")]] : [];
    return [
      ...kinds, ["b", say("act-draw", "Draw")], ["v", say("act-select", "Choose and change")], ["x", say("act-mark", "Set a point at the cross-hair")],
      ["z", say("act-undo", "Undo")], ["Z", say("act-redo", "Redo")], ["n", say("act-next", "Next shape")], ["N", say("act-before", "Shape before")],
      ["h", say("act-hide", "Hide what is chosen")], ["l", say("act-lock", "Lock what is chosen")], ["Delete", say("act-delete", "Delete what is chosen")],
      ...(editor.kind.turn ? this.turnWords : []), ...attributes, ...editor.stage.keyWords,
    ];
  }
}
