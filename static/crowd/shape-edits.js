// What can be done to the shapes of a tool; each edit is a step of its history.

import { ShapeAnswer } from "crowd/shape-answer";

const FAR = 10; // pixels from a shape to its copy

/** The edits of a ShapeEditor, which gives what is chosen, the kind of shape and the parts that show it. */
export class ShapeEdits extends ShapeAnswer {
  mayAdd() { return this.categoryList.length > 0; }

  add(geometry) {
    const shape = { id: (this.ids += 1), label: this.categoryList[this.category], ...geometry };
    this.chosen = shape.id;
    this.isPicked = false;
    this.handle = null;
    this.history.commit([...this.shapes, shape]);
    this.side.reveal(shape.id);
  }

  replace(before, after) { this.history.commit(this.shapes.map((shape) => (shape.id === before.id ? after : shape))); }

  remove(id) {
    const shape = this.shapes.find((one) => one.id === id);
    if (this.readOnly || !shape || this.isLocked(shape)) return;
    this.history.commit(this.shapes.filter((one) => one.id !== id));
    this.stage.node.focus({ preventScroll: true });
  }

  /** What is chosen without the point that is held; null where it cannot do without. */
  shapeLess() {
    const shape = this.gestures.editable();
    return (shape && this.handle !== null && this.kind.remove?.(shape, this.handle)) || null;
  }

  removePoint() {
    const less = this.shapeLess();
    this.handle = null;
    if (less) this.replace(this.chosenShape, less);
    return less !== null;
  }

  // Delete takes the point that is held, where the shape can do without it, else the shape.
  removeChosen() {
    if (!this.chosenShape) return false;
    if (!this.removePoint()) this.remove(this.chosen);
    return true;
  }

  nudge(dx, dy) {
    const shape = this.gestures.editable();
    if (!shape || this.readOnly) return false;
    const { size } = this.stage;
    if (this.handle === null) this.replace(shape, this.kind.move(shape, dx, dy, size));
    else if (this.handle === this.kind.knob) this.turn(dx + dy);
    else {
      const { x, y } = this.kind.handles(shape)[this.handle];
      this.replace(shape, this.kind.drag(shape, this.handle, { x: x + dx, y: y + dy }, size));
    }
    return true;
  }

  /** Turn what is chosen. @param {number} degrees clockwise @returns {boolean} whether there was something */
  turn(degrees) {
    const shape = this.kind.turn ? this.gestures.editable() : null;
    if (shape) this.replace(shape, this.kind.turn(shape, degrees));
    return shape !== null;
  }

  copy() { this.copied = this.chosenShape ?? this.copied; }

  paste() {
    if (!this.copied || this.readOnly) return;
    const { id, label, ...geometry } = this.kind.move(this.copied, FAR, FAR, this.stage.size);
    const category = this.categoryList.indexOf(label);
    if (category >= 0) this.category = category;
    this.add(geometry);
    this.copied = this.chosenShape;
  }

  duplicate(id) {
    this.choose(id);
    this.copy();
    this.paste();
  }
}
