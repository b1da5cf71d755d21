// Places in a text: spans {start, end} count UTF-16 units as strings do, the end exclusive; answers count code points.

/** @typedef {{start: number, end: number}} Span */

const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;
const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff;

// How many of the sorted numbers are below the limit.
function below(numbers, limit) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Turns places in one text from UTF-16 units to code points and back, in logarithmic time. */
export class CodePoints {
  /** @param {string} text */
  constructor(text) {
    this.units = text.length;
    this.pairs = []; // where the second half of each surrogate pair stands
    for (let at = 1; at < text.length; at += 1) {
      if (isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))) this.pairs.push(at);
    }
    this.starts = this.pairs.map((at, place) => at - 1 - place); // of each pair, in code points
  }

  /** How many code points the text has. */
  get length() { return this.units - this.pairs.length; }

  /** @param {number} unit a place in UTF-16 units @returns {number} in code points */
  fromUnits(unit) { return unit - below(this.pairs, unit); }

  /** @param {number} point a place in code points @returns {number} in UTF-16 units */
  toUnits(point) { return point + below(this.starts, point); }
}

/** Finds what stands at a place: a word, a mark or a blank, or with "grapheme" what a reader takes for one character. */
export class Units {
  /** @param {string} text @param {"word"|"grapheme"} granularity @param {string} [locale] */
  constructor(text, granularity, locale) {
    this.text = text;
    this.segments = new Intl.Segmenter(locale || undefined, { granularity }).segment(text);
  }

  /** @param {number} at @returns {Span|null} null outside the text */
  at(at) {
    const found = this.segments.containing(at);
    return found ? { start: found.index, end: found.index + found.segment.length } : null;
  }

  isBlank({ start, end }) { return this.text.slice(start, end).trim() === ""; }

  /** The first unit that starts at or after a place and is no blank. @returns {Span|null} */
  next(at) {
    let unit = this.at(at);
    if (unit && unit.start < at) unit = this.at(unit.end);
    while (unit && this.isBlank(unit)) unit = this.at(unit.end);
    return unit;
  }

  /** The last unit that ends at or before a place and is no blank. @returns {Span|null} */
  previous(at) {
    let unit = this.at(at - 1);
    if (unit && unit.end > at) unit = this.at(unit.start - 1);
    while (unit && this.isBlank(unit)) unit = this.at(unit.start - 1);
    return unit;
  }

  /** The unit nearest to a place that is no blank. @returns {Span|null} */
  near(at) {
    const here = this.at(at);
    if (here && !this.isBlank(here)) return here;
    const [before, after] = [this.previous(at), this.next(at)];
    if (!before || !after) return before ?? after;
    return at - before.end < after.start - at ? before : after;
  }

  /** Widen a span to whole units, then leave blanks at either end. @param {Span} span @returns {Span|null} null for blanks */
  snap({ start, end }) {
    const [first, last] = [this.at(start), this.at(Math.max(end - 1, start))];
    if (!first || !last) return null;
    return trim(this.text, { start: first.start, end: last.end });
  }
}

/** Leave blanks at either end. @param {string} text @param {Span} span @returns {Span|null} null where nothing is left */
export function trim(text, { start, end }) {
  const inside = text.slice(start, end);
  const lead = inside.length - inside.trimStart().length;
  const length = inside.trim().length;
  return length ? { start: start + lead, end: start + lead + length } : null;
}

/** @param {Span} a @param {Span} b @returns {boolean} whether a unit is in both */
export const overlap = (a, b) => a.start < b.end && b.start < a.end;

/** @param {Span} a @param {Span} b @returns {boolean} */
export const isSame = (a, b) => a.start === b.start && a.end === b.end;

/** In order of the text; of two that begin together the longer first. @param {Span} a @param {Span} b @returns {number} */
export const inOrder = (a, b) => a.start - b.start || b.end - a.end;

/** The shortest of the spans over a place, which lies on top. @template {Span} S @param {S[]} spans @returns {S|null} */
export function innermost(spans, at) {
  const over = spans.filter(({ start, end }) => start <= at && at < end);
  return over.reduce((best, span) => (best && best.end - best.start <= span.end - span.start ? best : span), null);
}

/**
 * Cut a piece of the text wherever a span begins or ends.
 * @template {Span} S @param {Span} piece @param {S[]} spans
 * @returns {{start: number, end: number, spans: S[]}[]} in order, without a gap; the shortest span of a part first
 */
export function cut(piece, spans) {
  const inside = spans.filter((span) => overlap(span, piece)).sort((a, b) => a.end - a.start - (b.end - b.start));
  const edges = inside.flatMap(({ start, end }) => [start, end]).filter((edge) => edge > piece.start && edge < piece.end);
  const places = [...new Set([piece.start, ...edges, piece.end])].sort((a, b) => a - b);
  return places.slice(1).map((end, place) => {
    const start = places[place];
    return { start, end, spans: inside.filter((span) => span.start < end && start < span.end) };
  });
}

/**
 * Split a text into paragraphs, and these into chunks that can be drawn anew one by one.
 * @param {string} text @param {number} size units a chunk has at most, about
 * @returns {Span[][]} chunks by paragraph; each newline ends its paragraph and is part of it
 */
export function chunks(text, size = 800) {
  const paragraphs = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    paragraphs.push(chunksOf(text, start, end, size));
    start = end;
  }
  return paragraphs;
}

// Behind a blank where there is one: a word that is cut in two would lose its joined letters.
function chunksOf(text, start, end, size) {
  const parts = [];
  for (let from = start; from < end; ) {
    let to = Math.min(from + size, end);
    const blank = to < end ? text.lastIndexOf(" ", to - 1) : -1;
    if (blank > from) to = blank + 1;
    else if (to < end && isLow(text.charCodeAt(to))) to += 1;
    parts.push({ start: from, end: to });
    from = to;
  }
  return parts;
}
