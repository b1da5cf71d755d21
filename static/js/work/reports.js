// What a preview tells the author of a template: refused addresses, errors of its scripts, elements that nobody knows.

import { word } from "./words.js";

const WORDS = { blocked: "report-blocked", error: "report-error", unknown: "report-unknown" };
const MOST = 50;

export class Reports {
  constructor() {
    this.node = document.getElementById("reports");
    this.said = new Set();
  }

  /** @param {{kind: "blocked"|"error"|"unknown", text: string}} trouble */
  take({ kind, text }) {
    const line = word(WORDS[kind] ?? WORDS.error, { text: String(text).slice(0, 500) });
    if (this.said.has(line) || this.said.size >= MOST) return;
    this.said.add(line);
    this.node.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: line }));
    this.node.hidden = false;
  }

  /** @param {string[]} unknown tags without an element */
  ready(unknown) {
    for (const tag of unknown ?? []) this.take({ kind: "unknown", text: `<${tag}>` });
  }
}
