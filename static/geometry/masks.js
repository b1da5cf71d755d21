// Painting on a map of ids: one byte a pixel, row by row; 0 is background. Every function returns the rectangle that it
// may have changed, {left, top, right, bottom} with right and bottom exclusive, or null.

/** @typedef {{width: number, height: number, ids: Uint8Array}} IdMap */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Rect */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {(old: number) => boolean} May whether a pixel of that id may be painted over */

/** @param {number} width @param {number} height @returns {IdMap} */
export const emptyMap = (width, height) => ({ width, height, ids: new Uint8Array(width * height) });

/** The part of a rectangle that lies on the map; null where there is none. @param {IdMap} map @returns {Rect|null} */
export function clip({ width, height }, { left, top, right, bottom }) {
  const rect = { left: Math.max(0, left), top: Math.max(0, top), right: Math.min(width, right), bottom: Math.min(height, bottom) };
  return rect.left < rect.right && rect.top < rect.bottom ? rect : null;
}

/** The smallest rectangle around both. @param {Rect|null} a @param {Rect|null} b @returns {Rect|null} */
export function join(a, b) {
  if (!a || !b) return a ?? b;
  return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

function fillRow({ width, ids }, y, from, to, id, may) {
  for (let place = y * width + from, end = y * width + to; place < end; place += 1) if (may(ids[place])) ids[place] = id;
}

/**
 * A stroke of a round brush from one point to another.
 * @param {IdMap} map @param {Point} from @param {Point} to @param {number} radius pixels @param {number} id @param {May} may
 */
export function stroke(map, from, to, radius, id, may) {
  const reach = Math.max(radius, 0.5);
  const rect = clip(map, {
    left: Math.floor(Math.min(from.x, to.x) - reach), top: Math.floor(Math.min(from.y, to.y) - reach),
    right: Math.ceil(Math.max(from.x, to.x) + reach) + 1, bottom: Math.ceil(Math.max(from.y, to.y) + reach) + 1,
  });
  if (!rect) return null;
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const span = capsuleRow(from, to, reach, y + 0.5);
    if (span) fillRow(map, y, Math.max(rect.left, Math.ceil(span[0] - 0.5)), Math.min(rect.right, Math.floor(span[1] - 0.5) + 1), id, may);
  }
  return rect;
}

// Where the line at height y runs inside the shape that a disc leaves behind: two discs and the band between them.
function capsuleRow(a, b, radius, y) {
  const spans = [discRow(a, radius, y), discRow(b, radius, y), bandRow(a, b, radius, y)].filter(Boolean);
  return spans.length ? [Math.min(...spans.map(([left]) => left)), Math.max(...spans.map(([, right]) => right))] : null;
}

function discRow({ x, y: middle }, radius, y) {
  const square = radius * radius - (y - middle) ** 2;
  return square < 0 ? null : [x - Math.sqrt(square), x + Math.sqrt(square)];
}

function bandRow(a, b, radius, y) {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (!length) return null;
  const [nx, ny] = [(-(b.y - a.y) / length) * radius, ((b.x - a.x) / length) * radius];
  const corners = [{ x: a.x + nx, y: a.y + ny }, { x: b.x + nx, y: b.y + ny }, { x: b.x - nx, y: b.y - ny }, { x: a.x - nx, y: a.y - ny }];
  const xs = crossings(corners, y);
  return xs.length ? [Math.min(...xs), Math.max(...xs)] : null;
}

/** Where the line at height y crosses an outline, from left to right. @param {Point[]} outline @returns {number[]} */
function crossings(outline, y) {
  const xs = [];
  for (let here = 0, last = outline.length - 1; here < outline.length; last = here, here += 1) {
    const [a, b] = [outline[last], outline[here]];
    if (a.y > y !== b.y > y) xs.push(a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y));
  }
  return xs.sort((m, n) => m - n);
}

/** Fill an outline (even-odd). @param {IdMap} map @param {Point[]} outline @param {number} id @param {May} may */
export function fillOutline(map, outline, id, may) {
  const [xs, ys] = [outline.map(({ x }) => x), outline.map(({ y }) => y)];
  const rect = clip(map, { left: Math.floor(Math.min(...xs)), top: Math.floor(Math.min(...ys)), right: Math.ceil(Math.max(...xs)) + 1, bottom: Math.ceil(Math.max(...ys)) + 1 });
  if (!rect) return null;
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const cuts = crossings(outline, y + 0.5);
    for (let pair = 0; pair + 1 < cuts.length; pair += 2) {
      fillRow(map, y, Math.max(rect.left, Math.ceil(cuts[pair] - 0.5)), Math.min(rect.right, Math.ceil(cuts[pair + 1] - 0.5)), id, may);
    }
  }
  return rect;
}

