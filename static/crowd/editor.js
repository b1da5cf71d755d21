// What the tools that draw shapes on a picture have in common. A tool gives its kind of shape and its value:
//
//   kind        pure geometry (see `geometry/boxes`): closed, drawnBy ("drag", "clicks" or "click"), outline, handles,
//               cursor, make, drag, move, isTooSmall, isOutside, words; insert and remove where points can be added; knob (its place
//               among the handles), turn, turnAlong and turnText where it can be turned (see `geometry/turned`)
//   toShape     one entry of the value → a shape without id; toEntry: back
//   toValue     entries → the value; entriesOf: back
//
// The shapes are a list that is never changed, so a step of the history is the list before it.

import { keysOf } from "crowd/category-keys";
import { hear, say } from "crowd/host";
import { Gestures } from "crowd/gestures";
import { History } from "crowd/history";
import { Layers, layerStyles } from "crowd/layers";
import { drawRest, drawTop } from "crowd/scene";
import { inksOf } from "crowd/paint";
import { slotLiveRegions } from "crowd/regions";
import { AttributePanel, attributeStyles, sayOf, wordsOf } from "crowd/shape-attributes";
import { ShapeEdits } from "crowd/shape-edits";
import { ShapeKeys } from "crowd/shape-keys";
import { Side, sideStyles } from "crowd/side";
import { Stage, stageStyles } from "crowd/stage";
import { drawSteps, stepButtons, Steps } from "crowd/steps";
import { toolButton } from "crowd/tool-button";
import { areaOf } from "geometry/polygons";
import { palette } from "geometry/colors";
import { toScreen } from "geometry/view";

const ICONS = {
  draw: ["M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8m8 0h2.5A1.5 1.5 0 0 1 20 5.5V8m0 8v2.5a1.5 1.5 0 0 1-1.5 1.5H16m-8 0H5.5A1.5 1.5 0 0 1 4 18.5V16M12 8.5v7M8.5 12h7"],
  point: ["M12 4.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15M8.5 12h7"],
  select: ["m5 3.5 14.5 8-6.5 1.8-2.8 6.2z"],
};

export const editorStyles = `
  ${stageStyles} ${layerStyles} ${sideStyles} ${attributeStyles}
  :host { display: grid; grid-template: minmax(320px, 70vh) / minmax(0, 1fr) 256px; }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr); }
  @media (max-width: 899px) { :host, :host([data-fill]) { grid-template: minmax(240px, 1fr) auto / minmax(0, 1fr); } }
`;

export class ShapeEditor extends ShapeEdits {
  static styles = editorStyles;

  kind = null;
  leastSize = 1;

  build() {
    this.history = new History([], () => this.onHistory());
    this.mode = "draw";
    this.category = 0;
    this.chosen = null;
    this.isPicked = false; // chosen on purpose, and not because it was drawn last
    this.handle = null;
    this.flags = { hidden: new Set(), locked: new Set() };
    this.gestures = new Gestures(this);
    this.steps = new Steps(this.gestures, this.history);
    this.shapeKeys = new ShapeKeys(this);
    this.layers = new Layers({ rest: (ctx, size) => drawRest(this, ctx, size), top: (ctx, size) => drawTop(this, ctx, size) });
    this.buildParts();
    hear("show", () => this.stage.fitted && this.stage.fit());
    hear("theme", () => this.askRender());
    this.tabIndex = -1;
  }

  buildParts() {
    this.buttons = {
      draw: toolButton(ICONS.draw, say("draw", "Draw"), () => this.setMode("draw"), "b"),
      select: toolButton(ICONS.select, say("select", "Choose"), () => this.setMode("select"), "v"),
      ...stepButtons(this.steps),
      point: toolButton(ICONS.point, say("remove-point", "Remove the point that is held"), () => this.removePoint()),
    };
    this.stage = new Stage({ tool: this.tool(), label: say("drawing", "Picture to draw on"), buttons: Object.values(this.buttons) });
    this.stage.image.after(...this.layers.nodes);
    this.side = new Side({
      onkind: (place) => this.pickCategory(place), onpick: (id) => this.choose(id, { isPicked: true }),
      onhide: (id) => this.toggleFlag("hidden", id), onlock: (id) => this.toggleFlag("locked", id),
      oncopy: (id) => this.duplicate(id), ondelete: (id) => this.remove(id),
    });
    this.panel = new AttributePanel({ onsay: (one, value) => this.sayOfChosen(one, value), onleave: () => this.focus({ preventScroll: true }) });
    this.side.listing.after(this.panel.node);
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
    for (const button of Object.values(this.buttons)) button.hidden = this.readOnly;
    if (!this.kind.remove) this.buttons.point.hidden = true;
    this.refresh();
    if (this.shapes !== this.noted) this.noteOutside();
    this.noted = this.shapes;
  }

