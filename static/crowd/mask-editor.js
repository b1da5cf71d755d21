// What the two segmentation tools have in common: painting regions on a map of ids over the picture.
//
// A region is {id, label, color}: in semantic segmentation one a category, in instance segmentation one an object. A tool
// gives regionsFor(category) → the region to paint with, its value, and how a value is taken in.

import { storedPixels } from "crowd/as-stored";
import { CrowdElement } from "crowd/element";
import { categoryText, keysOf } from "crowd/category-keys";
import { hear, say } from "crowd/host";
import { Layers, layerStyles } from "crowd/layers";
import { maskBar, maskBarStyles } from "crowd/mask-bar";
import { MaskGestures } from "crowd/mask-gestures";
import { MaskHistory } from "crowd/mask-history";
import { MaskKeys, TAKEN } from "crowd/mask-keys";
import { MaskLayer, maskStyles } from "crowd/mask-layer";
import { drawMaskTop } from "crowd/mask-scene";
import { inksOf } from "crowd/paint";
import { slotLiveRegions } from "crowd/regions";
import { Side, sideStyles } from "crowd/side";
import { Stage, stageStyles } from "crowd/stage";
import { Steps } from "crowd/steps";
import { channels, palette } from "geometry/colors";

const MAX_REGIONS = 255;
const MAX_RADIUS = 500;

export const maskEditorStyles = `
  ${stageStyles} ${layerStyles} ${sideStyles} ${maskStyles} ${maskBarStyles}
  :host { display: grid; grid-template: minmax(320px, 70vh) / minmax(0, 1fr) 256px; }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr); }
  @media (max-width: 899px) { :host, :host([data-fill]) { grid-template: minmax(240px, 1fr) auto / minmax(0, 1fr); } }
`;

export class MaskEditor extends CrowdElement {
  static attributes_ = { name: "text", src: "text", labels: "json", header: "text", "initial-value": "json", "label-colors": "json" };
  static styles = maskEditorStyles;

  build() {
    this.regions_ = []; // in the order of their layers: a later one lies above
    this.category = 0;
    this.chosen = null; // id of the region that is painted
    this.mode = "brush";
    this.radius = 12;
    this.tolerance = 40;
    this.keepsAbove = false;
    this.counts = new Uint32Array(256);
    this.flags = { hidden: new Set(), locked: new Set() };
    this.mask = new MaskLayer();
    this.history = new MaskHistory((rect, step, side) => this.onStep(rect, step, side), () => this.mask.map);
    this.gestures = new MaskGestures(this);
    this.steps = new Steps(this.gestures, this.history);
    this.maskKeys = new MaskKeys(this);
    this.layers = new Layers({ rest: () => {}, top: (ctx, size) => drawMaskTop(this, ctx, size) });
    this.bar = maskBar(this);
    this.stage = new Stage({ tool: this.tool(), label: say("drawing", "Picture to draw on"), buttons: this.bar.buttons });
    this.stage.image.after(this.mask.node, this.layers.top.node);
    this.stage.node.append(this.bar.panel);
    this.stage.head = this.bar.panel;
    this.side = new Side({
      onkind: (place) => this.pickCategory(place), onpick: (id) => this.choose(id), onhide: (id) => this.toggleHidden(id),
      onlock: (id) => this.toggleLock(id), oncopy: this.hasObjects ? (id) => this.duplicate(id) : undefined, ondelete: (id) => this.clear(id),
    });
    this.shadowRoot.append(this.stage.node, this.side.node);
    hear("show", () => this.stage.fitted && this.stage.fit());
    hear("theme", () => this.askRender());
    this.tabIndex = -1;
  }

  tool() {
    const pass = (name) => (...args) => this.gestures[name](...args);
    const moved = () => { this.mask.place(this.stage.view); this.layers.top.ask(); };
    return { down: pass("down"), drag: pass("drag"), up: pass("up"), cancel: pass("cancel"), hover: pass("hover"), moved, loaded: () => this.onPicture() };
  }

