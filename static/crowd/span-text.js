// A text with marked spans, made so that 50,000 characters do not lag: it stands in chunks, and a chunk is made anew
// only when a span in it changed. What is selected is painted by the browser's highlights and touches no node.

import { make } from "crowd/element";
import { chunks, cut, overlap } from "geometry/spans";

const INKS = ["crowd-selected", "crowd-cursor"];

export const spanTextStyles = `
  .body { position: relative; max-inline-size: 72ch; margin-inline: auto; font: 1.0625rem/2 var(--font, system-ui); cursor: text; }
  .para { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; content-visibility: auto; contain-intrinsic-block-size: auto 6em; }
  .body, .para { user-select: none; -webkit-user-select: none; }
  mark { padding-block: 2px; color: inherit; background: color-mix(in oklab, var(--cat) 30%, transparent); border-block-end: 2px solid var(--cat); cursor: pointer; }
  mark[data-first] { border-start-start-radius: 4px; border-end-start-radius: 4px; }
  mark[data-last] { border-start-end-radius: 4px; border-end-end-radius: 4px; }
  mark[data-chosen] { background: color-mix(in oklab, var(--cat) 52%, transparent); outline: 2px solid var(--text, CanvasText); outline-offset: 1px; }
  .tag { margin-inline: 4px 1px; padding-inline: 5px; border: 1px solid var(--cat); border-radius: 4px; background: color-mix(in oklab, var(--cat) 26%, var(--surface, Canvas)); color: var(--text, CanvasText); font: 600 0.6875rem/1.125rem var(--font, system-ui); vertical-align: 1px; white-space: nowrap; unicode-bidi: isolate; }
  .tag::after { content: attr(data-tag); }
  ::highlight(crowd-selected) { background-color: var(--accent, Highlight); color: var(--on-accent, HighlightText); }
  ::highlight(crowd-cursor) { text-decoration: underline 3px var(--accent, Highlight); }
`;

// One highlight of a name serves all elements of the document; each puts its own ranges in.
function highlightOf(name) {
  if (!globalThis.Highlight) return null;
  if (!CSS.highlights.has(name)) CSS.highlights.set(name, new Highlight());
  return CSS.highlights.get(name);
}

/** @typedef {{id: number, start: number, end: number, color: string, tag: string, isChosen: boolean}} Drawn */

export class SpanText {
  constructor() {
    this.node = make("div", { class: "body" });
    this.text = "";
    this.chunks = [];
    this.offsets = new WeakMap(); // of text nodes
    this.painted = new Map();
  }

  /** @param {string} text @returns {boolean} whether it is another one */
  show(text) {
    if (this.text === text && this.chunks.length) return false;
    this.text = text;
    this.chunks = [];
    this.node.replaceChildren(...chunks(text).map((pieces) => this.paragraph(pieces)));
    return true;
  }

  paragraph(pieces) {
    const nodes = pieces.map((piece) => {
      const node = make("span");
      const chunk = { ...piece, node, said: null };
      this.chunks.push(chunk);
      this.fill(chunk, [], "");
      return node;
    });
    return make("p", { class: "para", dir: "auto" }, nodes);
  }

  /** @param {Drawn[]} spans */
  draw(spans) {
    for (const chunk of this.chunks) {
      const inside = spans.filter((span) => overlap(span, chunk));
      const said = inside.map(({ id, start, end, color, tag, isChosen }) => [id, start, end, color, tag, isChosen].join()).join(";");
      if (said !== chunk.said) this.fill(chunk, inside, said);
    }
  }

  fill(chunk, inside, said) {
    chunk.said = said;
    chunk.node.replaceChildren(...cut(chunk, inside).flatMap((part) => this.part(part)));
  }

  part({ start, end, spans }) {
    const text = document.createTextNode(this.text.slice(start, end));
    this.offsets.set(text, start);
    if (!spans.length) return [text];
    const [top, ...under] = spans;
    const mark = make("mark", {
      "data-id": top.id, "data-first": top.start === start, "data-last": top.end === end, "data-chosen": spans.some(({ isChosen }) => isChosen),
    }, [text]);
    mark.style.setProperty("--cat", top.color);
    mark.style.boxShadow = under.map(({ color }, place) => `0 ${3 * (place + 1)}px 0 ${color}`).join();
    return [mark, ...spans.filter((span) => span.end === end).map((span) => this.tag(span))];
  }

