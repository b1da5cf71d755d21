// <crowd-text-ranking>: responses to a text, put in order in one respect or more; 1 is best.

import { stepOf } from "crowd/arrows";
import { CrowdElement, make } from "crowd/element";
import { History } from "crowd/history";
import { say } from "crowd/host";
import { slotLiveRegions } from "crowd/regions";
import { chordWords, drawSteps, stepButtons, stepByChord } from "crowd/steps";

const styles = `
  .source, .card p { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; font: 1rem/1.5rem var(--font, system-ui); max-inline-size: 80ch; }
  .all { display: grid; gap: 16px; align-content: start; padding: 16px; }
  :host([data-fill]), :host([data-fill]) .all { block-size: 100%; }
  :host([data-fill]) .all { overflow: auto; }
  .source { padding: 12px 16px; border-inline-start: 3px solid var(--line-strong, GrayText); background: var(--sunken, Canvas); }
  .source:empty, .title:empty, .regions:empty { display: none; }
  .title { font: 600 1rem/1.5rem var(--font, system-ui); }
  .bar, .dims { display: flex; flex-wrap: wrap; gap: 8px; }
  .dims { flex: 1; }
  .dims .btn[aria-checked="true"] { background: var(--accent-soft, Highlight); border-color: var(--accent, Highlight); color: var(--accent-strong, HighlightText); }
  .cards { display: grid; gap: 8px; padding: 0; margin: 0; list-style: none; }
  .card { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 12px; align-items: start; padding: 12px; background: var(--float, Canvas); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; cursor: grab; }
  .card:focus-visible { outline-offset: 1px; }
  .card[data-held] { opacity: 0.6; border-color: var(--accent, Highlight); cursor: grabbing; }
  .card[data-locked] { cursor: default; }
  .rank { display: grid; place-items: center; inline-size: 40px; block-size: 40px; border-radius: 50%; font: 600 1.125rem/1 var(--font, system-ui); color: var(--on-accent, HighlightText); background: var(--accent, Highlight); }
  .rank[data-open] { color: var(--text-2, CanvasText); background: transparent; border: 2px dashed var(--line-strong, GrayText); }
  .grip { min-inline-size: 32px; min-block-size: 32px; padding: 0; border: 0; background: none; color: var(--text-2, CanvasText); cursor: grab; touch-action: none; font-size: 1.25rem; line-height: 1; }
  .ranks { display: flex; flex-wrap: wrap; gap: 4px; margin-block-start: 8px; }
  .ranks .btn { min-inline-size: 32px; padding: 0 6px; }
  @media (pointer: coarse) { .grip, .ranks .btn { min-inline-size: 44px; min-block-size: 44px; } }
  @media (max-width: 599px) { .all { padding: 12px; } .card { gap: 8px; padding: 8px; } }
`;

export class TextRanking extends CrowdElement {
  static attributes_ = { name: "text", text: "text", header: "text", responses: "json", "ordinal-ranking-dimensions": "json" };
  static styles = styles;

  get fills() { return true; }

  build() {
    this.history = new History(new Map(), () => this.onHistory()); // of dimension → rank or null by response
    this.shown = this.ranks; // as they were drawn last
    this.dimension = 0;
    this.heading = make("h2", { class: "title", id: "title", dir: "auto" });
    this.source = make("div", { class: "source", dir: "auto" });
    this.dims = make("div", { class: "dims", role: "radiogroup", "aria-label": say("respects", "Rank by") });
    this.cards = make("ol", { class: "cards", "aria-labelledby": "title" });
    this.trouble = make("p", { class: "problem", role: "alert", tabindex: "-1" });
    this.live = make("p", { class: "visually-hidden", role: "status" });
    this.regions_ = make("div", { class: "regions" });
    const hint = make("p", { class: "small" }, [say("rank-hint", "A digit ranks the card that has the focus, 1 is best; drag the handle or press Shift and an arrow to move it.")]);
    this.hint = hint;
    const keepsFocus = { onmousedown: (event) => event.preventDefault() }; // on the card
    this.buttons = stepButtons(this.history, keepsFocus);
    const bar = make("div", { class: "bar" }, [this.dims, ...Object.values(this.buttons)]);
    this.shadowRoot.append(make("div", { class: "all" }, [this.heading, this.regions_, this.source, bar, hint, this.trouble, this.cards, this.live]));
    this.cards.addEventListener("keydown", (event) => { if (event.shiftKey && this.onShift(event.key)) event.preventDefault(); });
    this.tabIndex = -1;
  }

