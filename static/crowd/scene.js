// What a ShapeEditor shows on its two layers: the shapes at rest, and above them what is chosen or being drawn.

import { paintCross, paintHandles, paintKnob, paintNote, paintOutside, paintShape, paintTag } from "crowd/paint";
import { toScreen } from "geometry/view";

const TAGS_AT_MOST = 200; // more words than that hide the picture

const project = (editor, outline) => outline.map((point) => toScreen(editor.stage.view, point));

function paint(editor, ctx, shape, looks) {
  const outline = project(editor, editor.kind.outline(shape));
  paintShape(ctx, { outline, closed: editor.kind.closed, color: editor.colorFor(shape), ...looks }, editor.inks);
  return outline;
}

function tag(editor, ctx, shape, outline, number) {
  const at = { x: Math.min(...outline.map(({ x }) => x)), y: Math.min(...outline.map(({ y }) => y)) };
  paintTag(ctx, at, `${number} ${shape.label}`, editor.colorFor(shape), editor.inks);
}

const isSeen = (outline, { width, height }) =>
  outline.some(({ x }) => x > -20) && outline.some(({ x }) => x < width + 20) && outline.some(({ y }) => y > -20) && outline.some(({ y }) => y < height + 20);

/** The shapes at rest, but for the one that is chosen. @param {object} editor @param {CanvasRenderingContext2D} ctx */
export function drawRest(editor, ctx, size) {
  for (const [from, to] of editor.hints ?? []) {
    const outline = project(editor, [from.points[0], to.points[0]]);
    paintShape(ctx, { outline, closed: false, color: editor.inks.hair, dashed: true }, editor.inks);
  }
  const shown = editor.shownShapes();
  const numbers = new Map(editor.shapes.map(({ id }, place) => [id, place + 1]));
  for (const shape of shown) {
    if (shape.id === editor.chosen) continue;
    const outline = project(editor, editor.kind.outline(shape));
    if (!isSeen(outline, size)) continue;
    paintShape(ctx, { outline, closed: editor.kind.closed, color: editor.colorFor(shape), filled: true, dashed: editor.isLocked(shape) }, editor.inks);
    if (shown.length <= TAGS_AT_MOST) tag(editor, ctx, shape, outline, numbers.get(shape.id));
  }
}

/** What is chosen, drawn or moved, and the cross-hair. @param {object} editor @param {CanvasRenderingContext2D} ctx */
export function drawTop(editor, ctx, size) {
  const { sketch, moving, pointer } = editor.gestures;
  const chosen = moving?.shape ?? editor.chosenShape;
  if (chosen && !editor.flags.hidden.has(chosen.id)) drawChosen(editor, ctx, chosen, size, moving !== null);
  if (sketch) drawSketch(editor, ctx, sketch, size);
  else if (pointer && !moving && editor.mode === "draw" && !editor.stage.isHand) drawCross(editor, ctx, pointer, size);
}

function drawChosen(editor, ctx, shape, size, isMoving) {
  const outline = project(editor, editor.kind.outline(shape));
  if (isMoving && editor.kind.closed) paintOutside(ctx, outline, size, editor.inks);
  paint(editor, ctx, shape, { filled: !isMoving, dashed: editor.isLocked(shape) });
  tag(editor, ctx, shape, outline, editor.shapes.findIndex(({ id }) => id === shape.id) + 1);
  if (!editor.readOnly && !editor.isLocked(shape)) drawHandles(editor, ctx, shape);
  if (isMoving) paintNote(ctx, outline[2] ?? outline.at(-1), wordsFor(editor.kind, shape), size, editor.inks);
}

const wordsFor = (kind, shape) => [kind.words(shape), kind.turnText?.(shape)].filter(Boolean).join(" · ");

function drawHandles(editor, ctx, shape) {
  const handles = project(editor, editor.handlesOf(shape));
  const [knob] = editor.kind.knob === undefined ? [] : handles.splice(editor.kind.knob);
  const color = editor.colorFor(shape);
  if (knob) paintKnob(ctx, knob, handles, color, editor.handle === editor.kind.knob, editor.inks);
  paintHandles(ctx, handles, color, editor.handle, editor.inks);
}

function drawSketch(editor, ctx, { points }, size) {
  const isDrag = editor.kind.drawnBy === "drag";
  const ends = isDrag || !editor.gestures.pointer ? points : [...points, editor.gestures.pointer];
  const shape = { ...editor.kind.make(ends, editor.stage.size), label: editor.categoryList[editor.category] };
  const outline = project(editor, editor.kind.outline(shape));
  if (isDrag && editor.kind.closed) paintOutside(ctx, outline, size, editor.inks);
  paintCross(ctx, toScreen(editor.stage.view, editor.gestures.pointer ?? ends.at(-1)), size, editor.inks);
  paintShape(ctx, { outline, closed: editor.kind.closed && isDrag, color: editor.colorFor(shape) }, editor.inks);
  paintHandles(ctx, project(editor, isDrag ? editor.kind.handles(shape).slice(0, editor.kind.knob) : points), editor.colorFor(shape), null, editor.inks);
  tag(editor, ctx, shape, outline, editor.shapes.length + 1);
  paintNote(ctx, outline[2] ?? outline.at(-1), editor.kind.words(shape), size, editor.inks);
}

function drawCross(editor, ctx, pointer, size) {
  const at = toScreen(editor.stage.view, pointer);
  paintCross(ctx, at, size, editor.inks);
  paintNote(ctx, at, `${pointer.x}, ${pointer.y}`, size, editor.inks);
}
