// <crowd-keypoint>: single points with a category each. `skeleton` draws lines between categories, as a hint.

import { ShapeEditor } from "crowd/editor";
import { KEYPOINTS } from "geometry/polygons";

const plain = (value) => Math.round(Number(value) || 0);

export class Keypoint extends ShapeEditor {
  static attributes_ = { ...ShapeEditor.attributes_, skeleton: "json" };

  kind = KEYPOINTS;

  entriesOf(value) { return (Array.isArray(value) ? value : value?.keypoints) ?? []; }
  toShape({ x, y }) { return { points: [{ x: plain(x), y: plain(y) }] }; }
  toEntry({ label, points: [{ x, y }] }) { return { label, x, y }; }
  toValue(keypoints) { return { keypoints }; }

  // After a point the next category is due that has none yet, so that a figure is placed click by click.
  add(geometry) {
    super.add(geometry);
    const placed = new Set(this.shapes.map(({ label }) => label));
    const next = this.categoryList.findIndex((label, place) => place > this.category && !placed.has(label));
    if (this.skeleton && next >= 0) this.category = next;
    this.refresh();
  }

  /** The lines of the skeleton whose two ends are there. @returns {[object, object][]} pairs of shapes */
  get hints() {
    const last = (label) => this.shownShapes().findLast((shape) => shape.label === label);
    return (this.skeleton ?? []).map(([from, to]) => [last(from), last(to)]).filter(([from, to]) => from && to);
  }
}

Keypoint.define("crowd-keypoint");
