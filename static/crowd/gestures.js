// From pointer gestures to edits of shapes: drawing, choosing, moving, dragging a point. It is the tool of a Stage.
//
// What is under way stands in `sketch` (a shape being drawn) or `moving` (a shape as it would be); the editor draws both
// above the rest and commits them in the end. Distances are told in screen pixels and asked in image pixels.

import { contains, edgeNear } from "geometry/polygons";
import { snapInside } from "geometry/view";

const NEAR_PX = 9;
const COARSE_NEAR_PX = 18;
const CLICK_PX = 4;
const FAR_TURN = 15; // degrees, with Shift

const gap = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

export class Gestures {
  /** @param {object} editor a ShapeEditor */
  constructor(editor) {
    this.editor = editor;
    this.sketch_ = null; // {points}
    this.taken = []; // points of the sketch that were taken back, the last one last
    this.moving = null; // {shape, before, from, handle}
    this.pointer = null; // where the cross-hair stands
  }

  get kind() { return this.editor.kind; }
  get size() { return this.editor.stage.size; }
  get isBusy() { return this.sketch !== null || this.moving !== null; }
  get canRedo() { return this.taken.length > 0; }
  get sketch() { return this.sketch_; }
  set sketch(sketch) {
    this.sketch_ = sketch;
    this.editor.drawButtons();
  }

  near(event) {
    return (event?.pointerType === "touch" ? COARSE_NEAR_PX : NEAR_PX) / this.editor.stage.view.scale;
  }

  // --- the tool of the stage ------------------------------------------------------------------------
  down(raw, event) {
    if (this.editor.readOnly) return this.choose(raw, event), false;
    const point = this.place(raw);
    this.pointer = point;
    this.began = raw;
    if (this.sketch) return this.addPoint(point, event), true;
    if (this.grabHandle(raw, event) || this.grabEdge(raw, event)) return true;
    if (this.editor.mode === "select") return this.grabShape(raw, event);
    if (this.grabBorder(raw, event)) return true;
    return this.begin(point, raw);
  }

  drag(raw, event) {
    const point = this.place(raw);
    this.pointer = point;
    if (this.sketch && this.kind.drawnBy === "drag") this.sketch = { points: [this.sketch.points[0], point] };
    else if (this.moving) this.moving.shape = this.moved(raw, point, event);
    this.editor.layers.top.ask();
  }

  up(raw, event) {
    const isClick = gap(this.began, raw) * this.editor.stage.view.scale < CLICK_PX;
    if (this.moving) return this.endMove();
    if (this.sketch && this.kind.drawnBy === "drag") this.endDrag(isClick, raw, event);
  }

  cancel() {
    this.taken = [];
    this.sketch = this.kind.drawnBy === "clicks" && this.sketch?.points.length > 1 ? { points: this.sketch.points.slice(0, -1) } : null;
    this.moving = null;
    this.editor.layers.askAll();
    return false;
  }

  hover(raw, event) {
    this.pointer = raw && !this.editor.readOnly ? this.place(raw) : null;
    this.editor.showCursor(raw ? this.cursorAt(raw, event) : "");
    this.editor.layers.top.ask();
  }

  place(raw) {
    const { x, y } = snapInside(raw, this.size, CLICK_PX / this.editor.stage.view.scale);
    return { x: Math.round(x), y: Math.round(y) };
  }

  cursorAt(raw, event) {
    const chosen = this.editable();
    const handle = chosen && !this.sketch ? this.handleAt(chosen, raw, event) : -1;
    if (handle >= 0) return this.kind.cursor(handle, chosen);
    if (this.editor.mode === "select") return this.shapeAt(raw, event) ? "pointer" : "";
    return "";
  }

  // --- choosing and moving ----------------------------------------------------------------------------
  editable() {
    const shape = this.editor.chosenShape;
    return shape && !this.editor.isLocked(shape) ? shape : null;
  }

  handleAt(shape, raw, event) {
    const near = this.near(event);
    const handles = this.editor.handlesOf(shape);
    let best = -1;
    handles.forEach((handle, place) => {
      if (gap(handle, raw) <= near && (best < 0 || gap(handle, raw) < gap(handles[best], raw))) best = place;
    });
    return best;
  }

  grabHandle(raw, event) {
    const shape = this.editable();
    const handle = shape ? this.handleAt(shape, raw, event) : -1;
    if (handle < 0) return false;
    this.editor.handle = handle;
    return this.grab(shape, raw, handle);
  }

  // A press on an edge of the chosen shape makes a new point there and drags it.
  grabEdge(raw, event) {
    const shape = this.editable();
    if (!shape || !this.kind.insert) return false;
    const edge = edgeNear(shape.points, this.kind.closed, raw, this.near(event) * 0.7);
    if (edge < 0) return false;
    this.editor.handle = edge + 1;
    return this.grab(shape, raw, edge + 1, this.kind.insert(shape, edge, raw, this.size));
  }

  grabBorder(raw, event) {
    const shape = this.editable();
    if (!shape || edgeNear(this.kind.outline(shape), this.kind.closed, raw, this.near(event)) < 0) return false;
    return this.grab(shape, raw, null);
  }

  grabShape(raw, event) {
    this.choose(raw, event);
    const shape = this.editable();
    return shape ? this.grab(shape, raw, null) : this.editor.chosenShape !== null;
  }

