// Two canvases over the picture: what rests below, what moves above, so that a frame of dragging draws one shape only.

import { make } from "crowd/element";

export const layerStyles = `
  .layer[hidden] { display: none; }
  .layer { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; pointer-events: none; }
`;

export class Layer {
  constructor(name, draw) {
    this.node = make("canvas", { class: `layer ${name}`, "aria-hidden": "true" });
    this.ctx = this.node.getContext("2d");
    this.draw = draw;
    this.size = { width: 0, height: 0 };
    this.asked = false;
  }

  /** Draw in the next frame, once however often it is asked for. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => this.now());
  }

  now() {
    this.asked = false;
    performance.mark("crowd-draw");
    this.fit();
    this.ctx.clearRect(0, 0, this.size.width, this.size.height);
    this.draw(this.ctx, this.size);
    performance.measure("crowd-frame", "crowd-draw");
    performance.clearMarks("crowd-draw");
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.node;
    const ratio = globalThis.devicePixelRatio || 1;
    if (this.size.width === width && this.size.height === height && this.ratio === ratio) return;
    Object.assign(this, { size: { width, height }, ratio });
    this.node.width = Math.round(width * ratio);
    this.node.height = Math.round(height * ratio);
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
}

export class Layers {
  /**
   * @param {{rest: (ctx: CanvasRenderingContext2D, size: object) => void, top: (ctx: CanvasRenderingContext2D, size: object) => void}} draw
   */
  constructor({ rest, top }) {
    this.rest = new Layer("lower-canvas", rest);
    this.top = new Layer("upper-canvas", top);
  }

  get nodes() { return [this.rest.node, this.top.node]; }

  askAll() {
    this.rest.ask();
    this.top.ask();
  }
}
