// <crowd-entity-annotation>: words of a text, marked and named. It stands alone, without a crowd-form around it in the
// template: `crowd/start` puts one there, and what templates look for in its shadow root leads to that one.

import { CrowdElement, make } from "crowd/element";
import { extraPlace, extraStyles, passSubmit } from "crowd/entity-extra";
import { keysOf, labelOf } from "crowd/category-keys";
import { say } from "crowd/host";
import { History } from "crowd/history";
import { SpanKeys, TAKEN } from "crowd/span-keys";
import { SpanPicker, paneLabel, pickerStyles } from "crowd/span-picker";
import { SpanSide } from "crowd/span-side";
import { sideStyles } from "crowd/side";
import { slotLiveRegions } from "crowd/regions";
import { drawSteps, stepButtons } from "crowd/steps";
import { toolButton } from "crowd/tool-button";
import { CodePoints, inOrder, isSame, overlap } from "geometry/spans";
import { palette } from "geometry/colors";

const CHARACTERS = ["M4 19 8.5 6h1L14 19M5.6 14.5h6.8M20 4v16m-2.5-16h5m-5 16h5"];

const styles = `
  ${sideStyles} ${pickerStyles} ${extraStyles}
  :host { display: grid; grid-template: minmax(320px, 70vh) / minmax(0, 1fr) 256px; }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr); }
  .main { position: relative; display: grid; grid-template-rows: minmax(0, 1fr) auto; min-block-size: 0; min-inline-size: 0; }
  .bar { position: absolute; z-index: 2; inset-block-end: 12px; inset-inline-start: 50%; translate: -50% 0; display: flex; gap: 4px; padding: 4px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; box-shadow: var(--lift, none); }
  :host(:dir(rtl)) .bar { translate: 50% 0; }
  .bar[hidden] { display: none; }
  .bar .btn:not(:hover, [aria-pressed="true"]) { border-color: transparent; background: transparent; }
  .text-area { position: relative; display: grid; min-block-size: 0; }
  @media (max-width: 899px) { :host, :host([data-fill]) { grid-template: minmax(240px, 1fr) auto / minmax(0, 1fr); } }
`;

export class EntityAnnotation extends CrowdElement {
  static attributes_ = { name: "text", text: "text", labels: "json", header: "text", "initial-value": "json", "allow-overlap": "flag" };
  static styles = styles;

  get name() { return this.getAttribute("name") || "crowd-entity-annotation"; }
  set name(value) { this.setAttribute("name", value); }
  get fills() { return true; }
  /** The form's button stands in this element's panel where the element fills the form. */
  get takesSubmit() { return true; }

  build() {
    this.history = new History([], () => this.onHistory());
    Object.assign(this, { ids: 0, armed: -1, chosen: null, isPicked: false });
    this.picker = new SpanPicker({
      label: paneLabel(), onselect: () => this.onSelect(), onsettle: () => this.onSettle(), onspan: (id) => this.choose(id), onresize: (span) => this.resize(span),
    });
    this.side = new SpanSide({ onkind: (place) => this.pickCategory(place), onpick: (id) => this.choose(id), ondelete: (id) => this.remove(id) });
    this.spanKeys = new SpanKeys(this);
    this.live = make("p", { class: "visually-hidden", role: "status" });
    const { place, facade } = extraPlace(this);
    const text = make("div", { class: "text-area" }, [this.picker.node, this.bar()]);
    this.shadowRoot.append(make("div", { class: "main" }, [text, place, this.live]), this.side.node, facade);
    passSubmit(this.closest("crowd-form"), [facade, this]);
    this.tabIndex = -1;
  }

  bar() {
    const keepsFocus = { onmousedown: (event) => event.preventDefault() };
    this.buttons = {
      characters: toolButton(CHARACTERS, say("by-character", "Select characters, not words"), () => this.toggleCharacters(), "x", keepsFocus),
      ...stepButtons(this.history, keepsFocus),
    };
    return make("div", { class: "bar", role: "toolbar", "aria-label": say("text-tools", "Text tools") }, Object.values(this.buttons));
  }

  // --- what is shown ------------------------------------------------------------------------------------
  get labelList() { return (Array.isArray(this.labels) ? this.labels : []).map(labelOf); }
  get spans() { return this.history.now; }
  get chosenSpan() { return this.spans.find(({ id }) => id === this.chosen) ?? null; }

