// Selecting in a text, by mouse, touch and keyboard. By words, or by characters while Alt is held or the toggle is on.
//
// The keyboard's place is a whole word (or character), the cursor; Shift joins it with where it began. A tap selects a
// word, and the grips at its ends widen it, for a finger that drags scrolls the text.

import { make } from "crowd/element";
import { say } from "crowd/host";
import { Grips, gripStyles } from "crowd/span-grips";
import { SpanText, spanTextStyles } from "crowd/span-text";
import { Units, innermost, isSame } from "geometry/spans";

const FAR_PX = 4; // a mouse that moved less has clicked
const LINE_STEP_PX = 10;
const LINE_STEPS = 14;

export const pickerStyles = `
  ${spanTextStyles} ${gripStyles}
  .pane { position: relative; min-block-size: 0; min-inline-size: 0; overflow: auto; padding: 20px 24px 72px; background: var(--bg, Canvas); touch-action: pan-y; }
  .pane:focus-visible { outline-offset: -3px; }
  @media (max-width: 599px) { .pane { padding: 12px 16px 72px; } }
`;

const join = (a, b) => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) });

export class SpanPicker {
  /**
   * @param {{label: string, onselect: () => void, onsettle: () => void, onspan: (id: number) => void,
   *   onresize: (span: object) => void}} handlers
   *   onselect: the selection changed; onsettle: the worker let go of it; onspan: a marked span was clicked; onresize: the
   *   grips of a marked span were moved
   */
  constructor(handlers) {
    Object.assign(this, handlers);
    this.text = new SpanText();
    this.grips = new Grips({ onmove: (edge, x, y) => this.dragGrip(edge, x, y), onend: () => this.endGrip() });
    this.node = make("div", { class: "pane", role: "application", tabindex: "0", "aria-label": handlers.label }, [this.text.node]);
    this.text.node.append(this.grips.node);
    this.byCharacter = false;
    this.spans = [];
    this.clear();
    const on = (name, act) => this.node.addEventListener(name, act);
    on("pointerdown", (event) => this.onDown(event));
    on("pointermove", (event) => this.onMove(event));
    on("pointerup", (event) => this.onUp(event));
    on("pointercancel", () => { this.drag = null; });
    on("keydown", (event) => { if (event.altKey && this.onArrow(event)) event.preventDefault(); });
  }

  /** @param {string} text @param {string} locale */
  show(text, locale) {
    if (!this.text.show(text) && this.words) return;
    this.text.node.append(this.grips.node);
    this.words = new Units(text, "word", locale);
    this.characters = new Units(text, "grapheme", locale);
    this.clear();
    this.place = null; // where the keyboard was last
  }

  /** @param {import("crowd/span-text").Drawn[]} spans */
  draw(spans) {
    this.spans = spans;
    this.text.draw(spans);
    this.paint();
  }

  paint() {
    this.text.paint(this.selection, this.selection ? null : this.cursor);
    const chosen = this.spans.find(({ isChosen }) => isChosen);
    this.gripped = this.isLocked ? null : this.selection ? (this.isTouched ? this.selection : null) : chosen ?? null;
    this.grips.show(this.gripped, this.text);
  }

  clear() {
    this.place = this.selection ?? this.cursor ?? this.place ?? null;
    Object.assign(this, { selection: null, cursor: null, anchor: null, drag: null, gripping: null });
  }

  /** What a key would mark: the selection, else the word at which the keyboard is. */
  get target() { return this.selection ?? this.cursor; }
  unitsFor(isFine) { return this.byCharacter !== Boolean(isFine) ? this.characters : this.words; }

  select(anchor, cursor) {
    const selection = anchor && cursor ? join(anchor, cursor) : null;
    Object.assign(this, { anchor, cursor, selection });
    this.paint();
    this.onselect();
  }

  // --- pointer ----------------------------------------------------------------------------------------------
  unitAt(event) {
    const at = this.text.characterAt(event.clientX, event.clientY);
    if (at === null) return null;
    const units = this.unitsFor(event.altKey);
    return units.near(Math.min(at, this.text.text.length - 1));
  }

  onDown(event) {
    if (event.button !== 0 || event.target.closest(".grip")) return;
    this.isTouched = event.pointerType === "touch";
    const id = event.target.closest("[data-id]")?.dataset.id;
    this.drag = { x: event.clientX, y: event.clientY, id, unit: this.unitAt(event), moved: false };
    if (this.isTouched || this.isLocked) return;
    this.node.setPointerCapture(event.pointerId);
    if (event.shiftKey && this.anchor) this.drag = { ...this.drag, unit: this.anchor, moved: true };
  }

  onMove(event) {
    const { drag } = this;
    if (!drag || this.isTouched || this.isLocked) return;
    drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR_PX;
    if (!drag.moved || !drag.unit) return;
    this.scrollWith(event.clientY);
    const unit = this.unitAt(event);
    if (unit && !(this.cursor && isSame(unit, this.cursor) && this.selection)) this.select(drag.unit, unit);
  }

