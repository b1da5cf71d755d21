// Drawing shapes on a canvas that lies over the picture. Points come in screen pixels, so that lines keep their width.

const FONT = "600 12px system-ui, sans-serif";
const TAG_PX = 18;

function trace(ctx, outline, closed) {
  ctx.beginPath();
  outline.forEach(({ x, y }, place) => (place ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  if (closed) ctx.closePath();
}

/** @typedef {{edge: string, shade: string, onShade: string, ink: string, hair: string}} Inks the theme's colours */

/** The theme's colours as a canvas takes them. @param {Element} element @returns {Inks} */
export function inksOf(element) {
  const style = getComputedStyle(element);
  const token = (name, otherwise) => style.getPropertyValue(`--${name}`).trim() || otherwise;
  return {
    edge: token("cat-edge", "#0008"), shade: token("shade", "#000a"), onShade: token("on-shade", "#fff"),
    ink: token("cat-ink", "#000"), hair: token("hair", "#fffd"),
  };
}

/**
 * A shape: a dark line under a coloured one, so that it shows on any ground.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{outline: {x: number, y: number}[], closed: boolean, color: string, filled?: boolean, dashed?: boolean}} shape
 * @param {Inks} inks
 */
export function paintShape(ctx, { outline, closed, color, filled = false, dashed = false }, inks) {
  if (outline.length === 1) return paintDot(ctx, outline[0], color, 5, inks);
  trace(ctx, outline, closed);
  if (filled) {
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = color;
    ctx.fill();
    ctx.globalAlpha = 1;
  }
  ctx.lineJoin = "round";
  ctx.setLineDash(dashed ? [6, 4] : []);
  ctx.lineWidth = 4;
  ctx.strokeStyle = inks.edge;
  ctx.stroke();
  ctx.lineWidth = 2;
  ctx.strokeStyle = color;
  ctx.stroke();
  ctx.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} ctx */
export function paintDot(ctx, { x, y }, color, radius, inks) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = color;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = inks.edge;
  ctx.stroke();
}

/** The places that can be dragged; the one that is held is filled. */
export function paintHandles(ctx, handles, color, held, { ink }) {
  handles.forEach(({ x, y }, place) => {
    ctx.beginPath();
    ctx.rect(x - 5, y - 5, 10, 10);
    ctx.fillStyle = place === held ? color : ink;
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.strokeStyle = color;
    ctx.stroke();
  });
}

/** The knob that turns a shape, on a stem from the handle nearest to it. */
export function paintKnob(ctx, knob, handles, color, isHeld, { edge, ink }) {
  const gap = ({ x, y }) => Math.hypot(x - knob.x, y - knob.y);
  const from = handles.reduce((best, handle) => (gap(handle) < gap(best) ? handle : best));
  for (const [width, style] of [[4, edge], [2, color]]) {
    ctx.beginPath();
    ctx.moveTo(from.x, from.y);
    ctx.lineTo(knob.x, knob.y);
    ctx.lineWidth = width;
    ctx.strokeStyle = style;
    ctx.stroke();
  }
  ctx.beginPath();
  ctx.arc(knob.x, knob.y, 6, 0, 2 * Math.PI);
  ctx.fillStyle = isHeld ? color : ink;
  ctx.fill();
  ctx.stroke();
}

/** A word on its category's colour, above the point; below it where there is no room above. */
export function paintTag(ctx, { x, y }, text, color, { ink }) {
  Object.assign(ctx, { font: FONT, direction: "ltr", textBaseline: "middle" });
  const width = ctx.measureText(text).width + 12;
  const top = y < TAG_PX ? y : y - TAG_PX;
  ctx.fillStyle = color;
  ctx.fillRect(x - 1, top, width, TAG_PX);
  ctx.fillStyle = ink;
  ctx.fillText(text, x + 5, top + TAG_PX / 2 + 0.5);
}

/** Size or place beside the pointer, held inside the canvas. */
export function paintNote(ctx, { x, y }, text, size, { shade, onShade }) {
  Object.assign(ctx, { font: FONT, direction: "ltr", textBaseline: "middle" });
  const width = ctx.measureText(text).width + 12;
  const left = Math.min(x + 10, size.width - width);
  const top = Math.min(y + 10, size.height - TAG_PX);
  ctx.fillStyle = shade;
  ctx.fillRect(left, top, width, TAG_PX);
  ctx.fillStyle = onShade;
  ctx.fillText(text, left + 6, top + TAG_PX / 2 + 0.5);
}

/** Darken everything but an outline. */
export function paintOutside(ctx, outline, size, { shade }) {
  trace(ctx, outline, true);
  ctx.rect(0, 0, size.width, size.height);
  ctx.fillStyle = shade;
  ctx.fill("evenodd");
}

/** Lines through a point to the edges. */
export function paintCross(ctx, { x, y }, size, { hair }) {
  ctx.beginPath();
  ctx.moveTo(x, 0);
  ctx.lineTo(x, size.height);
  ctx.moveTo(0, y);
  ctx.lineTo(size.width, y);
  ctx.setLineDash([5, 5]);
  ctx.lineWidth = 1;
  ctx.strokeStyle = hair;
  ctx.stroke();
  ctx.setLineDash([]);
}
