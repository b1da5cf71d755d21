// Shapes of points in image pixels: {points: [{x, y}, …]}. Polygons are closed, polylines and lines open, a keypoint is one.

/** @typedef {import("./view.js").Point} Point */
/** @typedef {import("./view.js").Size} Size */
/** @typedef {{points: Point[]}} Drawn */

const clamp = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
const inside = ({ x, y }, size) => ({ x: clamp(x, size.width), y: clamp(y, size.height) });

/** Where on the segment from a to b the point is nearest: its distance. @param {Point} point */
export function distanceToSegment({ x, y }, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length ? Math.min(Math.max(((x - a.x) * dx + (y - a.y) * dy) / length, 0), 1) : 0;
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}

/** The edge nearest to a point, as the place of its first end, where it is within `near`; else -1. */
export function edgeNear(points, closed, point, near) {
  let [best, least] = [-1, near];
  const last = closed ? points.length : points.length - 1;
  for (let place = 0; place < last; place += 1) {
    const gap = distanceToSegment(point, points[place], points[(place + 1) % points.length]);
    if (gap <= least) [best, least] = [place, gap];
  }
  return best;
}

/** Whether a point lies in a closed outline (even-odd). @param {Point[]} outline @param {Point} point */
export function contains(outline, { x, y }) {
  let isIn = false;
  for (let here = 0, last = outline.length - 1; here < outline.length; last = here, here += 1) {
    const [a, b] = [outline[here], outline[last]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) isIn = !isIn;
  }
  return isIn;
}

/** The area of a closed outline in square pixels. @param {Point[]} outline */
export function areaOf(outline) {
  const twice = outline.reduce((sum, a, place) => {
    const b = outline[(place + 1) % outline.length];
    return sum + a.x * b.y - b.x * a.y;
  }, 0);
  return Math.abs(twice) / 2;
}

const turn = (a, b, c) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
const crosses = (a, b, c, d) => turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);

/** Whether two sides of a closed outline that are no neighbours cross or touch. @param {Point[]} outline */
export function crossesItself(outline) {
  const side = (place) => [outline[place], outline[(place + 1) % outline.length]];
  for (let one = 0; one < outline.length; one += 1) {
    for (let other = one + 2; other < outline.length; other += 1) {
      if (one === 0 && other === outline.length - 1) continue;
      if (crosses(...side(one), ...side(other))) return true;
    }
  }
  return false;
}

const boundsOf = (points) => {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
};

/** Whether a shape reaches out of the picture. @param {Point[]} outline @param {Size} size */
export const reachesOut = (outline, { width, height }) => outline.some(({ x, y }) => x < 0 || y < 0 || x > width || y > height);

const common = {
  outline: ({ points }) => points,
  handles: ({ points }) => points,
  cursor: () => "move",
  make: (points, size) => ({ points: points.map((point) => inside(point, size)) }),

  /** The shape with one point moved. @param {Drawn} shape @returns {Drawn} */
  drag: (shape, handle, point, size) => ({ ...shape, points: shape.points.map((old, place) => (place === handle ? inside(point, size) : old)) }),

  /** The shape moved by whole pixels, as far as the picture goes. @param {Drawn} shape @returns {Drawn} */
  move(shape, dx, dy, size) {
    const { left, top, right, bottom } = boundsOf(shape.points);
    const x = Math.round(Math.min(Math.max(dx, -left), size.width - right));
    const y = Math.round(Math.min(Math.max(dy, -top), size.height - bottom));
    return { ...shape, points: shape.points.map((point) => ({ x: point.x + x, y: point.y + y })) };
  },

  isTooSmall: () => false,
  isOutside: ({ points }, size) => reachesOut(points, size),
};

const editable = {
  /** The shape with a point more, behind the given place. @param {Drawn} shape @returns {Drawn} */
  insert: (shape, place, point, size) => ({ ...shape, points: shape.points.toSpliced(place + 1, 0, inside(point, size)) }),

  /** The shape with a point less; null where too few would be left. @param {Drawn} shape */
  remove(shape, place) {
    return shape.points.length > this.least ? { ...shape, points: shape.points.toSpliced(place, 1) } : null;
  },
};

/** What the editor needs to know of each kind; see `crowd/editor`. */
export const POLYGONS = {
  ...common, ...editable, closed: true, drawnBy: "clicks", least: 3,
  // By its bounds: the area of an outline that crosses itself can be nothing.
  isTooSmall({ points }) {
    const { left, top, right, bottom } = boundsOf(points);
    return right - left < 1 || bottom - top < 1;
  },
  words: ({ points }) => `${points.length} •`,
};
export const POLYLINES = { ...common, ...editable, closed: false, drawnBy: "clicks", least: 2, words: ({ points }) => `${points.length} •` };
export const LINES = {
  ...common, closed: false, drawnBy: "drag", least: 2,
  make: ([a, b = a], size) => ({ points: [inside(a, size), inside(b, size)] }),
  isTooSmall: ({ points: [a, b] }) => Math.hypot(a.x - b.x, a.y - b.y) < 1,
  words: ({ points: [a, b] }) => `${Math.round(Math.hypot(a.x - b.x, a.y - b.y))} px`,
};
export const KEYPOINTS = { ...common, closed: false, drawnBy: "click", least: 1, words: ({ points: [{ x, y }] }) => `${x}, ${y}` };
