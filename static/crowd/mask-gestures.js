// From pointer gestures to painting: brush, eraser, smart brush, outline, flood fill. It is the tool of a Stage.

import { colorGap, fillOutline, flood, join, meanColor, stroke } from "geometry/masks";

const CLOSE_PX = 12;

export class MaskGestures {
  /** @param {object} editor a MaskEditor */
  constructor(editor) {
    this.editor = editor;
    this.last = null; // where the brush was
    this.changed = null; // what the stroke under way changed
    this.outline_ = null; // points of an outline under way
    this.taken = []; // those of them that were taken back, the last one last
    this.pointer = null;
  }

  get isBusy() { return this.last !== null || this.outline !== null; }
  get canRedo() { return this.taken.length > 0; }
  get outline() { return this.outline_; }
  set outline(points) {
    this.outline_ = points;
    this.editor.bar.draw();
  }

  get map() { return this.editor.mask.map; }

  // --- the tool of the stage ------------------------------------------------------------------------
  down(raw, event) {
    this.pointer = raw;
    if (this.editor.readOnly) return this.editor.pick(raw), false;
    if (this.editor.mode === "outline") return this.addPoint(raw, event), true;
    if (!this.editor.mayPaint()) return true;
    this.editor.history.begin();
    if (this.editor.mode === "flood") return this.pour(raw), true;
    this.changed = null;
    this.last = raw;
    this.dab(raw);
    return true;
  }

  drag(raw) {
    this.pointer = raw;
    if (this.last) this.dab(raw);
    this.editor.layers.top.ask();
  }

  up(raw) {
    if (!this.last) return;
    this.last = null;
    this.editor.commit(this.changed);
  }

  cancel() {
    this.last = null;
    this.taken = [];
    this.outline = this.outline?.length > 1 ? this.outline.slice(0, -1) : null;
    if (this.editor.history.drop()) this.editor.mask.draw();
    this.editor.layers.top.ask();
    return false;
  }

  hover(raw) {
    this.pointer = raw;
    this.editor.layers.top.ask();
  }

  // --- painting ---------------------------------------------------------------------------------------
  dab(to) {
    const { editor } = this;
    const rect = editor.mode === "smart" ? this.smartDab(to) : stroke(this.map, this.last, to, editor.radius, editor.paintId, editor.may());
    this.last = to;
    this.changed = join(this.changed, rect);
    if (rect) editor.mask.draw(rect);
  }

  // Only what hangs together under the brush and is coloured like its middle.
  smartDab(to) {
    const { editor } = this;
    const seed = { x: Math.floor(to.x), y: Math.floor(to.y) };
    const { width } = this.map;
    const color = meanColor(editor.pixels(), this.map, seed, Math.max(1, Math.round(editor.radius / 8)));
    const reach = editor.radius * editor.radius;
    const joins = (place) => (place % width + 0.5 - to.x) ** 2 + (Math.floor(place / width) + 0.5 - to.y) ** 2 <= reach && colorGap(editor.pixels(), place, color) <= editor.tolerance;
    const [x, y, r] = [seed.x, seed.y, Math.ceil(editor.radius) + 1];
    return flood(this.map, seed, joins, editor.paintId, editor.may(), { left: x - r, top: y - r, right: x + r + 1, bottom: y + r + 1 });
  }

  /** Fill what hangs together: of one id where the point is painted, of one colour where it is not. */
  pour(raw) {
    const { editor } = this;
    const seed = { x: Math.floor(raw.x), y: Math.floor(raw.y) };
    const { width, ids } = this.map;
    const old = ids[seed.y * width + seed.x];
    const pixels = editor.pixels();
    const color = meanColor(pixels, this.map, seed);
    const joins = old ? (place) => ids[place] === old : (place) => ids[place] === 0 && colorGap(pixels, place, color) <= editor.tolerance;
    const rect = flood(this.map, seed, joins, editor.paintId, editor.may());
    if (rect) editor.mask.draw(rect);
    editor.commit(rect);
  }

  // --- an outline, point by point ------------------------------------------------------------------------
  addPoint(point) {
    const near = CLOSE_PX / this.editor.stage.view.scale;
    const first = this.outline?.[0];
    if (this.outline?.length > 2 && Math.hypot(first.x - point.x, first.y - point.y) <= near) return this.finish();
    this.taken = [];
    this.outline = [...(this.outline ?? []), point];
    this.editor.layers.top.ask();
  }

  /** Fill the outline that is drawn. @returns {boolean} whether there was one */
  finish() {
    const { editor, outline } = this;
    if (!outline) return false;
    this.taken = [];
    this.outline = null;
    editor.layers.top.ask();
    if (outline.length < 3 || !editor.mayPaint()) return true;
    editor.history.begin();
    const rect = fillOutline(this.map, outline, editor.paintId, editor.may());
    if (rect) editor.mask.draw(rect);
    editor.commit(rect);
    return true;
  }

  /** Take back the last point of an outline, or all of a stroke. @returns {boolean} whether there was something */
  undo() {
    if (!this.isBusy) return false;
    if (!this.outline) return this.drop();
    this.taken = [...this.taken, this.outline.at(-1)];
    this.outline = this.outline.length > 1 ? this.outline.slice(0, -1) : null;
    this.editor.layers.top.ask();
    return true;
  }

  /** Set the point again that was taken back last. @returns {boolean} whether there was one */
  redo() {
    if (!this.taken.length) return false;
    const point = this.taken.at(-1);
    this.taken = this.taken.slice(0, -1);
    this.outline = [...(this.outline ?? []), point];
    this.editor.layers.top.ask();
    return true;
  }

  /** Drop what is under way. @returns {boolean} whether there was something */
  drop() {
    const was = this.isBusy;
    if (this.last) this.cancel();
    this.taken = [];
    this.outline = this.last = null;
    this.editor.layers.top.ask();
    return was;
  }

  // --- by keys ------------------------------------------------------------------------------------------
  nudgePointer(dx, dy) {
    const { width, height } = this.map;
    const from = this.pointer ?? { x: width / 2, y: height / 2 };
    const clamp = (value, end) => Math.min(Math.max(value, 0), end - 1);
    const step = (value) => Math.sign(value) * Math.max(1, Math.abs(value) / this.editor.stage.view.scale);
    this.pointer = { x: clamp(from.x + step(dx), width), y: clamp(from.y + step(dy), height) };
    this.editor.layers.top.ask();
  }

  /** Press at the cross-hair. */
  mark() {
    const { width, height } = this.map;
    const point = this.pointer ?? { x: width / 2, y: height / 2 };
    this.down(point, null);
    this.up(point);
  }
}