  // Its words are no text of the document: they stand in the style, so that no place in the text counts them.
  tag({ id, tag, color }) {
    const node = make("b", { class: "tag", "data-tag": tag, "data-id": id });
    node.style.setProperty("--cat", color);
    return node;
  }

  // --- places ---------------------------------------------------------------------------------------------
  /** The place in the text under a point of the window. @returns {number|null} null where there is none */
  offsetAt(x, y) {
    const found = this.caretAt(x, y);
    if (!found) return null;
    const [node, offset] = found;
    if (this.offsets.has(node)) return this.offsets.get(node) + offset;
    return node.nodeType === Node.ELEMENT_NODE && this.node.contains(node) ? this.edgeOf(node, offset) : null;
  }

  /** The place of the character under a point, where `offsetAt` names the nearer side of it. @returns {number|null} */
  characterAt(x, y) {
    const at = this.offsetAt(x, y);
    if (!at) return at;
    const isIn = ({ left, right, top, bottom }) => left <= x && x < right && top <= y && y <= bottom;
    return [...this.range({ start: at - 1, end: at }).getClientRects()].some(isIn) ? at - 1 : at;
  }

  caretAt(x, y) {
    if (document.caretPositionFromPoint) {
      const found = document.caretPositionFromPoint(x, y, { shadowRoots: [this.node.getRootNode()] });
      return found && [found.offsetNode, found.offset];
    }
    const range = document.caretRangeFromPoint(x, y);
    return range && [range.startContainer, range.startOffset];
  }

  // Between two nodes, beside a tag for instance: where the text goes on, else where it ended.
  edgeOf(node, offset) {
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    let end = null;
    const limit = node.childNodes[offset];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (limit && (limit === text || limit.contains(text) || limit.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) return this.offsets.get(text);
      end = this.offsets.get(text) + text.data.length;
    }
    return end;
  }

  /** @param {{start: number, end: number}} span @returns {Range} */
  range({ start, end }) {
    const range = new Range();
    range.setStart(...this.placeOf(start));
    range.setEnd(...this.placeOf(end, true));
    return range;
  }

  // At an edge between two text nodes an end belongs to the first, a start to the second.
  placeOf(at, isEnd = false) {
    const wanted = isEnd ? at - 1 : at;
    const chunk = this.chunks.find(({ start, end }) => start <= wanted && wanted < end) ?? this.chunks.at(-1);
    const texts = document.createTreeWalker(chunk.node, NodeFilter.SHOW_TEXT);
    let text = texts.nextNode();
    for (let next = texts.nextNode(); next && this.offsets.get(next) <= wanted; next = texts.nextNode()) text = next;
    return [text, Math.min(at - this.offsets.get(text), text.data.length)];
  }

  /** Paint what is selected, and the word at which the keyboard is. */
  paint(selected, cursor) {
    [selected, cursor].forEach((span, place) => {
      const highlight = highlightOf(INKS[place]);
      const before = this.painted.get(place);
      if (before) highlight?.delete(before);
      const range = span && this.chunks.length ? this.range(span) : null;
      if (range) highlight?.add(range);
      this.painted.set(place, range);
    });
  }

  /** Whether the text runs from right to left at a place. */
  isRightToLeft(at) { return this.placeOf(at)[0].parentElement.matches(":dir(rtl)"); }

  /** Bring a span into sight. @param {{start: number, end: number}} span */
  reveal(span) {
    if (!this.chunks.length) return;
    this.placeOf(span.start)[0].parentElement.scrollIntoView({ block: "nearest" });
    const [box, pane] = [this.range(span).getBoundingClientRect(), this.node.parentElement.getBoundingClientRect()];
    if (box.top < pane.top) this.node.parentElement.scrollTop -= pane.top - box.top + 24;
    else if (box.bottom > pane.bottom) this.node.parentElement.scrollTop += box.bottom - pane.bottom + 24;
  }
}