  // --- what is shown ------------------------------------------------------------------------------------
  get texts() { return (Array.isArray(this.responses) ? this.responses : []).map(String); }
  get respects() {
    const given = Array.isArray(this.ordinalRankingDimensions) ? this.ordinalRankingDimensions : [];
    return given.map((entry) => (typeof entry === "object" && entry ? { name: String(entry.name ?? ""), mayTie: entry.allowTie === true || entry.allowTie === "true" } : { name: String(entry), mayTie: false }));
  }
  get respect() { return this.respects[this.dimension] ?? { name: "", mayTie: false }; }
  get ranks() { return this.history.now; }
  ranksBy(name) { return this.texts.map((_, place) => this.ranks.get(name)?.[place] ?? null); }
  get now() { return this.ranksBy(this.respect.name); }

  render() {
    this.dimension = Math.max(Math.min(this.dimension, this.respects.length - 1), 0);
    this.heading.textContent = this.header;
    this.source.textContent = this.text;
    slotLiveRegions(this, this.regions_);
    this.drawRespects();
    this.drawSteps();
    const focused = this.focusedCard();
    this.cards.replaceChildren(...this.order().map((place) => this.card(place)));
    if (focused !== null) this.cardOf(focused)?.focus();
  }

  drawRespects() {
    const kept = this.dims.contains(this.shadowRoot.activeElement);
    this.dims.replaceChildren(...this.respects.map(({ name }, place) => {
      const isDone = this.ranksBy(name).every((rank) => rank !== null);
      return make("button", {
        type: "button", class: "btn", role: "radio", "aria-checked": String(place === this.dimension), tabindex: place === this.dimension ? "0" : "-1",
        onclick: () => this.show(place), onkeydown: (event) => this.onRespectArrow(event),
      }, [isDone ? `${name} ✓` : name]);
    }));
    if (kept) this.dims.children[this.dimension]?.focus();
  }

  drawSteps() {
    const { undo, redo } = this.buttons;
    drawSteps(this.buttons, this.history, this);
    undo.hidden = redo.hidden = this.hint.hidden = this.readOnly;
  }

  show(place) {
    this.dimension = place;
    this.trouble.textContent = "";
    this.render();
  }

  onRespectArrow(event) {
    const step = stepOf(event.key, this.dims);
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.show((this.dimension + step + this.respects.length) % this.respects.length);
  }

  // The best first; what has no rank yet keeps its order behind.
  order() {
    const ranks = this.now;
    return ranks.map((_, place) => place).sort((a, b) => (ranks[a] ?? Infinity) - (ranks[b] ?? Infinity) || a - b);
  }

  card(place) {
    const rank = this.now[place];
    const text = this.texts[place];
    const name = say("response", "Response {n}", { n: place + 1 });
    const badge = make("span", { class: "rank", "data-open": rank === null, "aria-label": rank === null ? say("no-rank", "no rank yet") : say("rank", "rank {n}", { n: rank }), role: "img" }, [String(rank ?? "–")]);
    const pick = this.texts.map((_, n) => make("button", {
      type: "button", class: "btn btn-small", tabindex: "-1", "aria-pressed": String(rank === n + 1), "aria-label": say("give-rank", "{name}: rank {n}", { name, n: n + 1 }), onclick: () => this.give(place, n + 1),
    }, [String(n + 1)]));
    const body = make("div", {}, [make("p", { dir: "auto" }, [text]), ...(this.readOnly ? [] : [make("div", { class: "ranks", role: "group", "aria-label": name }, pick)])]);
    const card = make("li", { class: "card", tabindex: "0", "data-place": place, "data-locked": this.readOnly, "aria-label": `${name}, ${badge.getAttribute("aria-label")}: ${text.slice(0, 200)}` }, [badge, body]);
    if (!this.readOnly) card.append(this.handle(place, card, name));
    return card;
  }

