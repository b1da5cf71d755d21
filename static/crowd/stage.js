// A picture that can be zoomed to the pointer, moved, fitted and brightened. Other tools draw on top of it.

import { icon, make } from "crowd/element";
import { say, tell } from "crowd/host";

const ICONS = {
  out: ["M11 4.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M16 16l4.5 4.5M8.5 11h5"],
  in: ["M11 4.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M16 16l4.5 4.5M11 8.5v5M8.5 11h5"],
  fit: ["M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5"],
  contrast: ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M12 3a9 9 0 0 1 0 18z"],
};
const MAX_SCALE = 32;
const STEP = 1.25;
const PAN_PX = 60;

export const stageStyles = `
  .stage { position: relative; min-block-size: 0; overflow: hidden; background: var(--stage, #222); touch-action: none; cursor: grab; }
  .stage:focus-visible { outline-offset: -3px; }
  .stage.panning { cursor: grabbing; }
  .stage img { position: absolute; inset-block-start: 0; inset-inline-start: 0; max-inline-size: none; transform-origin: 0 0; image-orientation: none; user-select: none; -webkit-user-drag: none; }
  .stage img.close { image-rendering: pixelated; }
  .stage img.vivid { filter: contrast(1.7) brightness(1.1); }
  .stage img:not(.there) { visibility: hidden; }
  .stage-tools { position: absolute; inset-block-end: 12px; inset-inline-start: 50%; translate: -50% 0; display: flex; gap: 2px; padding: 3px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; box-shadow: var(--lift, none); cursor: default; }
  .stage-tools .btn { background: transparent; border-color: transparent; }
  .stage-tools .btn[aria-pressed="true"] { background: var(--accent-soft, Highlight); border-color: var(--accent, Highlight); }
  .stage-failed { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 16px; text-align: center; background: var(--surface, Canvas); cursor: default; }
  .stage-failed p { max-inline-size: 44ch; text-wrap: pretty; }
  .stage-failed[hidden] { display: none; }
`;

/**
 * Scale and offset that keep the picture's point under (x, y) where it is.
 * @param {{scale: number, x: number, y: number}} view
 * @returns {{scale: number, x: number, y: number}}
 */
function zoomTo(view, scale, x, y) {
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** Scale and offset that show the whole picture in the middle. */
function fitView(box, picture) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height) || 1;
  return { scale, x: (box.width - picture.width * scale) / 2, y: (box.height - picture.height * scale) / 2 };
}

export class Stage {
  constructor() {
    this.view = { scale: 1, x: 0, y: 0 };
    this.fitted = true;
    this.pointers = new Map();
    this.image = make("img", { crossorigin: "anonymous", draggable: "false", alt: say("picture", "The picture to judge") });
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.failed());
    this.contrast = this.tool(ICONS.contrast, say("contrast", "Contrast, key c"), () => this.toggleContrast());
    this.contrast.setAttribute("aria-pressed", "false");
    this.message = this.failureMessage();
    this.node = make("div", { class: "stage", part: "stage", tabindex: "0", role: "group", "aria-label": say("stage", "Picture: arrows move, plus and minus zoom") }, [
      this.image, this.message, this.toolbar(),
    ]);
    this.listen();
  }

  toolbar() {
    return make("div", { class: "stage-tools", role: "toolbar", "aria-label": say("view", "View") }, [
      this.tool(ICONS.out, say("zoom-out", "Zoom out, key minus"), () => this.zoom(1 / STEP)),
      this.tool(ICONS.in, say("zoom-in", "Zoom in, key plus"), () => this.zoom(STEP)),
      this.tool(ICONS.fit, say("fit", "Fit, key f"), () => this.fit()),
      this.contrast,
    ]);
  }

  tool(paths, label, onclick) {
    return make("button", { type: "button", class: "btn btn-icon", "aria-label": label, title: label, onclick }, [icon(...paths)]);
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
    for (const type of ["pointerup", "pointercancel"]) on(type, (event) => this.onPointerUp(event));
    on("dblclick", (event) => { if (!event.target.closest("button")) this.fit(); });
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

  get size() {
    return { width: this.image.naturalWidth || 300, height: this.image.naturalHeight || 150 };
  }

  loaded() {
    this.message.hidden = true;
    this.image.width = this.size.width;
    this.image.height = this.size.height;
    this.image.classList.add("there");
    this.fit();
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
    this.fitted = true;
    this.view = fitView(box, this.size);
    this.draw();
  }

  draw() {
    const { scale, x, y } = this.view;
    this.image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.image.classList.toggle("close", scale >= 3);
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

  toggleContrast() {
    const on = this.image.classList.toggle("vivid");
    this.contrast.setAttribute("aria-pressed", String(on));
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
    if (event.target.closest("button")) return;
    this.node.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    this.node.classList.add("panning");
  }

  onPointerMove(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (!other) return this.pan(now.x - before.x, now.y - before.y);
    const gap = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    this.zoom(gap(now) / gap(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  onPointerUp(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.node.classList.remove("panning");
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  onKey(event) {
    const moves = { ArrowLeft: [PAN_PX, 0], ArrowRight: [-PAN_PX, 0], ArrowUp: [0, PAN_PX], ArrowDown: [0, -PAN_PX] };
    const isHere = event.composedPath()[0] === this.node;
    if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "f" || event.key === "0") this.fit();
    else if (event.key === "c") this.toggleContrast();
    else if (isHere && !this.fitted && moves[event.key]) this.pan(...moves[event.key]);
    else return false;
    return true;
  }
}