  grab(shape, from, handle, now = shape) {
    this.moving = { before: shape, start: now, shape: now, from, handle };
    this.editor.drawButtons();
    this.editor.layers.askAll();
    return true;
  }

  moved(raw, point, event) {
    const { start, from, handle } = this.moving;
    if (handle !== null && handle === this.kind.knob) return this.kind.turnAlong(start, from, raw, event.shiftKey ? FAR_TURN : 1);
    if (handle !== null) return this.kind.drag(start, handle, point, this.size, raw);
    return this.kind.move(start, raw.x - from.x, raw.y - from.y, this.size);
  }

  endMove() {
    const { before, shape } = this.moving;
    this.moving = null;
    if (shape !== before) this.editor.replace(before, shape);
    this.editor.layers.askAll();
  }

  choose(raw, event) {
    this.editor.choose(this.shapeAt(raw, event)?.id ?? null);
  }

  /** The shape under a point: the chosen one first, then the smallest, so that one inside another can be reached. */
  shapeAt(raw, event) {
    const near = this.near(event);
    const isHit = (shape) => {
      const outline = this.kind.outline(shape);
      if (outline.length === 1) return gap(outline[0], raw) <= near;
      return (this.kind.closed && contains(outline, raw)) || edgeNear(outline, this.kind.closed, raw, near) >= 0;
    };
    const hits = this.editor.shownShapes().filter(isHit);
    return hits.sort((a, b) => this.editor.reach(a) - this.editor.reach(b))[0] ?? null;
  }

  // --- drawing ------------------------------------------------------------------------------------------
  begin(point, raw) {
    if (!this.editor.mayAdd()) return false;
    if (this.kind.drawnBy === "click") {
      const hit = this.shapeAt(raw);
      if (hit) return this.editor.choose(hit.id), this.editable() ? this.grab(hit, raw, 0) : true;
      this.editor.add(this.kind.make([point], this.size));
      return true;
    }
    this.taken = [];
    this.sketch = { points: this.kind.drawnBy === "drag" ? [point, point] : [point] };
    this.editor.choose(null);
    return true;
  }

  addPoint(point, event) {
    const { points } = this.sketch;
    const near = this.near(event);
    const closes = this.kind.closed && points.length >= this.kind.least && gap(points[0], point) <= near;
    const ends = !this.kind.closed && points.length >= this.kind.least && gap(points.at(-1), point) <= near;
    if (closes || ends || event?.detail > 1) return this.finish();
    if (gap(points.at(-1), point) === 0) return;
    this.taken = [];
    this.sketch = { points: [...points, point] };
    this.editor.layers.top.ask();
  }

  endDrag(isClick, raw, event) {
    const { points } = this.sketch;
    this.sketch = null;
    this.editor.layers.top.ask();
    if (isClick) return this.choose(raw, event);
    this.keep(points);
  }

  /** End a shape drawn point by point. @returns {boolean} whether there was one */
  finish() {
    if (!this.sketch) return false;
    const { points } = this.sketch;
    this.taken = [];
    this.sketch = null;
    this.editor.layers.top.ask();
    if (points.length >= (this.kind.least ?? 1)) this.keep(points);
    return true;
  }

  keep(points) {
    const made = this.kind.make(points, this.size);
    if (this.kind.isTooSmall(made, this.editor.leastSize)) return this.editor.sayTooSmall();
    this.editor.add(made);
  }

  /** Take back the last point of what is drawn, or all of a drag. @returns {boolean} whether there was something */
  undo() {
    if (!this.isBusy) return false;
    if (!this.sketch || this.kind.drawnBy === "drag") return this.drop();
    const { points } = this.sketch;
    this.taken = [...this.taken, points.at(-1)];
    this.sketch = points.length > 1 ? { points: points.slice(0, -1) } : null;
    this.editor.layers.top.ask();
    return true;
  }

  /** Set the point again that was taken back last. @returns {boolean} whether there was one */
  redo() {
    if (!this.taken.length) return false;
    const point = this.taken.at(-1);
    this.taken = this.taken.slice(0, -1);
    this.sketch = { points: [...(this.sketch?.points ?? []), point] };
    this.editor.layers.top.ask();
    return true;
  }

  /** Drop what is under way. @returns {boolean} whether there was something */
  drop() {
    const was = this.isBusy;
    this.taken = [];
    this.sketch = this.moving = null;
    this.editor.layers.askAll();
    return was;
  }

  // --- the cross-hair moved by keys -----------------------------------------------------------------------
  /** Move the cross-hair. @param {number} dx screen pixels */
  nudgePointer(dx, dy) {
    const { scale } = this.editor.stage.view;
    const from = this.pointer ?? { x: this.size.width / 2, y: this.size.height / 2 };
    const step = (value) => Math.sign(value) * Math.max(1, Math.round(Math.abs(value) / scale));
    this.pointer = this.place({ x: from.x + step(dx), y: from.y + step(dy) });
    if (this.sketch && this.kind.drawnBy === "drag") this.sketch = { points: [this.sketch.points[0], this.pointer] };
    this.editor.layers.top.ask();
  }

  /** Press at the cross-hair: begin a shape, add a point, or end what is drawn by dragging. */
  mark() {
    const point = this.pointer ?? this.place({ x: this.size.width / 2, y: this.size.height / 2 });
    this.pointer = point;
    if (!this.sketch) return void this.begin(point, point);
    if (this.kind.drawnBy === "drag") this.endDrag(false, point);
    else this.addPoint(point, null);
  }
}