  refresh() {
    this.stage.node.classList.toggle("drawing", this.mode === "draw" && !this.readOnly);
    for (const mode of ["draw", "select"]) this.buttons[mode].setAttribute("aria-pressed", String(this.mode === mode));
    this.drawButtons();
    const kinds = this.categoryList.map((text, place) => ({ text, key: this.keys[place], color: this.colors[place] }));
    this.side.drawKinds({ title: this.header, kinds, kind: this.category, locked: this.readOnly });
    this.side.drawShapes(this.shapes.map((shape, place) => this.row(shape, place)), { nothing: this.nothing, locked: this.readOnly });
    this.refreshPanel();
    this.layers.askAll();
  }

  drawButtons() {
    drawSteps(this.buttons, this.steps, this);
    this.buttons.point.disabled = !this.shapeLess();
  }

  refreshPanel() {
    const { asked, chosenShape: shape } = this;
    const name = shape ? `${this.shapes.indexOf(shape) + 1} ${shape.label}` : "";
    this.panel.draw({ asked, name, said: shape ? shape.attributes ?? {} : null, locked: this.readOnly || (shape !== null && this.isLocked(shape)) });
  }

  row(shape, place) {
    const isHidden = this.flags.hidden.has(shape.id);
    return {
      id: shape.id, number: place + 1, text: shape.label, words: this.kind.words(shape), color: this.colorFor(shape),
      isChosen: shape.id === this.chosen, isHidden, isLocked: this.isLocked(shape),
      said: [this.kind.turnText?.(shape), wordsOf(shape.attributes ?? {})].filter(Boolean).join(" · "),
    };
  }

  get nothing() { return this.readOnly ? say("none-drawn", "Nothing is drawn.") : say("draw-first", "Nothing is drawn yet. Choose a category and draw on the picture."); }
  colorFor({ label }) { return this.colors[this.categoryList.indexOf(label)] ?? this.inks.onShade; }
  isLocked({ id }) { return this.flags.locked.has(id); }
  shownShapes() { return this.shapes.filter(({ id }) => !this.flags.hidden.has(id)); }
  reach(shape) { return shape.id === this.chosen ? -1 : this.kind.closed ? areaOf(this.kind.outline(shape)) : 0; }
  /** Where a shape can be held, as it lies on the screen now. */
  handlesOf(shape) {
    const { width, height } = this.layers.top.size;
    const isInSight = (point) => {
      const { x, y } = toScreen(this.stage.view, point);
      return x > 0 && y > 0 && x < width && y < height;
    };
    return this.kind.handles(shape, 1 / this.stage.view.scale, isInSight);
  }

  showCursor(cursor) { this.stage.node.style.cursor = cursor; }

  onPicture() {
    this.layers.askAll();
    this.noteOutside();
  }

  // An earlier label may not fit its picture: that is told at once, and asked about before it is sent.
  noteOutside() {
    const { outside } = this;
    if (this.stage.isLoaded && outside) this.side.note(outside);
  }

  onHistory() {
    if (!this.chosenShape) Object.assign(this, { chosen: null, isPicked: false, handle: null });
    this.gestures.taken = [];
    this.side.complain("");
    this.refresh();
    this.changed();
  }

  // --- choosing ---------------------------------------------------------------------------------------
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

  /** Step through the shapes, from the last to the first again. */
  turnTo(by) { return this.step(by) || this.step(by); }

  pickCategory(place) {
    if (this.readOnly || place >= this.categoryList.length) return;
    this.category = place;
    const shape = this.isPicked ? this.chosenShape : null;
    if (shape && !this.isLocked(shape)) this.replace(shape, { ...shape, label: this.categoryList[place] });
    else this.refresh();
  }

  /** Say something about the chosen shape. */
  sayOfChosen(one, value) {
    const shape = this.gestures.editable();
    if (shape && !this.readOnly) this.replace(shape, { ...shape, attributes: sayOf(shape.attributes ?? {}, one, value, this.asked) });
  }

  toggleFlag(name, id) {
    const set = this.flags[name];
    if (!set.delete(id)) set.add(id);
    this.refresh();
  }

  setMode(mode) {
    if (this.gestures.drop()) this.side.note(say("dropped", "What was being drawn is dropped."));
    this.mode = mode;
    this.stage.setHand(false);
    this.refresh();
  }

  sayTooSmall() { this.side.complain(say("too-small", "That is too small to be kept. Draw it larger.")); }

  onKey(event) { return this.shapeKeys.onKey(event); }
  onChord(event) { return this.shapeKeys.onChord(event); }
  get keyWords() { return this.shapeKeys.words; }
  get fixedKeyWords() { return this.shapeKeys.fixedWords; }
  focus(options) { this.stage.node.focus(options); }
  complain(text) { this.side.complain(text); }
}