  render() {
    const style = getComputedStyle(this);
    this.kinds = this.labelList;
    this.colors = palette(this.kinds.length, [], (number) => style.getPropertyValue(`--cat-${number + 1}`).trim());
    this.keys = keysOf(this.kinds.map(({ label }) => label), TAKEN);
    if (this.text !== this.shownText) this.takeText();
    this.takeInitial();
    slotLiveRegions(this, this.side.live);
    this.picker.isLocked = this.readOnly;
    for (const button of Object.values(this.buttons)) button.hidden = this.readOnly;
    this.buttons.undo.parentElement.hidden = this.readOnly;
    this.refresh();
  }

  takeText() {
    this.shownText = this.text;
    this.points = new CodePoints(this.text);
    this.picker.show(this.text, document.documentElement.lang);
  }

  /** Show the entities of `initial-value` once it is there and as long as nothing else was marked. */
  takeInitial() {
    const said = `${this.getAttribute("initial-value")}\n${this.text}`;
    if (said === this.initialSaid) return;
    this.initialSaid = said;
    this.initial = this.initialValue === null ? null : this.spansOf(this.initialValue);
    if (this.initial && !this.history.canUndo) this.history.reset(this.initial);
  }

  refresh() {
    const numbers = new Map(this.kinds.map(({ label }, place) => [label, place]));
    const drawn = this.spans.map(({ id, label, start, end }) => {
      const place = numbers.get(label);
      return { id, start, end, color: this.colors[place], tag: this.kinds[place].short, isChosen: id === this.chosen && this.isPicked, full: this.kinds[place].full };
    });
    this.picker.draw(drawn);
    this.side.drawKinds({ title: this.header, kinds: this.kinds.map(({ full }, place) => ({ text: full, key: this.keys[place], color: this.colors[place] })), kind: this.armed, locked: this.readOnly });
    this.side.drawShapes(drawn.toReversed().map((span) => ({ id: span.id, text: this.picker.quote(span), words: span.full, color: span.color, isChosen: span.id === this.chosen })), { nothing: this.nothing, locked: this.readOnly });
    drawSteps(this.buttons, this.history, this);
    this.buttons.characters.setAttribute("aria-pressed", String(this.picker.byCharacter));
  }

  get nothing() {
    return this.readOnly ? say("none-marked", "Nothing is marked.") : say("mark-first", "Nothing is marked yet. Select words and press a label's key, or choose a label first.");
  }

  tell(text) { this.live.textContent = text; }

  onHistory() {
    if (!this.chosenSpan) Object.assign(this, { chosen: null, isPicked: false });
    this.side.complain("");
    this.refresh();
    this.changed();
  }

  onSelect() {
    const { target } = this.picker;
    if (target) this.tell(this.picker.quote(target));
    if (!target || this.chosen === null) return;
    Object.assign(this, { chosen: null, isPicked: false });
    this.refresh();
  }

  onSettle() {
    if (this.armed >= 0) this.mark(this.armed);
  }

  // --- edits --------------------------------------------------------------------------------------------
  pickCategory(place) {
    if (this.readOnly || place >= this.kinds.length) return;
    if (this.picker.target) return this.mark(place);
    const span = this.isPicked ? this.chosenSpan : null;
    if (span) return this.relabel(span, place);
    this.armed = this.armed === place ? -1 : place;
    this.tell(this.armed < 0 ? "" : say("armed", "{label}: what you select is marked at once", { label: this.kinds[place].full }));
    this.refresh();
  }

  mark(place) {
    const { start, end } = this.picker.target;
    const { label } = this.kinds[place];
    const same = this.spans.find((span) => isSame(span, { start, end }) && (span.label === label || !this.allowOverlap));
    if (same) return this.relabel(same, place);
    if (this.isRefused({ start, end })) return;
    const span = { id: (this.ids += 1), label, start, end };
    this.afterMark(span, [...this.spans, span]);
    this.told(span, place);
  }

  isRefused(span, id = 0) {
    const other = this.allowOverlap ? null : this.spans.find((one) => one.id !== id && overlap(one, span));
    if (other) this.complain(say("overlaps", "“{words}” is marked already, and spans may not overlap here.", { words: this.picker.quote(other) }));
    return Boolean(other);
  }

  afterMark(span, spans) {
    Object.assign(this, { chosen: span.id, isPicked: false });
    if (this.picker.selection) this.picker.clear();
    this.history.commit(spans.sort(inOrder));
    this.showRow(span.id);
  }

  // Where the list must scroll, the browser lays out all; that waits until the mark is on screen.
  showRow(id) { requestAnimationFrame(() => setTimeout(() => { if (this.chosen === id) this.side.reveal(id); })); }

  told({ start, end }, place) {
    this.tell(say("marked", "{words}: {label}, {n} marked", { words: this.picker.quote({ start, end }), label: this.kinds[place].full, n: this.spans.length }));
  }

