// A picture of labels, each in a colour of its own, half seen through. What has no label's colour is not shown.

import { make } from "crowd/element";
import { channels } from "geometry/colors";

export const maskStyles = `
  .mask { position: absolute; inset-block-start: 0; left: 0; transform-origin: 0 0; opacity: 0.5; image-rendering: pixelated; pointer-events: none; }
  .mask[hidden] { display: none; }
`;

/** Make every pixel clear that has none of the colours; where none at all has one, leave all as they are. */
function keepColors(pixels, colors) {
  const known = new Set(colors.map((color) => channels(color)).map(([red, green, blue]) => (red << 16) | (green << 8) | blue));
  const isKnown = (at) => known.has((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
  let found = false;
  for (let at = 0; at < pixels.length && !found; at += 4) found = isKnown(at);
  for (let at = 0; found && at < pixels.length; at += 4) if (!isKnown(at)) pixels[at + 3] = 0;
}

export class Mask {
  /** @param {{src: string, colors: string[]}} labels @param {() => void} onload */
  constructor({ src, colors }, onload) {
    this.node = make("canvas", { class: "mask", "aria-hidden": "true", width: 1, height: 1 });
    const image = make("img", { crossorigin: "anonymous" });
    image.addEventListener("load", () => { this.draw(image, colors); onload(); });
    image.addEventListener("error", () => console.warn(`The mask did not load: ${src}`));
    image.src = src;
  }

  draw(image, colors) {
    const { naturalWidth: width, naturalHeight: height } = image;
    Object.assign(this.node, { width, height });
    const ctx = this.node.getContext("2d", { willReadFrequently: true });
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(image, 0, 0);
    const data = ctx.getImageData(0, 0, width, height);
    keepColors(data.data, colors);
    ctx.putImageData(data, 0, 0);
  }

  /** Lie over the picture. @param {import("geometry/view").View} view @param {import("geometry/view").Size} size of the picture */
  place({ scale, x, y }, size) {
    const [across, down] = [size.width / this.node.width, size.height / this.node.height];
    this.node.style.transform = `translate(${x}px, ${y}px) scale(${scale * across}, ${scale * down})`;
  }
}
