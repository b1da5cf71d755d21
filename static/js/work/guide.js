// The guide at the left: folding, the template's own instructions, and copies of answers that were refused.

import { showRegions } from "./regions.js";
import { word } from "./words.js";

const FOLDED = "groundtruth-work-folded";
const narrow = matchMedia("(max-width: 899px)");

export class Guide {
  /** @param {{kept: object}} store */
  constructor(store) {
    this.store = store;
    this.node = document.getElementById("guide");
    this.list = document.getElementById("kept");
    this.items = this.list.querySelector("ul");
    for (const button of document.querySelectorAll("[data-fold]")) button.addEventListener("click", () => this.toggle());
    this.fold(localStorage.getItem(FOLDED) === "yes");
  }

  /** Fold or unfold; on a narrow screen the guide lies over the task and opens as a popover. */
  toggle() {
    if (narrow.matches) return this.node.togglePopover();
    this.fold(!document.body.classList.contains("folded"));
  }

  fold(folded) {
    document.body.classList.toggle("folded", folded);
    localStorage.setItem(FOLDED, folded ? "yes" : "no");
    for (const button of document.querySelectorAll("[data-fold]")) button.setAttribute("aria-expanded", String(!folded));
  }

  /** @param {{short: object[], full: object[]}} regions of the task on screen */
  show(regions) {
    showRegions(document.getElementById("guide-regions"), regions?.short);
    const full = document.getElementById("full-regions");
    showRegions(full, regions?.full);
    const hasFull = !full.hidden || document.getElementById("full-text") !== null;
    this.node.querySelector("[data-full]").hidden = !hasFull;
  }

  /** List the answers that the server refused, until each is dismissed. */
  async showKept() {
    const kept = await this.store.kept.all();
    this.list.hidden = kept.length === 0;
    this.items.replaceChildren(...kept.sort((a, b) => b.n - a.n).map((item) => this.keptRow(item)));
  }

  keptRow(item) {
    const row = document.getElementById("kept-row").content.cloneNode(true).firstElementChild;
    row.querySelector("[data-summary]").textContent = item.summary || word("answer");
    row.querySelector("time").textContent = new Date(item.at).toLocaleTimeString();
    row.querySelector("[data-reason]").textContent = item.reason || word("refused");
    row.querySelector("pre").textContent = JSON.stringify(item.body.answer, null, 2);
    row.querySelector("button").addEventListener("click", async () => {
      await this.store.kept.delete(item.n);
      await this.showKept();
    });
    return row;
  }
}
