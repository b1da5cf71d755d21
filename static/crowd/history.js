// What was drawn, and every state before and after it: undo and redo without a limit. States are never changed.

export class History {
  /** @param {unknown} state @param {() => void} onchange told after each step */
  constructor(state, onchange) {
    this.onchange = onchange;
    this.reset(state);
  }

  /** Begin anew: nothing can be undone. */
  reset(state) {
    this.now = state;
    this.past = [];
    this.future = [];
  }

  get canUndo() { return this.past.length > 0; }
  get canRedo() { return this.future.length > 0; }

  /** Make a change that can be undone. */
  commit(state) {
    if (state === this.now) return;
    this.past.push(this.now);
    this.future = [];
    this.now = state;
    this.onchange();
  }

  undo() { this.step(this.past, this.future); }
  redo() { this.step(this.future, this.past); }

  step(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.now = from.pop();
    this.onchange();
  }
}
