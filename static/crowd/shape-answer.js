// From the shapes of a tool to its value, and back; what may be wrong with it before it is sent.

import { categoryText } from "crowd/category-keys";
import { CrowdElement } from "crowd/element";
import { say } from "crowd/host";
import { askedOf, saidOf } from "crowd/shape-attributes";

const NAMED = 5; // shapes in a sentence

/** What a ShapeEditor answers; it gives the history of the shapes, their kind and the picture's stage. */
export class ShapeAnswer extends CrowdElement {
  static attributes_ = {
    name: "text", src: "text", labels: "json", header: "text", "initial-value": "json", "label-colors": "json", "shape-attributes": "json",
  };

  ids = 0;

  get shapes() { return this.history.now; }
  get categoryList() { return (this.labels ?? []).map(categoryText); }
  /** What the job asks about each shape. */
  get asked() { return askedOf(this.shapeAttributes); }

  /** Show the shapes of `initial-value` once it is there and as long as nothing else was drawn. */
  takeInitial() {
    const text = this.getAttribute("initial-value");
    if (text === this.initialText) return;
    this.initialText = text;
    this.initial = this.initialValue === null ? null : this.shapesOf(this.initialValue);
    if (this.initial && !this.history.canUndo) this.history.reset(this.initial);
  }

  shapesOf(value) {
    const known = new Set(this.categoryList);
    const { asked } = this;
    const shapeOf = (entry) => ({ id: (this.ids += 1), label: entry.label, ...this.toShape(entry), ...(asked.length ? { attributes: saidOf(entry, asked) } : {}) });
    return this.entriesOf(value).filter(({ label }) => known.has(label)).map(shapeOf);
  }

  entryOf(shape) {
    const entry = this.toEntry(shape);
    return this.asked.length ? { ...entry, attributes: shape.attributes ?? {} } : entry;
  }

  /** Whether the answer says that an `initial-value` was changed: not every element's does. */
  get tellsModified() { return false; }
  get value() { return this.answer; }
  set value(value) { this.restore(value); }
  get _submittableValue() { return this.value; }

  get answer() {
    const { width, height } = this.stage.size;
    const answer = { ...this.toValue(this.shapes.map((shape) => this.entryOf(shape))), inputImageProperties: { height, width } };
    return this.initial && this.tellsModified ? { ...answer, initialValueModified: this.isModified } : answer;
  }

  get isModified() {
    const plain = (shapes) => JSON.stringify(shapes.map((shape) => this.entryOf(shape)));
    return plain(this.shapes) !== plain(this.initial);
  }

  collect() { return this.name ? { [this.name]: this.answer } : {}; }
  get summary() { return say("count", "{n} shapes", { n: this.shapes.length }); }

  restore(value) {
    this.history.reset(value ? this.shapesOf(value) : this.initial ?? []);
    this.askRender();
  }

  problem() {
    if (!this.stage.isLoaded) return say("not-loaded", "Wait until the picture is there.");
    return this.gestures.isBusy ? say("unfinished", "Finish the shape that you are drawing; Escape or another tool drops it.") : "";
  }

  /** What may be a mistake: told once, sent all the same when the worker insists. */
  warning() {
    return this.shapes.length ? this.outside : say("empty", "Nothing is drawn. If there is nothing to draw, send it again.");
  }

  /** Which shapes reach out of the picture, as an `initial-value` can have them; "" where none does. */
  get outside() {
    const { size } = this.stage;
    const names = this.shapes.flatMap((shape, place) => (this.kind.isOutside(shape, size) ? [`${place + 1} ${shape.label}`] : []));
    if (!names.length) return "";
    const some = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ", …" : "");
    return say("outside", "Outside the picture, at least in part: {names}. Mend it, or send it as it is if it is meant.", { names: some });
  }
}