  handle(place, card, name) {
    const label = say("drag", "Move {name}", { name });
    const node = make("button", { type: "button", class: "grip", tabindex: "-1", "aria-label": label, title: label }, ["⠿"]);
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.setPointerCapture(event.pointerId);
      card.toggleAttribute("data-held", true);
    });
    node.addEventListener("pointerup", (event) => { if (card.hasAttribute("data-held")) this.drop(place, event.clientY); });
    node.addEventListener("pointercancel", () => card.removeAttribute("data-held"));
    return node;
  }

  drop(place, y) {
    const others = [...this.cards.children].filter((card) => Number(card.dataset.place) !== place);
    const above = others.filter((card) => { const { top, height } = card.getBoundingClientRect(); return top + height / 2 < y; });
    this.moveTo(place, above.length);
  }

  // --- edits --------------------------------------------------------------------------------------------
  /** Put a response where `index` others are better; all get ranks in the order that is seen. */
  moveTo(place, index) {
    if (this.readOnly) return;
    const order = this.order().filter((other) => other !== place);
    order.splice(index, 0, place);
    const ranks = [];
    order.forEach((other, at) => { ranks[other] = at + 1; });
    this.commit(ranks, place);
  }

  /** Give a rank; where no two may share it, the one that had it gets the rank that became free. */
  give(place, rank) {
    if (this.readOnly || rank > this.texts.length) return;
    const ranks = this.now;
    const holder = this.respect.mayTie ? -1 : ranks.indexOf(rank);
    if (holder >= 0 && holder !== place) ranks[holder] = ranks[place];
    ranks[place] = rank;
    this.commit(ranks, place);
  }

  commit(ranks, place) {
    this.history.commit(new Map(this.ranks).set(this.respect.name, ranks));
    this.live.textContent = say("ranked", "Response {place}: rank {n}", { place: place + 1, n: ranks[place] ?? "–" });
  }

  // After each step the respect is shown in which it changed something.
  onHistory() {
    const there = this.respects.findIndex(({ name }) => this.ranks.get(name) !== this.shown.get(name));
    if (there >= 0) this.dimension = there;
    this.shown = this.ranks;
    this.trouble.textContent = "";
    this.live.textContent = "";
    this.render();
    this.changed();
  }

  // --- keys ---------------------------------------------------------------------------------------------
  focusedCard() {
    const card = this.shadowRoot.activeElement?.closest(".card");
    return card ? Number(card.dataset.place) : null;
  }
  cardOf(place) { return this.cards.querySelector(`[data-place="${place}"]`); }

  get fixedKeyWords() { return [["↑ ↓", say("fix-cards", "Next card or the one before; with Shift the card moves")], ...chordWords()]; }

  get keyWords() {
    return [["z", say("act-undo", "Undo")], ["Z", say("act-redo", "Redo")]];
  }

  onChord(event) { return !this.readOnly && stepByChord(event, this.history); }

  onKey(event) {
    const act = { z: "undo", Z: "redo" }[event.key];
    if (act && !this.readOnly) return this.history[act](), true;
    const place = this.focusedCard();
    if (place === null) return false;
    const rank = event.key === "0" ? 10 : Number(event.key);
    if (Number.isInteger(rank) && rank >= 1 && rank <= this.texts.length && !this.readOnly && /^\d$/.test(event.key)) return this.give(place, rank), true;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return false;
    const cards = [...this.cards.children];
    cards[cards.indexOf(this.cardOf(place)) + step]?.focus();
    return true;
  }

  onShift(key) {
    const [place, step] = [this.focusedCard(), { ArrowDown: 1, ArrowUp: -1 }[key]];
    if (place === null || !step) return false;
    this.moveTo(place, Math.max(this.order().indexOf(place) + step, 0));
    return true;
  }

  focus(options) { (this.cards.firstElementChild ?? this.trouble).focus(options); }

  // --- the answer ---------------------------------------------------------------------------------------
  get value() { return Object.fromEntries(this.respects.map(({ name }) => [name, this.ranksBy(name)])); }
  set value(value) { this.restore(value); }
  collect() { return this.name ? { [this.name]: this.value } : {}; }

  restore(value) {
    const count = this.texts.length;
    const isRank = (rank) => rank === null || (Number.isInteger(rank) && rank >= 1 && rank <= count);
    const good = Object.entries(value ?? {}).filter(([, ranks]) => Array.isArray(ranks) && ranks.length === count && ranks.every(isRank));
    this.history.reset(new Map(good.map(([name, ranks]) => [name, [...ranks]])));
    this.shown = this.ranks;
    this.askRender();
  }

  problem() {
    const open = this.respects.find(({ name }) => this.ranksBy(name).includes(null));
    if (open) return say("rank-all", "Rank all {n} responses by “{name}”.", { n: this.texts.length, name: open.name });
    const tied = this.respects.find(({ name, mayTie }) => !mayTie && new Set(this.ranksBy(name)).size < this.texts.length);
    return tied ? say("no-ties", "Give each response a rank of its own by “{name}”.", { name: tied.name }) : "";
  }

  complain(text) {
    const place = this.respects.findIndex(({ name, mayTie }) => this.ranksBy(name).includes(null) || (!mayTie && new Set(this.ranksBy(name)).size < this.texts.length));
    if (place >= 0) this.show(place);
    this.trouble.textContent = text;
    this.trouble.focus();
  }
}

TextRanking.define("crowd-text-ranking");
