// <crowd-bounding-box>: boxes with a category each, in whole pixels of the picture; upright, or with `rotate` turned.

import { ShapeEditor } from "crowd/editor";
import { BOXES } from "geometry/boxes";
import { plainTurn, TURNED } from "geometry/turned";

const plain = (value) => Math.round(Number(value) || 0);

export class BoundingBox extends ShapeEditor {
  static attributes_ = { ...ShapeEditor.attributes_, rotate: "flag" };

  kind = BOXES;

  get tellsModified() { return true; }

  render() {
    this.kind = this.rotate ? TURNED : BOXES;
    super.render();
  }

  entriesOf(value) { return (Array.isArray(value) ? value : value?.boundingBoxes) ?? []; }

  toShape({ left, top, width, height, rotation }) {
    const box = { left: plain(left), top: plain(top), width: plain(width), height: plain(height) };
    return this.rotate ? { ...box, rotation: plainTurn(Number.isFinite(rotation) ? rotation : 0) } : box;
  }

  toEntry({ height, label, left, top, width, rotation }) {
    const entry = { height, label, left, top, width };
    return this.rotate ? { ...entry, rotation } : entry;
  }

  toValue(boundingBoxes) { return { boundingBoxes }; }
}

BoundingBox.define("crowd-bounding-box");
