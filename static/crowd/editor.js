// What the tools that draw shapes on a picture have in common. A tool gives its kind of shape and its value:
//
//   kind        pure geometry (see `geometry/boxes`): closed, drawnBy ("drag", "clicks" or "click"), outline, handles,
//               cursor, make, drag, move, isTooSmall, words; insert and remove where points can be added
//   toShape     one entry of the value → a shape without id; toEntry: back
//   toValue     entries → the value; entriesOf: back
//
// The shapes are a list that is never changed, so a step of the history is the list before it.

import { CrowdElement } from "crowd/element";
import { categoryText, keysOf } from "crowd/category-keys";
import { hear, say } from "crowd/host";
import { Gestures } from "crowd/gestures";
import { History } from "crowd/history";
import { Layers, layerStyles } from "crowd/layers";
import { drawRest, drawTop } from "crowd/scene";
import { inksOf } from "crowd/paint";
import { Side, sideStyles } from "crowd/side";
import { slotLiveRegions } from "crowd/regions";
import { Stage, stageStyles, toolButton } from "crowd/stage";
import { areaOf } from "geometry/polygons";
import { palette } from "geometry/colors";

const ICONS = {
  draw: ["M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8m8 0h2.5A1.5 1.5 0 0 1 20 5.5V8m0 8v2.5a1.5 1.5 0 0 1-1.5 1.5H16m-8 0H5.5A1.5 1.5 0 0 1 4 18.5V16M12 8.5v7M8.5 12h7"],
  select: ["m5 3.5 14.5 8-6.5 1.8-2.8 6.2z"],
  undo: ["M8.5 5 4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-4"],
  redo: ["m15.5 5 4.5 4.5L15.5 14M20 9.5H10a5.5 5.5 0 0 0 0 11h4"],
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;

export const editorStyles = `
  ${stageStyles} ${layerStyles} ${sideStyles}
  :host { display: grid; grid-template: minmax(320px, 70vh) / minmax(0, 1fr) 256px; }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr); }
  @media (max-width: 899px) { :host, :host([data-fill]) { grid-template: minmax(240px, 1fr) auto / minmax(0, 1fr); } }
`;

export class ShapeEditor extends CrowdElement {
  static attributes_ = { name: "text", src: "text", labels: "json", header: "text", "initial-value": "json", "label-colors": "json" };
  static styles = editorStyles;

  kind = null;
  leastSize = 1;

  build() {
    this.history = new History([], () => this.onHistory());
    this.ids = 0;
    this.mode = "draw";
    this.category = 0;
    this.chosen = null;
    this.isPicked = false; // chosen on purpose, and not because it was drawn last
    this.handle = null;
    this.flags = { hidden: new Set(), locked: new Set() };
    this.gestures = new Gestures(this);
    this.layers = new Layers({ rest: (ctx, size) => drawRest(this, ctx, size), top: (ctx, size) => drawTop(this, ctx, size) });
    this.buildParts();
    hear("show", () => this.stage.fitted && this.stage.fit());
    hear("theme", () => this.askRender());
    this.tabIndex = -1;
  }

  buildParts() {
    this.buttons = {
      draw: toolButton(ICONS.draw, say("draw", "Draw, key b"), () => this.setMode("draw")),
      select: toolButton(ICONS.select, say("select", "Choose, key v"), () => this.setMode("select")),
      undo: toolButton(ICONS.undo, say("undo", "Undo, key z"), () => this.history.undo()),
      redo: toolButton(ICONS.redo, say("redo", "Redo, key shift z"), () => this.history.redo()),
    };
    this.stage = new Stage({ tool: this.tool(), label: say("drawing", "Picture to draw on"), buttons: Object.values(this.buttons) });
    this.stage.image.after(...this.layers.nodes);
    this.side = new Side({
      onkind: (place) => this.pickCategory(place), onpick: (id) => this.choose(id, { isPicked: true }),
      onhide: (id) => this.toggleFlag("hidden", id), onlock: (id) => this.toggleFlag("locked", id), ondelete: (id) => this.remove(id),
    });
    this.shadowRoot.append(this.stage.node, this.side.node);
  }

  tool() {
    const { gestures } = this;
    const pass = (name) => (...args) => gestures[name](...args);
    return {
      down: pass("down"), drag: pass("drag"), up: pass("up"), cancel: pass("cancel"), hover: pass("hover"),
      moved: () => this.layers.askAll(), loaded: () => this.onPicture(),
    };
  }

  get fills() { return true; }
  /** The form's button stands in this element's panel where the element fills the form. */
  get takesSubmit() { return true; }
  get categoryList() { return (this.labels ?? []).map(categoryText); }
  get shapes() { return this.history.now; }
  get chosenShape() { return this.shapes.find(({ id }) => id === this.chosen) ?? null; }

  // --- what is shown --------------------------------------------------------------------------------
  render() {
    const style = getComputedStyle(this);
    const names = this.categoryList;
    this.colors = palette(names.length, this.labelColors ?? [], (number) => style.getPropertyValue(`--cat-${number + 1}`));
    this.inks = inksOf(this);
    this.keys = keysOf(names);
    this.category = Math.min(this.category, Math.max(names.length - 1, 0));
    this.stage.show(this.src);
    slotLiveRegions(this, this.side.live);
    this.takeInitial();
    for (const name of ["draw", "undo", "redo", "select"]) this.buttons[name].hidden = this.readOnly;
    this.refresh();
  }

  /** Show the shapes of `initial-value` once it is there and as long as nothing else was drawn. */
  takeInitial() {
    const text = this.getAttribute("initial-value");
    if (text === this.initialText) return;
    this.initialText = text;
    this.initial = this.initialValue === null ? null : this.shapesOf(this.initialValue);
    if (this.initial && !this.history.canUndo) this.history.reset(this.initial);
  }

  refresh() {
    this.stage.node.classList.toggle("drawing", this.mode === "draw" && !this.readOnly);
    for (const mode of ["draw", "select"]) this.buttons[mode].setAttribute("aria-pressed", String(this.mode === mode));
    this.buttons.undo.disabled = !this.history.canUndo;
    this.buttons.redo.disabled = !this.history.canRedo;
    const kinds = this.categoryList.map((text, place) => ({ text, key: this.keys[place], color: this.colors[place] }));
    this.side.drawKinds({ title: this.header, kinds, kind: this.category, locked: this.readOnly });
    this.side.drawShapes(this.shapes.map((shape, place) => this.row(shape, place)), { nothing: this.nothing, locked: this.readOnly });
    this.layers.askAll();
  }

  row(shape, place) {
    const isHidden = this.flags.hidden.has(shape.id);
    return {
      id: shape.id, number: place + 1, text: shape.label, words: this.kind.words(shape), color: this.colorFor(shape),
      isChosen: shape.id === this.chosen, isHidden, isLocked: this.isLocked(shape),
    };
  }

  get nothing() { return this.readOnly ? say("none-drawn", "Nothing is drawn.") : say("draw-first", "Nothing is drawn yet. Choose a category and draw on the picture."); }
  colorFor({ label }) { return this.colors[this.categoryList.indexOf(label)] ?? this.inks.onShade; }
  isLocked({ id }) { return this.flags.locked.has(id); }
  shownShapes() { return this.shapes.filter(({ id }) => !this.flags.hidden.has(id)); }
  reach(shape) { return shape.id === this.chosen ? -1 : this.kind.closed ? areaOf(this.kind.outline(shape)) : 0; }
  showCursor(cursor) { this.stage.node.style.cursor = cursor; }

  onPicture() { this.layers.askAll(); }

  onHistory() {
    if (!this.chosenShape) Object.assign(this, { chosen: null, isPicked: false, handle: null });
    this.side.complain("");
    this.refresh();
    this.changed();
  }

  // --- edits ------------------------------------------------------------------------------------------
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

  // Delete takes the point that is held, where the shape can do without it, else the shape.
  removeChosen() {
    const shape = this.chosenShape;
    if (!shape) return false;
    const less = this.handle !== null && this.kind.remove?.(shape, this.handle);
    if (less && !this.isLocked(shape)) this.replace(shape, less);
    else this.remove(shape.id);
    this.handle = null;
    return true;
  }

  choose(id, { isPicked = id !== null } = {}) {
    if (id !== this.chosen) this.handle = null;
    this.chosen = id;
    this.isPicked = isPicked;
    const label = this.chosenShape?.label;
    if (isPicked && label) this.category = Math.max(this.categoryList.indexOf(label), 0);
    this.refresh();
    this.side.reveal(id);
  }

  /** Step through the shapes. @returns {boolean} false at either end, where the focus may go on */
  step(by) {
    const shown = this.shownShapes();
    const here = shown.findIndex(({ id }) => id === this.chosen);
    const there = here < 0 ? (by > 0 ? 0 : shown.length - 1) : here + by;
    if (!shown[there]) return this.choose(null), false;
    this.choose(shown[there].id);
    return true;
  }

  pickCategory(place) {
    if (this.readOnly || place >= this.categoryList.length) return;
    this.category = place;
    const shape = this.isPicked ? this.chosenShape : null;
    if (shape && !this.isLocked(shape)) this.replace(shape, { ...shape, label: this.categoryList[place] });
    else this.refresh();
  }

  toggleFlag(name, id) {
    const set = this.flags[name];
    if (!set.delete(id)) set.add(id);
    this.refresh();
  }

  setMode(mode) {
    this.gestures.drop();
    this.mode = mode;
    this.stage.setHand(false);
    this.refresh();
  }

  nudge(dx, dy) {
    const shape = this.gestures.editable();
    if (!shape || this.readOnly) return false;
    const { size } = this.stage;
    if (this.handle === null) this.replace(shape, this.kind.move(shape, dx, dy, size));
    else {
      const { x, y } = this.kind.handles(shape)[this.handle];
      this.replace(shape, this.kind.drag(shape, this.handle, { x: x + dx, y: y + dy }, size));
    }
    return true;
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

  sayTooSmall() { this.side.complain(say("too-small", "That is too small to be kept. Draw it larger.")); }

  // --- keys -------------------------------------------------------------------------------------------
  onKey(event) {
    const isHere = this.stage.node === event.composedPath()[0];
    const arrow = ARROWS[event.key];
    if (arrow && isHere && this.onArrow(arrow, event.shiftKey)) return true;
    if (event.key === "Tab") return isHere && !this.readOnly && this.step(event.shiftKey ? -1 : 1);
    const place = this.keys.indexOf(event.key);
    if (place >= 0) return this.pickCategory(place), true;
    return this.onLetter(event.key) || this.stage.onKey(event);
  }

  onLetter(key) {
    if (key === "Escape") return this.gestures.drop() || (this.chosen !== null && (this.choose(null), true));
    if (this.readOnly) return false;
    const acts = {
      v: () => this.setMode("select"), b: () => this.setMode("draw"), z: () => this.history.undo(), Z: () => this.history.redo(),
      x: () => this.gestures.mark(), n: () => this.step(1), N: () => this.step(-1), Enter: () => this.gestures.finish(),
      h: () => this.chosen !== null && this.toggleFlag("hidden", this.chosen), l: () => this.chosen !== null && this.toggleFlag("locked", this.chosen),
      Delete: () => this.removeChosen(), Backspace: () => this.gestures.dropPoint() || this.removeChosen(),
    };
    return acts[key] ? acts[key]() !== false : false;
  }

  // Arrows move what is chosen by a pixel; else the cross-hair.
  onArrow([dx, dy], isFar) {
    if (this.gestures.sketch || (!this.chosenShape && this.mode === "draw" && !this.readOnly)) {
      const step = isFar ? 1 : FAR;
      return this.gestures.nudgePointer(dx * step, dy * step), true;
    }
    return this.nudge(isFar ? dx * FAR : dx, isFar ? dy * FAR : dy);
  }

  /** Keys with Ctrl or Command. @returns {boolean} whether it meant something here */
  get keyWords() {
    const kinds = this.categoryList.map((category, place) => [this.keys[place], category]);
    return [
      ...kinds, ["b", say("act-draw", "Draw")], ["v", say("act-select", "Choose and change")], ["x", say("act-mark", "Set a point at the cross-hair")],
      ["z", say("act-undo", "Undo")], ["Z", say("act-redo", "Redo")], ["n", say("act-next", "Next shape")], ["N", say("act-before", "Shape before")],
      ["h", say("act-hide", "Hide what is chosen")], ["l", say("act-lock", "Lock what is chosen")], ["Delete", say("act-delete", "Delete what is chosen")],
      ...this.stage.keyWords,
    ];
  }

  onChord(event) {
    const acts = { z: () => (event.shiftKey ? this.history.redo() : this.history.undo()), y: () => this.history.redo(), c: () => this.copy(), v: () => this.paste() };
    const act = acts[event.key.toLowerCase()];
    if (!act || this.readOnly) return false;
    act();
    return true;
  }

  focus(options) { this.stage.node.focus(options); }

  // --- the answer -----------------------------------------------------------------------------------------
  shapesOf(value) {
    const known = new Set(this.categoryList);
    return this.entriesOf(value).filter(({ label }) => known.has(label)).map((entry) => ({ id: (this.ids += 1), label: entry.label, ...this.toShape(entry) }));
  }

  get value() { return this.toValue(this.shapes.map((shape) => this.toEntry(shape))); }
  set value(value) { this.restore(value); }
  get _submittableValue() { return this.value; }

  get answer() {
    const { width, height } = this.stage.size;
    const answer = { ...this.value, inputImageProperties: { height, width } };
    return this.initial ? { ...answer, initialValueModified: this.isModified } : answer;
  }

  get isModified() {
    const plain = (shapes) => JSON.stringify(shapes.map((shape) => this.toEntry(shape)));
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
    return this.gestures.isBusy ? say("unfinished", "Finish the shape that you are drawing, or drop it with Escape.") : "";
  }

  /** What may be a mistake: told once, sent all the same when the worker insists. */
  warning() {
    return this.shapes.length ? "" : say("empty", "Nothing is drawn. If there is nothing to draw, send it again.");
  }

  complain(text) { this.side.complain(text); }
}
