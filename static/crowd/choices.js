// The bar of categories: a radio group, or boxes to tick where several may hold, with a key for each.

import { stepOf } from "crowd/arrows";
import { icon, make } from "crowd/element";
import { keyName, say, tell } from "crowd/host";
import { keysOf } from "crowd/category-keys";

const TICK = "M5 12.5 9.5 17 19 7.5";
const BACK = "M8.5 5 4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-4";

export const choicesStyles = `
  .answers { display: grid; gap: 8px; padding: 8px 16px 16px; background: var(--surface, Canvas); border-block-start: 1px solid var(--line, GrayText); }
  .answers-head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-block-size: 28px; }
  .answers-head h2 { flex: 1 1 8rem; min-inline-size: 0; font: 600 0.875rem/1.25rem var(--font, system-ui); text-wrap: balance; overflow-wrap: anywhere; }
  .answers-head .btn strong { max-inline-size: 12ch; overflow: hidden; text-overflow: ellipsis; }
  .back { margin-inline-start: -8px; }
  .answers-grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(150px, max(calc(50% - 4px), 110px), 100%), 1fr)); gap: 8px; max-block-size: 40dvh; overflow: auto; padding: 3px; margin: -3px; }
  .answer { display: flex; align-items: center; gap: 12px; min-block-size: 56px; padding: 8px 12px; text-align: start; font-weight: 550; color: var(--text, ButtonText); background: var(--float, ButtonFace); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; cursor: pointer; overflow-wrap: anywhere; }
  .answer:hover { background: var(--hover, ButtonFace); border-color: var(--accent, Highlight); }
  .answer[aria-checked="true"] { border-color: var(--accent, Highlight); background: var(--sunken, ButtonFace); box-shadow: inset 0 0 0 1px var(--accent, Highlight); }
  .answer[aria-checked="true"] .key { background: var(--accent, Highlight); border-color: var(--accent, Highlight); color: var(--on-accent, HighlightText); }
  .answer > .icon { margin-inline-start: auto; color: var(--accent, Highlight); stroke-width: 2.6; }
  .answer[aria-checked="false"] > .icon { visibility: hidden; }
  .answer:disabled { cursor: default; }
  .answer:disabled:not([aria-checked="true"]) { color: var(--text-3, GrayText); border-color: var(--line, GrayText); background: transparent; }
  .answer .key { min-inline-size: 24px; block-size: 24px; font-size: 0.8125rem; color: var(--text, ButtonText); flex: none; }
  @media (max-width: 599px) { .answers { padding: 8px 12px 12px; } .hint { display: none; } .answers-head h2 { order: -1; flex-basis: 100%; } .answer { min-block-size: 48px; gap: 8px; } }
`;

export class Choices {
  /**
   * @param {{onpick: (category: string) => void, onsend?: () => void, many?: boolean}} options
   *   many: several categories may hold; then Enter on one of them sends
   */
  constructor({ onpick, onsend = () => {}, many = false }) {
    Object.assign(this, { onpick, onsend });
    this.role = many ? "checkbox" : "radio";
    this.title = make("h2", { id: "title", dir: "auto" });
    this.hint = make("p", { class: "small hint" });
    this.back = make("button", { type: "button", class: "btn btn-small btn-quiet back", hidden: true, onclick: () => tell("key", { key: "u" }) });
    this.head = make("div", { class: "answers-head" }, [this.back, this.title, this.hint]);
    this.grid = make("div", { class: "answers-grid", role: many ? "group" : "radiogroup", "aria-labelledby": "title", part: "choices" });
    this.grid.addEventListener("keydown", (event) => (event.key === "Enter" ? this.onEnter(event) : this.onArrow(event)));
    this.trouble = make("p", { class: "problem", role: "alert" });
    this.node = make("section", { class: "answers category-picker-wrapper", "aria-label": say("answer", "Answer") }, [this.head, this.trouble, this.grid]);
  }

  /** @param {{categories: string[], chosen: string[], title: string, hint: string, locked: boolean}} state */
  draw({ categories, chosen, title, hint, locked }) {
    this.categories = categories;
    this.keys = keysOf(categories);
    this.locked = locked;
    this.title.textContent = title;
    this.title.hidden = !title;
    this.hint.textContent = hint;
    const kept = this.grid.getRootNode().activeElement?.dataset?.category;
    this.grid.replaceChildren(...categories.map((category, place) => this.button(category, place, chosen)));
    if (this.role === "radio") this.grid.setAttribute("aria-readonly", String(locked));
    if (!this.grid.querySelector('[tabindex="0"]')) this.grid.firstElementChild?.setAttribute("tabindex", "0");
    this.drawBack(this.last ?? null);
    if (kept !== undefined) this.buttonOf(kept)?.focus();
  }

  button(category, place, chosen) {
    const digit = this.keys[place] && keyName(this.keys[place]);
    const isChosen = chosen.includes(category);
    return make("button", {
      type: "button", class: "answer", role: this.role, "aria-checked": String(isChosen), "data-category": category,
      "aria-keyshortcuts": digit, tabindex: isChosen || this.role === "checkbox" ? "0" : "-1", disabled: this.locked, onclick: () => this.onpick(category),
    }, [...(digit ? [make("kbd", { class: "key", "aria-hidden": "true" }, [digit])] : []), make("span", {}, [category]), ...(this.role === "checkbox" ? [icon(TICK)] : [])]);
  }

  get keyWords() {
    return this.categories.map((category, place) => [this.keys[place], category]);
  }

  buttonOf(category) {
    return [...this.grid.children].find((button) => button.dataset.category === category);
  }

  /** Offer the way back, naming the answer that stands there. @param {string|null} last */
  drawBack(last) {
    this.last = last;
    this.back.hidden = last === null;
    const text = last ? [say("back-to", "Back to"), " ", make("strong", {}, [last])] : [say("back", "Back")];
    this.back.replaceChildren(icon(BACK), make("span", {}, text), make("kbd", { class: "key" }, [keyName("u")]));
  }

  // Arrows move the focus only: where one act answers, a step through the list must not.
  onArrow(event) {
    const step = stepOf(event.key, this.grid);
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.grid.children];
    const here = buttons.indexOf(event.target.closest(".answer"));
    const there = buttons[(here + step + buttons.length) % buttons.length];
    if (this.role === "radio") buttons[here]?.setAttribute("tabindex", "-1");
    there.setAttribute("tabindex", "0");
    there.focus();
  }

  // A box is ticked with Space; the page promises that Enter sends.
  onEnter(event) {
    if (this.role !== "checkbox") return;
    event.preventDefault();
    if (!event.repeat) this.onsend();
  }

  onKey(event) {
    const category = this.categories[this.keys.indexOf(event.key)];
    if (category === undefined || this.locked) return false;
    this.onpick(category);
    return true;
  }

  /** @param {string} text */
  complain(text) {
    this.trouble.textContent = text;
    (this.grid.querySelector('[tabindex="0"]') ?? this.back).focus();
  }
}
