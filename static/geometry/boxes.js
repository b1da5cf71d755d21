// Upright boxes in whole image pixels: {left, top, width, height}.

import { reachesOut } from "geometry/polygons";

/** @typedef {{left: number, top: number, width: number, height: number}} Box */
/** @typedef {import("./view.js").Point} Point */
/** @typedef {import("./view.js").Size} Size */

/** The side or corner that each handle moves, clockwise from the top left: -1 the near side, 1 the far one, 0 neither. */
export const HANDLES = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];
const CURSORS = ["nwse", "ns", "nesw", "ew", "nwse", "ns", "nesw", "ew"];

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** The box between two points, held inside the picture. @param {Point} a @param {Point} b @param {Size} size @returns {Box} */
export function boxBetween(a, b, size) {
  const [left, right] = [a.x, b.x].map((x) => clamp(Math.round(x), 0, size.width)).sort((m, n) => m - n);
  const [top, bottom] = [a.y, b.y].map((y) => clamp(Math.round(y), 0, size.height)).sort((m, n) => m - n);
  return { left, top, width: right - left, height: bottom - top };
}

const cornersOf = ({ left, top, width, height }) => [{ x: left, y: top }, { x: left + width, y: top + height }];

/** What the editor needs to know of a kind of shape; see `crowd/editor`. */
export const BOXES = {
  closed: true,
  drawnBy: "drag",

  /** @param {Box} box @returns {Point[]} */
  outline({ left, top, width, height }) {
    return [{ x: left, y: top }, { x: left + width, y: top }, { x: left + width, y: top + height }, { x: left, y: top + height }];
  },

  /** @param {Box} box @returns {Point[]} the corners and the middles of the sides */
  handles({ left, top, width, height }) {
    return HANDLES.map(([h, v]) => ({ x: left + (width * (h + 1)) / 2, y: top + (height * (v + 1)) / 2 }));
  },

  cursor: (handle) => `${CURSORS[handle]}-resize`,

  /** @param {Point[]} points where the pointer went down, and where it is @param {Size} size */
  make: ([a, b = a], size) => boxBetween(a, b, size),

  /** The box with a handle moved to a point; dragged over the far side it turns around. @returns {Box} */
  drag(box, handle, point, size) {
    const [h, v] = HANDLES[handle];
    const [near, far] = cornersOf(box);
    const fixed = { x: h < 0 ? far.x : near.x, y: v < 0 ? far.y : near.y };
    const moved = { x: h === 0 ? far.x : point.x, y: v === 0 ? far.y : point.y };
    return { ...box, ...boxBetween(fixed, moved, size) };
  },

  /** The box moved by whole pixels, as far as the picture goes. @returns {Box} */
  move(box, dx, dy, size) {
    return {
      ...box,
      left: clamp(Math.round(box.left + dx), 0, Math.max(0, size.width - box.width)),
      top: clamp(Math.round(box.top + dy), 0, Math.max(0, size.height - box.height)),
    };
  },

  isOutside: (box, size) => reachesOut(cornersOf(box), size),
  isTooSmall: ({ width, height }, least = 1) => width < least || height < least,
  words: ({ width, height }) => `${Math.round(width)} × ${Math.round(height)}`,
};
