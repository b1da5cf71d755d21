// Boxes that may be turned about their middle: {left, top, width, height} as if they stood upright, and rotation in
// degrees clockwise, from 0 to less than 360, with one decimal at most.

import { BOXES, HANDLES } from "geometry/boxes";
import { reachesOut } from "geometry/polygons";

/** @typedef {import("./boxes.js").Box & {rotation: number}} Turned */
/** @typedef {import("./view.js").Point} Point */
/** @typedef {import("./view.js").Size} Size */

const KNOB = HANDLES.length; // the handle that turns, behind those of the sides
const KNOB_PX = 28; // from the side, on the screen

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** Degrees as answers hold them. @param {number} degrees @returns {number} 0 to 359.9 */
export const plainTurn = (degrees) => (((Math.round(degrees * 10) % 3600) + 3600) % 3600) / 10;

/** A point turned clockwise about another. @param {Point} point @param {Point} about @param {number} degrees @returns {Point} */
export function turnPoint({ x, y }, about, degrees) {
  if (!degrees) return { x, y };
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [dx, dy] = [x - about.x, y - about.y];
  return { x: about.x + dx * cos - dy * sin, y: about.y + dx * sin + dy * cos };
}

const middleOf = ({ left, top, width, height }) => ({ x: left + width / 2, y: top + height / 2 });
const turnAll = (box, points) => points.map((point) => turnPoint(point, middleOf(box), box.rotation));

/** Which way a point lies from the middle, in degrees clockwise. @param {Turned} box @param {Point} point */
function bearing(box, { x, y }) {
  const middle = middleOf(box);
  return (Math.atan2(y - middle.y, x - middle.x) * 180) / Math.PI;
}

/** Where the knob stands: above the box, or below where it would be out of sight above. */
function knobOf(box, pixel, isInSight) {
  const { x } = middleOf(box);
  const places = [box.top - KNOB_PX * pixel, box.top + box.height + KNOB_PX * pixel].map((y) => ({ x, y }));
  const [above, below] = turnAll(box, places);
  return !isInSight(above) && isInSight(below) ? below : above;
}

/** The two ends of a side when one of them, or neither, goes to `at`. */
function endsOf(start, length, sign, at) {
  const ends = [sign < 0 ? at : start, sign > 0 ? at : start + length];
  return ends.sort((a, b) => a - b);
}

/** A turned box with a handle moved to a point, the far side or corner kept where it is. */
function dragTurned(box, handle, point) {
  const middle = middleOf(box);
  const { x, y } = turnPoint(point, middle, -box.rotation);
  const [h, v] = HANDLES[handle];
  const [left, right] = endsOf(box.left, box.width, h, x);
  const [top, bottom] = endsOf(box.top, box.height, v, y);
  const to = turnPoint({ x: (left + right) / 2, y: (top + bottom) / 2 }, middle, box.rotation);
  const [width, height] = [right - left, bottom - top].map((length) => Math.max(Math.round(length), 1));
  return { ...box, left: Math.round(to.x - width / 2), top: Math.round(to.y - height / 2), width, height };
}

/** What the editor needs to know of this kind of shape; see `crowd/editor`. */
export const TURNED = {
  ...BOXES,
  knob: KNOB,

  /** @param {Turned} box @returns {Point[]} */
  outline: (box) => turnAll(box, BOXES.outline(box)),

  /** @param {Turned} box @returns {Point[]} those of upright boxes, turned, and the knob */
  handles: (box, pixel = 1, isInSight = () => true) => [...turnAll(box, BOXES.handles(box)), knobOf(box, pixel, isInSight)],

  cursor: (handle, { rotation }) => (handle === KNOB ? "grab" : BOXES.cursor((handle + Math.round(rotation / 45)) % KNOB)),

  make: (points, size) => ({ ...BOXES.make(points, size), rotation: 0 }),

  /** @param {Point} point held inside the picture @param {Point} raw where the pointer is; a turned box may reach outside */
  drag: (box, handle, point, size, raw = point) => (box.rotation ? dragTurned(box, handle, raw) : BOXES.drag(box, handle, point, size)),

  /** The box moved by whole pixels; a turned one as long as its middle is in the picture. @returns {Turned} */
  move(box, dx, dy, size) {
    if (!box.rotation) return BOXES.move(box, dx, dy, size);
    const [x, y] = [box.width / 2, box.height / 2];
    return {
      ...box,
      left: clamp(Math.round(box.left + dx), Math.ceil(-x), Math.floor(size.width - x)),
      top: clamp(Math.round(box.top + dy), Math.ceil(-y), Math.floor(size.height - y)),
    };
  },

  /** The box turned clockwise. @param {Turned} box @param {number} degrees @returns {Turned} */
  turn: (box, degrees) => ({ ...box, rotation: plainTurn(box.rotation + degrees) }),

  /** The box turned as a pointer goes round it, to whole degrees or steps of several. @returns {Turned} */
  turnAlong(box, from, to, step = 1) {
    const degrees = box.rotation + bearing(box, to) - bearing(box, from);
    return { ...box, rotation: plainTurn(Math.round(degrees / step) * step) };
  },

  // As far as it can be moved: a turned box may reach outside, but for its middle.
  isOutside: (box, size) => (box.rotation ? reachesOut([middleOf(box)], size) : BOXES.isOutside(box, size)),

  turnText: ({ rotation }) => (rotation ? `${rotation}°` : ""),
};