  relabel(span, place) {
    const { label } = this.kinds[place];
    if (this.picker.selection) this.picker.clear();
    const isThere = this.spans.some((one) => one.id !== span.id && isSame(one, span) && one.label === label);
    if (span.label !== label && !isThere) this.history.commit(this.spans.map((one) => (one.id === span.id ? { ...span, label } : one)));
    else this.refresh();
    this.told(span, place);
  }

  resize({ start, end }) {
    const span = this.chosenSpan;
    if (!span || this.isRefused({ start, end }, span.id)) return this.refresh();
    this.history.commit(this.spans.map((one) => (one.id === span.id ? { ...span, start, end } : one)).sort(inOrder));
  }

  remove(id) {
    const span = this.spans.find((one) => one.id === id);
    if (this.readOnly || !span) return;
    this.history.commit(this.spans.filter((one) => one.id !== id));
    this.tell(say("unmarked", "{words}: no longer marked", { words: this.picker.quote(span) }));
    this.picker.focus({ preventScroll: true });
  }

  removeChosen() {
    const id = this.chosen ?? this.picker.spanHere?.id;
    if (id === undefined || id === null) return false;
    this.remove(id);
    return true;
  }

  choose(id) {
    const span = this.spans.find((one) => one.id === id) ?? null;
    Object.assign(this, { chosen: span && id, isPicked: span !== null });
    if (span) {
      this.picker.visit(span);
      this.told(span, this.kinds.findIndex(({ label }) => label === span.label));
    }
    this.refresh();
    this.showRow(id);
  }

  /** Step through the entities. @returns {boolean} false at either end, where the focus may go on */
  step(by) {
    const at = this.picker.target?.start;
    const here = this.spans.findIndex(({ id }) => id === this.chosen);
    const near = by > 0 ? this.spans.findIndex(({ start }) => start >= (at ?? 0)) : this.spans.findLastIndex(({ start }) => start < (at ?? Infinity));
    const there = here < 0 ? (near < 0 ? -1 : near) : here + by;
    if (!this.spans[there]) return this.choose(null), false;
    this.choose(this.spans[there].id);
    return true;
  }

  toggleCharacters() {
    this.picker.byCharacter = !this.picker.byCharacter;
    this.refresh();
  }

  /** Let go of what is held: first the selection, then the span, then the label. */
  drop() {
    if (this.picker.target || (this.chosen !== null && !this.isPicked)) {
      this.picker.clear();
      this.chosen = null;
    } else if (this.chosen !== null) Object.assign(this, { chosen: null, isPicked: false });
    else if (this.armed >= 0) this.armed = -1;
    else return false;
    this.side.complain("");
    this.refresh();
    return true;
  }

  onKey(event) { return this.spanKeys.onKey(event); }
  onChord(event) { return this.spanKeys.onChord(event); }
  get keyWords() { return this.spanKeys.words; }
  get fixedKeyWords() { return this.spanKeys.fixedWords; }
  focus(options) { this.picker.focus(options); }

  // --- the answer ---------------------------------------------------------------------------------------
  spansOf(value) {
    const entries = Array.isArray(value) ? value : value?.entities ?? [];
    const known = new Set(this.labelList.map(({ label }) => label));
    const most = this.points.length;
    const isWhole = ({ startOffset, endOffset }) => Number.isInteger(startOffset) && Number.isInteger(endOffset) && startOffset >= 0 && startOffset < endOffset && endOffset <= most;
    return entries.filter((entry) => entry && known.has(entry.label) && isWhole(entry)).map(({ label, startOffset, endOffset }) =>
      ({ id: (this.ids += 1), label, start: this.points.toUnits(startOffset), end: this.points.toUnits(endOffset) })).sort(inOrder);
  }

  get value() {
    return { entities: this.spans.map(({ label, start, end }) => ({ endOffset: this.points.fromUnits(end), label, startOffset: this.points.fromUnits(start) })) };
  }
  set value(value) { this.restore(value); }
  get _submittableValue() { return this.value; }

  collect() { return { [this.name]: this.value }; }
  get summary() { return say("marked-count", "{n} marked", { n: this.spans.length }); }

  restore(value) {
    this.history.reset(value ? this.spansOf(value) : this.initial ?? []);
    Object.assign(this, { chosen: null, isPicked: false });
    this.askRender();
  }

  /** What may be a mistake: told once, sent all the same when the worker insists. */
  warning() {
    if (this.picker.selection) return say("not-labelled", "The selected words have no label yet. Give them one, or send it again.");
    return this.spans.length ? "" : say("nothing-marked", "Nothing is marked. If there is nothing to mark, send it again.");
  }

  complain(text) { this.side.complain(text); }
}

EntityAnnotation.define("crowd-entity-annotation");
