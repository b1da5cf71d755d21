// A map of ids with its colours, drawn over the picture by a canvas of the picture's own size; PNG in and out.

import { make } from "crowd/element";
import { channels } from "geometry/colors";
import { countIds, emptyMap } from "geometry/masks";

export const maskStyles = `
  .mask { position: absolute; inset-block-start: 0; left: 0; transform-origin: 0 0; pointer-events: none; opacity: var(--mask-opacity, 0.6); image-rendering: pixelated; }
`;

export class MaskLayer {
  constructor() {
    this.node = make("canvas", { class: "mask", "aria-hidden": "true" });
    this.ctx = this.node.getContext("2d", { willReadFrequently: true });
    this.colors = new Map(); // id → [r, g, b]
    this.hidden = new Set();
    this.map = emptyMap(1, 1);
  }

  /** Begin with an empty map of a size. */
  resize({ width, height }) {
    if (this.map.width === width && this.map.height === height) return false;
    this.map = emptyMap(width, height);
    this.node.width = width;
    this.node.height = height;
    return true;
  }

  /** Lie on the picture. @param {import("geometry/view").View} view */
  place({ scale, x, y }) { this.node.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; }

  /** @param {[number, string][]} pairs id and #rrggbb */
  setColors(pairs) { this.colors = new Map(pairs.map(([id, color]) => [id, channels(color)])); }

  get all() { return { left: 0, top: 0, right: this.map.width, bottom: this.map.height }; }

  /** Draw a part anew. @param {import("geometry/masks").Rect} rect */
  draw(rect = this.all) {
    const { left, top, right, bottom } = rect;
    const image = this.ctx.createImageData(right - left, bottom - top);
    const colors = new Uint32Array(256);
    for (const [id, [r, g, b]] of this.colors) if (!this.hidden.has(id)) colors[id] = (255 << 24) | (b << 16) | (g << 8) | r;
    const pixels = new Uint32Array(image.data.buffer);
    const { width, ids } = this.map;
    for (let y = top, out = 0; y < bottom; y += 1) {
      for (let place = y * width + left, end = y * width + right; place < end; place += 1, out += 1) pixels[out] = colors[ids[place]];
    }
    this.ctx.putImageData(image, left, top);
  }

  counts() { return countIds(this.map); }

  /** The map as an opaque PNG, background white. @returns {string} base64 without a prefix */
  toPng() {
    const { width, height, ids } = this.map;
    const canvas = make("canvas", { width, height });
    const ctx = canvas.getContext("2d");
    const image = ctx.createImageData(width, height);
    const colors = new Uint32Array(256).fill(0xffffffff);
    for (const [id, [r, g, b]] of this.colors) colors[id] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    colors[0] = 0xffffffff;
    const pixels = new Uint32Array(image.data.buffer);
    for (let place = 0; place < ids.length; place += 1) pixels[place] = colors[ids[place]];
    ctx.putImageData(image, 0, 0);
    return canvas.toDataURL("image/png").slice("data:image/png;base64,".length);
  }

  /**
   * Take ids from a picture by its colours; what is of no known colour is background.
   * @param {string} src an address, or base64 of a PNG @param {Map<string, number>} idOf "r,g,b" → id
   */
  async fromPicture(src, idOf) {
    const picture = await load(src);
    const { width, height, ids } = this.map;
    const canvas = make("canvas", { width, height });
    const ctx = canvas.getContext("2d", { willReadFrequently: true });
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(picture, 0, 0, width, height);
    const { data } = ctx.getImageData(0, 0, width, height);
    const known = new Map([...idOf].map(([text, id]) => [packed(...text.split(",").map(Number)), id]));
    for (let place = 0; place < ids.length; place += 1) {
      const at = place * 4;
      ids[place] = data[at + 3] < 128 ? 0 : known.get(packed(data[at], data[at + 1], data[at + 2])) ?? 0;
    }
  }
}

const packed = (r, g, b) => (r << 16) | (g << 8) | b;

async function load(src) {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.style.imageOrientation = "none";
  image.src = /^(https?|blob|data):/.test(src) ? src : `data:image/png;base64,${src}`;
  await image.decode();
  return image;
}