/**
 * Fill what hangs together with a pixel: all pixels that `joins` and can be reached from it, row by row.
 * @param {IdMap} map @param {Point} seed whole pixels @param {(place: number) => boolean} joins by place in `ids`
 * @param {number} id @param {May} may @param {Rect} [within] nothing is reached outside
 */
export function flood(map, seed, joins, id, may, within = { left: 0, top: 0, right: map.width, bottom: map.height }) {
  const { width } = map;
  const { left, top, right, bottom } = clip(map, within) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  if (seed.x < left || seed.y < top || seed.x >= right || seed.y >= bottom) return null;
  const seen = new Uint8Array((right - left) * (bottom - top));
  const isFree = (x, y) => !seen[(y - top) * (right - left) + x - left] && joins(y * width + x);
  const waiting = [[seed.x, seed.y]];
  let rect = null;
  while (waiting.length) {
    const [x, y] = waiting.pop();
    if (!isFree(x, y)) continue;
    let [from, to] = [x, x + 1];
    while (from > left && isFree(from - 1, y)) from -= 1;
    while (to < right && isFree(to, y)) to += 1;
    seen.fill(1, (y - top) * (right - left) + from - left, (y - top) * (right - left) + to - left);
    fillRow(map, y, from, to, id, may);
    if (y > top) pushRuns(from, to, y - 1, isFree, waiting);
    if (y + 1 < bottom) pushRuns(from, to, y + 1, isFree, waiting);
    rect = join(rect, { left: from, top: y, right: to, bottom: y + 1 });
  }
  return rect;
}

function pushRuns(from, to, y, isFree, waiting) {
  let isOn = false;
  for (let x = from; x < to; x += 1) {
    const isNow = isFree(x, y);
    if (isNow && !isOn) waiting.push([x, y]);
    isOn = isNow;
  }
}

/** How far apart two pixels' colours are, 0 to 441. @param {Uint8ClampedArray} pixels RGBA @param {[number, number, number]} color */
export function colorGap(pixels, place, [r, g, b]) {
  const at = place * 4;
  return Math.hypot(pixels[at] - r, pixels[at + 1] - g, pixels[at + 2] - b);
}

/** The mean colour of the few pixels around a point. @param {Uint8ClampedArray} pixels RGBA @param {{width: number, height: number}} size */
export function meanColor(pixels, { width, height }, { x, y }, reach = 1) {
  const sums = [0, 0, 0];
  let count = 0;
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v += 1) {
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u += 1) {
      for (const channel of [0, 1, 2]) sums[channel] += pixels[(v * width + u) * 4 + channel];
      count += 1;
    }
  }
  return sums.map((sum) => sum / count);
}

// --- what changed ----------------------------------------------------------------------------------------------

/** The ids of a rectangle as runs [id, length, …]: how a step of the history keeps them. @param {IdMap} map @param {Rect} rect */
export function runsOf({ width, ids }, { left, top, right, bottom }) {
  const runs = [];
  let [id, length] = [ids[top * width + left], 0];
  for (let y = top; y < bottom; y += 1) {
    for (let place = y * width + left, end = y * width + right; place < end; place += 1) {
      if (ids[place] === id) length += 1;
      else { runs.push(id, length); [id, length] = [ids[place], 1]; }
    }
  }
  runs.push(id, length);
  return Uint32Array.from(runs);
}

/** Put runs back. @param {IdMap} map @param {Rect} rect @param {Uint32Array} runs */
export function putRuns({ width, ids }, { left, top, right, bottom }, runs) {
  let [run, rest] = [0, runs[1]];
  for (let y = top; y < bottom; y += 1) {
    for (let place = y * width + left, end = y * width + right; place < end; place += 1) {
      while (rest === 0) { run += 2; rest = runs[run + 1]; }
      ids[place] = runs[run];
      rest -= 1;
    }
  }
}

/** How many pixels each id has. @param {IdMap} map @returns {Uint32Array} by id, 256 long */
export function countIds({ ids }) {
  const counts = new Uint32Array(256);
  for (let place = 0; place < ids.length; place += 1) counts[ids[place]] += 1;
  return counts;
}

/**
 * Paint pixels anew, further on to the right and down.
 * @param {IdMap} map @param {number[]} places of the pixels @param {number} far @param {number} id @param {May} may
 */
export function shift(map, places, far, id, may) {
  const { width, height, ids } = map;
  let rect = null;
  for (const place of places) {
    const [x, y] = [(place % width) + far, Math.floor(place / width) + far];
    if (x >= width || y >= height || !may(ids[y * width + x])) continue;
    ids[y * width + x] = id;
    rect ??= { left: x, top: y, right: x + 1, bottom: y + 1 };
    rect.left = Math.min(rect.left, x);
    rect.right = Math.max(rect.right, x + 1);
    rect.bottom = y + 1;
  }
  return rect;
}
