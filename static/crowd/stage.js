// A picture that can be zoomed to the pointer, moved, fitted and brightened. Tools draw on top of it.

import { isTurned } from "crowd/as-stored";
import { make } from "crowd/element";
import { say, tell } from "crowd/host";
import { Light, lightStyles } from "crowd/light";
import { toolButton } from "crowd/tool-button";
import { fitView, toImage, zoomTo } from "geometry/view";

const ICONS = {
  hand: ["M7 12.5V6.2a1.5 1.5 0 0 1 3 0V11m0-6a1.5 1.5 0 0 1 3 0v6m0-5a1.5 1.5 0 0 1 3 0v6m0-4a1.5 1.5 0 0 1 3 0v7c0 3.5-2.5 6-6 6-3 0-4.5-1-6-3.5L4 14.5c-.7-1.6 1-2.8 2.2-1.5z"],
  out: ["M11 4.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M16 16l4.5 4.5M8.5 11h5"],
  in: ["M11 4.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M16 16l4.5 4.5M11 8.5v5M8.5 11h5"],
  fit: ["M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5"],
};
const MAX_SCALE = 32;
const STEP = 1.25;
const PAN_PX = 60;
const MIDDLE = 1;
const NARROW = 600;
const BAR_GAP = 16;
const PANELS = "button, input, label, .light, .stage-tools, .mask-panel, .stage-failed"; // over the picture, not of it

export const stageStyles = `
  .stage { position: relative; min-block-size: 0; overflow: hidden; background: var(--stage, #222); touch-action: none; cursor: grab; }
  .stage:focus-visible { outline-offset: -3px; }
  .stage.drawing { cursor: crosshair; }
  .stage.panning { cursor: grabbing; }
  .stage.hand { cursor: grab; }
  .stage img { position: absolute; inset-block-start: 0; left: 0; max-inline-size: none; transform-origin: 0 0; image-orientation: none; user-select: none; -webkit-user-drag: none; }
  .stage img.close { image-rendering: pixelated; }
  .stage img:not(.there) { visibility: hidden; }
  .stage-tools { position: absolute; z-index: 2; inset-block-end: 12px; inset-inline: 8px; display: flex; flex-wrap: wrap; justify-content: center; gap: 2px; inline-size: fit-content; margin-inline: auto; padding: 3px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; box-shadow: var(--lift, none); cursor: default; }
  .stage-tools > div { display: flex; flex-wrap: wrap; justify-content: center; gap: 2px; }
  .stage-tools .btn { background: transparent; border-color: transparent; }
  .stage-tools .btn[aria-pressed="true"] { background: var(--accent-soft, Highlight); border-color: var(--accent, Highlight); }
  .stage-tools .sep { inline-size: 1px; margin-block: 6px; background: var(--line, GrayText); }
  .stage-failed { position: absolute; z-index: 3; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 16px; text-align: center; background: var(--surface, Canvas); cursor: default; }
  .stage-failed p { max-inline-size: 44ch; text-wrap: pretty; }
  .stage-failed[hidden] { display: none; }
  ${lightStyles}
  @media (max-width: 599px) {
    .stage-tools { inset-block-end: 8px; }
    .stage-tools:has(> div) { flex-direction: column; }
    .stage-tools .sep { display: none; }
    .stage-tools:has(> div) ~ .light { inset-block-end: 116px; }
  }
`;

/**
 * What a drawing tool is told; every point is in image pixels, not held inside the picture.
 * @typedef {object} Tool
 * @property {(point: object, event: PointerEvent) => boolean} down true where it takes the gesture; else it moves the picture
 * @property {(point: object, event: PointerEvent) => void} drag
 * @property {(point: object, event: PointerEvent) => void} up
 * @property {() => void} cancel a second finger came down: the gesture is not drawing
 * @property {(point: object|null, event: PointerEvent) => void} hover
 * @property {() => void} moved the picture lies elsewhere on the screen
 * @property {() => void} loaded
 */

