// The keys of the marking of words: what each does, and its words for the list that a worker can change.

import { say } from "crowd/host";
import { chordWords, stepByChord } from "crowd/steps";

/** Letters that no label can have. */
export const TAKEN = "x";

export class SpanKeys {
  /** @param {object} editor an EntityAnnotation */
  constructor(editor) {
    this.editor = editor;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  onKey(event) {
    const { editor } = this;
    const isHere = event.composedPath()[0] === editor.picker.node;
    if (isHere && editor.picker.onArrow(event)) return true;
    if (event.key === "Tab") return isHere && editor.step(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") return editor.drop();
    if (editor.readOnly) return false;
    const place = editor.keys.indexOf(event.key);
    if (place >= 0) return editor.pickCategory(place), true;
    const act = this.acts[event.key];
    return act ? act() !== false : false;
  }

  get acts() {
    const { editor } = this;
    return {
      z: () => editor.history.undo(), Z: () => editor.history.redo(), x: () => editor.toggleCharacters(), Delete: () => editor.removeChosen(),
      Backspace: () => editor.chosen !== null && editor.isPicked && editor.removeChosen(),
    };
  }

  /** Keys with Ctrl or Command. @returns {boolean} whether it meant something here */
  onChord(event) {
    const { history, readOnly } = this.editor;
    return !readOnly && stepByChord(event, history);
  }

  /** @returns {[string, string][]} pairs of keys that cannot be changed, and words */
  get fixedWords() {
    return [
      ["← ↑ → ↓", say("fix-words", "Go from word to word; with Shift they are selected")],
      ["Tab", say("fix-marked", "Next marked words; with Shift those before")], ...chordWords(),
    ];
  }

  /** @returns {[string, string][]} pairs of key and words */
  get words() {
    const { editor } = this;
    const kinds = editor.labelList.map(({ full }, place) => [editor.keys[place], full]);
    return [
      ...kinds, ["x", say("act-characters", "Select characters, not words")], ["z", say("act-undo", "Undo")], ["Z", say("act-redo", "Redo")],
      ["Delete", say("act-delete", "Delete what is chosen")],
    ];
  }
}
