// What a MaskEditor shows above the mask: the brush's ring, or the outline under way.

import { paintHandles, paintShape } from "crowd/paint";
import { toScreen } from "geometry/view";

/** @param {object} editor a MaskEditor @param {CanvasRenderingContext2D} ctx */
export function drawMaskTop(editor, ctx) {
  const { pointer, outline } = editor.gestures;
  if (editor.readOnly || editor.stage.isHand) return;
  const color = editor.chosenRegion?.color ?? editor.colors?.[editor.category] ?? editor.inks.hair;
  if (outline) drawOutline(editor, ctx, pointer ? [...outline, pointer] : outline, outline, color);
  else if (pointer && ["brush", "eraser", "smart"].includes(editor.mode)) drawRing(editor, ctx, pointer, editor.mode === "eraser" ? editor.inks.hair : color);
}

function drawOutline(editor, ctx, shown, points, color) {
  const project = (point) => toScreen(editor.stage.view, point);
  paintShape(ctx, { outline: shown.map(project), closed: false, color }, editor.inks);
  paintHandles(ctx, points.map(project), color, null, editor.inks);
}

function drawRing(editor, ctx, pointer, color) {
  const { x, y } = toScreen(editor.stage.view, pointer);
  const radius = Math.max(editor.radius * editor.stage.view.scale, 1.5);
  for (const [width, ink] of [[3, editor.inks.edge], [1.5, color]]) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.setLineDash(editor.mode === "smart" ? [4, 3] : []);
    ctx.lineWidth = width;
    ctx.strokeStyle = ink;
    ctx.stroke();
  }
  ctx.setLineDash([]);
}