  onUp(event) {
    this.onMove(event);
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.moved && !this.isTouched) return this.selection && this.onsettle();
    if (drag.id) return this.onspan(Number(drag.id));
    if (this.isLocked) return;
    const isHit = drag.unit && this.isNear(drag.unit, event);
    this.select(isHit ? drag.unit : null, isHit ? drag.unit : null);
    if (isHit) this.onsettle();
  }

  // A click into the white below the text means no word.
  isNear(unit, { clientX, clientY }) {
    return [...this.text.range(unit).getClientRects()].some(({ left, right, top, bottom }) =>
      clientX > left - 12 && clientX < right + 12 && clientY > top - 10 && clientY < bottom + 10);
  }

  scrollWith(y) {
    const { top, bottom } = this.node.getBoundingClientRect();
    if (y < top + 16) this.node.scrollTop -= 24;
    else if (y > bottom - 16) this.node.scrollTop += 24;
  }

  // --- grips ------------------------------------------------------------------------------------------------
  dragGrip(edge, x, y) {
    const at = this.text.offsetAt(x, y);
    if (at === null || !this.gripped) return;
    const units = this.unitsFor(false);
    const unit = units.near(Math.min(Math.max(at - (edge === "end" ? 1 : 0), 0), this.text.text.length - 1));
    const whole = this.gripping ?? this.gripped;
    if (!unit) return;
    const span = edge === "start" ? { start: Math.min(unit.start, units.near(whole.end - 1).start), end: whole.end } : { start: whole.start, end: Math.max(unit.end, units.near(whole.start).end) };
    this.gripping = span;
    this.text.paint(span, null);
    this.grips.place(span, this.text);
  }

  endGrip() {
    const span = this.gripping;
    this.gripping = null;
    if (!span) return;
    if (this.selection) this.select(span, span);
    else this.onresize(span);
  }

  // --- keys -------------------------------------------------------------------------------------------------
  /** @returns {boolean} whether the key moved the cursor */
  onArrow({ key, shiftKey, altKey }) {
    if (this.isLocked || !this.text.text) return false;
    const units = this.unitsFor(altKey);
    const unit = this.stepped(key, units);
    if (unit === undefined) return false;
    if (unit) this.goTo(unit, shiftKey);
    return true;
  }

  // undefined: no key of the cursor; null: there is nothing in that direction.
  stepped(key, units) {
    const from = this.cursor ?? this.gripped ?? this.place;
    if (!/^Arrow(Left|Right|Up|Down)$/.test(key)) return undefined;
    if (!from) return units.near(this.firstSeen());
    if (key === "ArrowUp" || key === "ArrowDown") return this.onOtherLine(from, key === "ArrowUp" ? -1 : 1, units);
    const isForward = (key === "ArrowRight") !== this.text.isRightToLeft(from.start);
    return isForward ? units.next(from.end) : units.previous(from.start);
  }

  firstSeen() {
    const box = this.node.getBoundingClientRect();
    const at = this.node.scrollTop < 8 ? 0 : this.text.offsetAt(box.left + box.width / 2, box.top + 30);
    return at ?? 0;
  }

  onOtherLine(from, step, units) {
    this.text.reveal(from);
    const [box, pane] = [this.text.range(from).getBoundingClientRect(), this.node.getBoundingClientRect()];
    const edge = step < 0 ? box.top : box.bottom;
    const room = step < 0 ? edge - pane.top : pane.bottom - edge;
    const scrolled = room < 80 ? this.scrollBy(step * 80) : 0;
    for (let n = 1; n <= LINE_STEPS; n += 1) {
      const at = this.text.offsetAt(box.left + box.width / 2, edge - scrolled + step * n * LINE_STEP_PX);
      const unit = at === null ? null : units.near(Math.min(at, this.text.text.length - 1));
      if (unit && (step < 0 ? unit.end <= from.start : unit.start >= from.end) && !this.isOnLine(unit, box, scrolled)) return unit;
    }
    return null;
  }

  isOnLine(unit, box, scrolled) {
    const { top, bottom } = this.text.range(unit).getBoundingClientRect();
    return top < box.bottom - scrolled - 2 && bottom > box.top - scrolled + 2;
  }

  scrollBy(px) {
    const before = this.node.scrollTop;
    this.node.scrollTop += px;
    return this.node.scrollTop - before;
  }

  goTo(unit, isExtending) {
    this.isTouched = false;
    if (isExtending) this.select(this.anchor ?? this.cursor ?? this.gripped ?? unit, unit);
    else {
      Object.assign(this, { anchor: unit, cursor: unit, selection: null });
      this.paint();
      this.onselect();
    }
    this.text.reveal(unit);
  }

  /** Put the keyboard's place on a marked span, without selecting it. */
  visit(span) {
    Object.assign(this, { selection: null, anchor: span, cursor: null, place: span });
    this.text.reveal(span);
  }

  /** The marked span at the cursor. */
  get spanHere() { return this.target ? innermost(this.spans, this.target.start) : null; }

  /** @param {{start: number, end: number}} span @returns {string} its words, shortened */
  quote({ start, end }) {
    const words = this.text.text.slice(start, end).replace(/\s+/g, " ");
    return words.length > 60 ? `${words.slice(0, 58)}…` : words;
  }

  focus(options) { this.node.focus(options); }
}

/** The name of the text for those who do not see it. */
export const paneLabel = () => say("text-pane", "Text: arrows move by word, with Shift they select");
