// A picture as its pixels are stored. A camera that lay on its side notes so in the file, and browsers turn such a picture:
// in `naturalWidth`, in a canvas, and on the page unless its style says `image-orientation: none`. Shapes and masks count
// stored pixels, as everything does that reads them later.

import { make } from "crowd/element";

/**
 * Whether `naturalWidth` and `naturalHeight` have changed places; null while the picture is nowhere laid out.
 * @param {HTMLImageElement} image in its own size, with the style `image-orientation: none`
 * @returns {boolean|null}
 */
export function isTurned(image) {
  const { offsetWidth, offsetHeight, naturalWidth, naturalHeight } = image;
  if (!offsetWidth) return null;
  return naturalWidth !== naturalHeight && offsetWidth === naturalHeight && offsetHeight === naturalWidth;
}

/**
 * The colours of a picture.
 * @param {HTMLImageElement} image in the document @param {import("geometry/view").Size} size as stored
 * @returns {Uint8ClampedArray} RGBA, row by row
 */
export function storedPixels(image, { width, height }) {
  const canvas = make("canvas", { width, height });
  canvas.style.cssText = "image-orientation: none; position: absolute; visibility: hidden";
  image.after(canvas); // its style counts only in the document
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.drawImage(image, 0, 0, width, height);
  canvas.remove();
  return ctx.getImageData(0, 0, width, height).data;
}