  /** Whether a category can have several objects, each begun by itself. */
  get hasObjects() { return false; }
  /** Whether the answer says that an `initial-value` was changed. */
  get tellsModified() { return false; }
  get fills() { return true; }
  get takesSubmit() { return true; }
  get categoryList() { return (this.labels ?? []).map(categoryText); }
  get chosenRegion() { return this.regions_.find(({ id }) => id === this.chosen) ?? null; }
  get shown() { return this.regions_.filter(({ id }) => this.counts[id] > 0); }

  // --- what is shown --------------------------------------------------------------------------------
  render() {
    const style = getComputedStyle(this);
    const names = this.categoryList;
    this.colors = palette(names.length, this.labelColors ?? [], (number) => style.getPropertyValue(`--cat-${number + 1}`));
    this.inks = inksOf(this);
    this.keys = keysOf(names, TAKEN);
    this.stage.show(this.src);
    slotLiveRegions(this, this.side.live);
    if (!this.readOnly) this.takeCategory(Math.min(this.category, Math.max(names.length - 1, 0)));
    this.refresh();
  }

  refresh() {
    this.stage.node.classList.toggle("drawing", !this.readOnly);
    this.bar.draw();
    const kinds = this.categoryList.map((text, place) => ({ text, key: this.keys[place], color: this.colors[place] }));
    this.side.drawKinds({ title: this.header, kinds, kind: this.category, locked: this.readOnly });
    this.side.drawShapes(this.shown.map((region, place) => this.row(region, place)), { nothing: this.nothing, locked: this.readOnly });
    this.layers.top.ask();
  }

  row({ id, label, color }, place) {
    const words = `${this.counts[id].toLocaleString()} px`;
    return { id, number: place + 1, text: label, words, color, isChosen: id === this.chosen, isHidden: this.flags.hidden.has(id), isLocked: this.flags.locked.has(id) };
  }

  get nothing() { return this.readOnly ? say("none-drawn", "Nothing is drawn.") : say("paint-first", "Nothing is painted yet. Choose a category and paint on the picture."); }

  recolor() {
    this.mask.setColors(this.regions_.map(({ id, color }) => [id, color]));
    this.mask.hidden = this.flags.hidden;
    this.mask.draw();
  }

  async onPicture() {
    if (this.mask.resize(this.stage.size)) this.history.reset();
    this.mask.place(this.stage.view);
    this.lit = null;
    await this.take(this.initialValue);
    this.initialPng = this.initialValue === null ? null : this.mask.toPng(); // before a draft: else that counts as untouched
    if (this.waiting) await this.take(this.waiting);
    this.loadedMask = true;
  }

  /** The picture's own pixels, RGBA; read once. */
  pixels() {
    this.lit ??= storedPixels(this.stage.image, this.mask.map);
    return this.lit;
  }

  // --- painting ---------------------------------------------------------------------------------------
  get paintId() { return this.mode === "eraser" ? 0 : this.chosen ?? 0; }

  /** What may be painted over: never a locked region; with `keepsAbove` none that lies above the one painted. */
  may() {
    const level = new Map(this.regions_.map(({ id }, place) => [id, place + 1]));
    const own = level.get(this.paintId) ?? 0;
    const allowed = new Uint8Array(256).fill(1);
    for (const [id, place] of level) allowed[id] = this.flags.locked.has(id) || (this.keepsAbove && this.paintId && place > own) ? 0 : 1;
    return (old) => allowed[old] === 1;
  }

  mayPaint() {
    if (!this.loadedMask) return false;
    if (this.mode === "eraser" || this.chosenRegion) return !this.flags.locked.has(this.paintId);
    this.begin();
    return this.chosenRegion !== null;
  }

  addRegion(region) {
    const used = new Set(this.regions_.map(({ id }) => id));
    const id = Array.from({ length: MAX_REGIONS }, (_, place) => place + 1).find((free) => !used.has(free));
    if (!id) return this.complain(say("too-many", "There are as many regions as a picture can hold.")), null;
    this.regions_ = [...this.regions_, { ...region, id }];
    this.mask.setColors(this.regions_.map((one) => [one.id, one.color]));
    return id;
  }

  commit(rect) {
    if (!this.history.end(rect)) return this.layers.top.ask();
    this.after();
  }

  onStep(rect) {
    this.mask.draw(rect);
    this.after();
  }

