// Undo and redo of painting: each step keeps the rectangle that changed, before and after, as runs.

import { putRuns, runsOf } from "geometry/masks";

export class MaskHistory {
  /** @param {(rect: object) => void} onchange told which part changed @param {() => import("geometry/masks").IdMap} mapOf */
  constructor(onchange, mapOf) {
    Object.assign(this, { onchange, mapOf, past: [], future: [], open: null });
  }

  get canUndo() { return this.past.length > 0; }
  get canRedo() { return this.future.length > 0; }

  reset() {
    this.past = [];
    this.future = [];
    this.open = null;
  }

  /** Before a stroke: keep the map as it is. What a step needs of it is cut out in the end. */
  begin() { this.open = this.mapOf().ids.slice(); }

  /** After a stroke. @param {object|null} rect what it may have changed @param {object} [facts] kept with the step */
  end(rect, facts = {}) {
    const before = this.open;
    this.open = null;
    if (!rect || !before) return false;
    const map = this.mapOf();
    const step = { rect, before: runsOf({ ...map, ids: before }, rect), after: runsOf(map, rect), ...facts };
    if (step.before.length === step.after.length && step.before.every((value, place) => value === step.after[place])) return false;
    this.past.push(step);
    this.future = [];
    return true;
  }

  /** Drop a stroke under way. @returns {boolean} whether there was one */
  drop() {
    if (!this.open) return false;
    this.mapOf().ids.set(this.open);
    this.open = null;
    return true;
  }

  undo() { this.step(this.past, this.future, "before"); }
  redo() { this.step(this.future, this.past, "after"); }

  step(from, to, side) {
    const step = from.pop();
    if (!step) return;
    to.push(step);
    putRuns(this.mapOf(), step.rect, step[side]);
    this.onchange(step.rect, step, side);
  }
}
