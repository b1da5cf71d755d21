// <crowd-bounding-box>: upright boxes with a category each, in whole pixels of the picture.

import { ShapeEditor } from "crowd/editor";
import { BOXES } from "geometry/boxes";

const plain = (value) => Math.round(Number(value) || 0);

export class BoundingBox extends ShapeEditor {
  kind = BOXES;

  entriesOf(value) { return (Array.isArray(value) ? value : value?.boundingBoxes) ?? []; }
  toShape({ left, top, width, height }) { return { left: plain(left), top: plain(top), width: plain(width), height: plain(height) }; }
  toEntry({ height, label, left, top, width }) { return { height, label, left, top, width }; }
  toValue(boundingBoxes) { return { boundingBoxes }; }
}

BoundingBox.define("crowd-bounding-box");