  after() {
    this.gestures.taken = [];
    this.counts = this.mask.counts();
    this.side.complain("");
    this.refresh();
    this.changed();
  }

  clear(id) {
    if (this.readOnly || this.flags.locked.has(id)) return;
    this.history.begin();
    const { ids } = this.mask.map;
    for (let place = 0; place < ids.length; place += 1) if (ids[place] === id) ids[place] = 0;
    this.mask.draw();
    this.commit(this.mask.all);
    this.stage.node.focus({ preventScroll: true });
  }

  choose(id) {
    const region = this.regions_.find((one) => one.id === id);
    if (!region) return;
    this.chosen = id;
    this.category = Math.max(this.categoryList.indexOf(region.label), 0);
    this.refresh();
  }

  /** Choose the region under a point. */
  pick({ x, y }) {
    const { width, height, ids } = this.mask.map;
    if (x >= 0 && y >= 0 && x < width && y < height) this.choose(ids[Math.floor(y) * width + Math.floor(x)]);
  }

  pickCategory(place) {
    if (this.readOnly || place >= this.categoryList.length) return;
    this.takeCategory(place);
    if (this.mode === "eraser") this.mode = "brush";
    this.refresh();
  }

  toggleHidden(id) {
    if (!this.flags.hidden.delete(id)) this.flags.hidden.add(id);
    this.recolor();
    this.refresh();
  }

  toggleLock(id) {
    if (!this.flags.locked.delete(id)) this.flags.locked.add(id);
    this.refresh();
  }

  setMode(mode) {
    if (this.gestures.drop()) this.side.note(say("dropped", "What was being drawn is dropped."));
    this.mode = mode;
    this.stage.setHand(false);
    this.refresh();
  }

  setRadius(radius) {
    this.radius = Math.min(Math.max(radius, 0.5), MAX_RADIUS);
    this.refresh();
  }

  onKey(event) { return this.maskKeys.onKey(event); }
  onChord(event) { return this.maskKeys.onChord(event); }
  get keyWords() { return this.maskKeys.words; }
  get fixedKeyWords() { return this.maskKeys.fixedWords; }
  focus(options) { this.stage.node.focus(options); }

  // --- the answer -----------------------------------------------------------------------------------------
  get value() { return this.answer; }
  set value(value) { this.restore(value); }
  get _submittableValue() { return this.value; }

  get answer() {
    const { width, height } = this.stage.size;
    const pngImageData = this.mask.toPng();
    const answer = { ...this.valueOf_(this.shown), labeledImage: { pngImageData }, inputImageProperties: { height, width } };
    return this.initialValue === null || !this.tellsModified ? answer : { ...answer, initialValueModified: pngImageData !== this.initialPng };
  }

  collect() { return this.name && this.loadedMask ? { [this.name]: this.answer } : {}; }
  get summary() { return this.shown.map(({ label }) => label).join(", "); }

  restore(value) {
    this.waiting = value ?? null;
    if (this.loadedMask) this.take(this.waiting ?? this.initialValue);
  }

  /** Show a value: its regions and its picture. */
  async take(value) {
    this.mask.map.ids.fill(0);
    this.history.reset();
    this.regions_ = [];
    const src = value?.labeledImage?.pngImageData ?? value?.labeledImage?.src ?? value?.src;
    if (src) await this.takePicture(value, src);
    this.recolor();
    this.counts = this.mask.counts();
    if (!this.readOnly) this.takeCategory(this.category);
    this.refresh();
  }

  async takePicture(value, src) {
    for (const region of this.regionsOf(value)) this.addRegion(region);
    const idOf = new Map(this.regions_.map(({ id, color }) => [channels(color).join(","), id]));
    try {
      await this.mask.fromPicture(src, idOf);
    } catch (error) {
      this.complain(say("mask-failed", "The earlier label did not load. Decline the task with that reason."));
    }
  }

  problem() {
    if (!this.loadedMask) return say("not-loaded", "Wait until the picture is there.");
    return this.gestures.isBusy ? say("unfinished", "Finish the shape that you are drawing; Escape or another tool drops it.") : "";
  }

  warning() { return this.shown.length ? "" : say("empty-mask", "Nothing is painted. If there is nothing to paint, send it again."); }
  complain(text) { this.side.complain(text); }
}
