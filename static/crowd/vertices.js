// What the tools have in common whose shapes are points with `vertices` in the value: polygons, polylines, lines.

import { ShapeEditor } from "crowd/editor";
import { say } from "crowd/host";
import { crossesItself } from "geometry/polygons";

const plain = (value) => Math.round(Number(value) || 0);

export class VerticesEditor extends ShapeEditor {
  /** The key of the list in the value. */
  list = "";

  entriesOf(value) {
    const entries = Array.isArray(value) ? value : value?.[this.list];
    return (Array.isArray(entries) ? entries : []).filter(({ vertices }) => Array.isArray(vertices) && vertices.length >= this.kind.least);
  }

  toShape({ vertices }) { return { points: vertices.map(({ x, y }) => ({ x: plain(x), y: plain(y) })) }; }
  toEntry({ label, points }) { return { label, vertices: points.map(({ x, y }) => ({ x, y })) }; }
  toValue(entries) { return { [this.list]: entries }; }

  warning() {
    const crossed = this.kind.closed ? this.shapes.filter(({ points }) => crossesItself(points)) : [];
    if (!crossed.length) return super.warning();
    const numbers = crossed.map((shape) => `${this.shapes.indexOf(shape) + 1} ${shape.label}`).join(", ");
    return say("crossed", "The outline crosses itself: {names}. Mend it, or send it again if it is meant.", { names: numbers });
  }
}
