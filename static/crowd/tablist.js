// A row of tabs, of which one is chosen.

import { make } from "crowd/element";

export const tablistStyles = `
  .tablist { display: flex; flex-wrap: wrap; gap: 0 4px; border-block-end: 1px solid var(--line, GrayText); }
  .tab { min-block-size: 36px; padding: 4px 12px; color: var(--text-2, ButtonText); background: none; border: 0; border-block-end: 3px solid transparent; font-weight: 550; cursor: pointer; overflow-wrap: anywhere; }
  .tab:hover { color: var(--text, ButtonText); }
  .tab[aria-selected="true"] { color: var(--text, ButtonText); border-block-end-color: var(--accent, Highlight); }
  @media (forced-colors: active) { .tab[aria-selected="false"] { border-block-end-color: Canvas; } .tab[aria-selected="true"] { border-block-end-color: Highlight; } }
  @media (pointer: coarse) { .tab { min-block-size: 44px; } }
`;

export class Tablist {
  /** @param {(place: number) => void} onchoose */
  constructor(onchoose) {
    this.onchoose = onchoose;
    this.chosen = 0;
    this.node = make("div", { class: "tablist", role: "tablist" });
    this.node.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** @param {string[]} titles @param {string[]} [panels] ids of what the tabs show, in the same tree */
  draw(titles, panels = []) {
    const hadFocus = this.node.getRootNode().activeElement?.parentNode === this.node;
    this.chosen = Math.max(Math.min(this.chosen, titles.length - 1), 0);
    this.node.replaceChildren(...titles.map((title, place) => make("button", {
      type: "button", class: "tab", role: "tab", "aria-selected": String(place === this.chosen), "aria-controls": panels[place],
      tabindex: place === this.chosen ? "0" : "-1", onclick: () => this.choose(place),
    }, [title])));
    if (hadFocus) this.node.children[this.chosen]?.focus();
  }

  choose(place) {
    this.chosen = place;
    [...this.node.children].forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === place));
      tab.tabIndex = number === place ? 0 : -1;
    });
    this.onchoose(place);
  }

  onKey(event) {
    const ahead = getComputedStyle(this.node).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const last = this.node.children.length - 1;
    const places = { Home: 0, End: last, ArrowLeft: this.chosen - 1, ArrowRight: this.chosen - 1, [ahead]: this.chosen + 1 };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    this.choose(place < 0 ? last : place % (last + 1));
    this.node.children[this.chosen].focus();
  }
}