export class Stage {
  /** @param {{tool?: Tool, label?: string, buttons?: Node[]}} options buttons: of the tool, before those of the view */
  constructor({ tool = null, label = say("stage", "Picture: arrows move, plus and minus zoom"), buttons = [] } = {}) {
    this.tool = tool;
    this.watch = null; // told where the picture lies, as a tool is
    this.view = { scale: 1, x: 0, y: 0 };
    this.fitted = true;
    this.turned = null; // see `crowd/as-stored`
    this.head = null; // a bar of the tool at the top
    this.isHand = false;
    this.pointers = new Map();
    this.image = make("img", { crossorigin: "anonymous", draggable: "false", alt: say("picture", "The picture to judge") });
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.failed());
    this.light = new Light(this.image);
    this.message = this.failureMessage();
    this.tools = this.toolbar(buttons);
    this.node = make("div", { class: "stage", part: "stage", tabindex: "0", role: "group", "aria-label": label }, [
      this.image, this.message, this.tools, this.light.panel,
    ]);
    this.listen();
  }

  toolbar(buttons) {
    this.hand = toolButton(ICONS.hand, say("hand", "Move the picture, hold space"), () => this.setHand(!this.isHand));
    this.hand.setAttribute("aria-pressed", "false");
    const view = [
      toolButton(ICONS.out, say("zoom-out", "Zoom out"), () => this.zoom(1 / STEP), "-"),
      toolButton(ICONS.in, say("zoom-in", "Zoom in"), () => this.zoom(STEP), "+"),
      toolButton(ICONS.fit, say("fit", "Fit"), () => this.fit(), "f"),
      this.light.button,
    ];
    // Where the bar is too long for the screen it breaks between the tool and the view.
    const parts = this.tool ? [make("div", {}, buttons), make("span", { class: "sep" }), make("div", {}, [this.hand, ...view])] : [...buttons, ...view];
    return make("div", { class: "stage-tools", role: "toolbar", "aria-label": say("view", "View") }, parts);
  }

  failureMessage() {
    const retry = make("button", { type: "button", class: "btn", onclick: () => this.retry() }, [say("retry", "Try again")]);
    const text = say("picture-failed", "The picture did not load. Try again; if it still fails, decline the task with that reason.");
    return make("div", { class: "stage-failed", role: "alert", hidden: true }, [make("p", {}, [text]), retry]);
  }

  listen() {
    const on = (type, listener, options) => this.node.addEventListener(type, listener, options);
    on("wheel", (event) => this.onWheel(event), { passive: false });
    on("pointerdown", (event) => this.onPointerDown(event));
    on("pointermove", (event) => this.onPointerMove(event));
    on("pointerleave", (event) => { if (!this.pointers.size) this.tool?.hover(null, event); });
    for (const type of ["pointerup", "pointercancel"]) on(type, (event) => this.onPointerUp(event));
    on("keyup", (event) => { if (event.key === " ") this.setHand(false); });
    on("blur", () => this.setHand(false));
    if (!this.tool) on("dblclick", (event) => { if (!event.target.closest("button")) this.fit(); });
    new ResizeObserver(() => (this.fitted ? this.fit() : this.draw())).observe(this.node);
  }

  /** @param {string} src */
  show(src) {
    if (src === this.src) return;
    this.src = src;
    this.image.classList.remove("there");
    this.message.hidden = true;
    if (src) this.image.src = src;
    else this.failed();
  }

  get isLoaded() { return this.image.classList.contains("there"); }

  get size() {
    const { naturalWidth, naturalHeight } = this.image;
    const [width, height] = this.turned ? [naturalHeight, naturalWidth] : [naturalWidth, naturalHeight];
    return { width: width || 300, height: height || 150 };
  }

  loaded() {
    this.message.hidden = true;
    this.measure();
    this.image.classList.add("there");
    this.fit();
    this.tool?.loaded();
  }

  measure() {
    for (const side of ["width", "height"]) this.image.removeAttribute(side);
    this.turned = isTurned(this.image);
    Object.assign(this.image, this.size);
  }

  failed() {
    this.message.hidden = false;
    tell("failed");
  }

  retry() {
    const { src } = this;
    this.src = null;
    this.image.removeAttribute("src");
    this.show(src);
  }

  fit() {
    const box = this.node.getBoundingClientRect();
    if (!box.width) return;
    if (this.isLoaded && this.turned === null) { // it was in a closed tab when it loaded
      this.measure();
      if (this.turned) return this.loaded();
    }
    this.fitted = true;
    const { top, bottom } = this.covered(box);
    const view = fitView({ width: box.width, height: box.height - top - bottom }, this.size);
    this.view = { ...view, y: view.y + top };
    this.draw();
  }

  // On a narrow screen the bars of a drawing tool take much of the height: what lies under them could not be drawn on.
  covered({ width, height }) {
    if (!this.tool || width >= NARROW) return { top: 0, bottom: 0 };
    const highOf = (bar) => (bar ? Math.min(bar.offsetHeight + BAR_GAP, height / 3) : 0);
    return { top: highOf(this.head), bottom: highOf(this.tools) };
  }

  draw() {
    const { scale, x, y } = this.view;
    this.image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.image.classList.toggle("close", scale >= 3);
    this.tool?.moved();
    this.watch?.moved();
  }

  zoom(factor, x = this.node.clientWidth / 2, y = this.node.clientHeight / 2) {
    const least = fitView(this.node.getBoundingClientRect(), this.size).scale / 2;
    const scale = Math.min(Math.max(this.view.scale * factor, Math.min(least, 1)), MAX_SCALE);
    this.fitted = false;
    this.view = zoomTo(this.view, scale, x, y);
    this.draw();
  }

  pan(dx, dy) {
    this.fitted = false;
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.draw();
  }

  /** Let the pointer move the picture instead of drawing. @param {boolean} on */
  setHand(on) {
    this.isHand = on;
    this.hand.setAttribute("aria-pressed", String(on));
    this.node.classList.toggle("hand", on);
  }

  at(event) {
    const box = this.node.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  onWheel(event) {
    event.preventDefault();
    const { x, y } = this.at(event);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    this.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), x, y);
  }

  onPointerDown(event) {
    if (event.target.closest(PANELS)) return;
    if (event.button === MIDDLE) event.preventDefault(); // else the browser scrolls by itself
    this.node.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size > 1) this.drawing = this.drawing && this.tool.cancel();
    else this.drawing = this.mayDraw(event) && this.tool.down(toImage(this.view, this.at(event)), event);
    this.node.classList.toggle("panning", !this.drawing);
  }

  mayDraw(event) { return Boolean(this.tool) && this.isLoaded && !this.isHand && event.button === 0; }

  onPointerMove(event) {
    const before = this.pointers.get(event.pointerId);
    const now = this.at(event);
    if (before && !event.buttons) return this.onPointerUp(event); // it was let go where nobody could tell
    if (!before || this.drawing) return this.onDraw(before, now, event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (!other) return this.pan(now.x - before.x, now.y - before.y);
    const gap = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    this.zoom(gap(now) / gap(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  onDraw(before, now, event) {
    const point = toImage(this.view, now);
    if (before) this.tool.drag(point, event);
    else if (this.isLoaded && !event.target.closest(PANELS)) this.tool?.hover(this.isHand ? null : point, event);
  }

  onPointerUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.drawing) this.tool[event.type === "pointercancel" ? "cancel" : "up"](toImage(this.view, this.at(event)), event);
    this.drawing = false;
    if (!this.pointers.size) this.node.classList.remove("panning");
  }

  get keyWords() {
    return [
      ["+", say("act-in", "Zoom in")], ["-", say("act-out", "Zoom out")], ["f", say("act-fit", "Fit the picture")],
      ["c", say("act-contrast", "More contrast, and back")],
    ];
  }

  /** @returns {[string, string][]} pairs of keys that cannot be changed, and words */
  get fixedWords() { return [["Space", say("fix-space", "Hold it to move the picture")]]; }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  onKey(event) {
    const moves = { ArrowLeft: [PAN_PX, 0], ArrowRight: [-PAN_PX, 0], ArrowUp: [0, PAN_PX], ArrowDown: [0, -PAN_PX] };
    const isHere = event.composedPath()[0] === this.node;
    if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "f" || event.key === "0") this.fit();
    else if (event.key === "c") this.light.toggle();
    else if (event.key === " " && this.tool && isHere) this.setHand(true);
    else if (isHere && !this.fitted && moves[event.key]) this.pan(...moves[event.key]);
    else return false;
    return true;
  }
}
