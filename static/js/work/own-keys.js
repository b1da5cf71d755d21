// The dialog of keys: what the page and the tool do by key, and a way to give each another key.

import { word } from "./words.js";

const NAMED = new Set(["Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown"]);
const FIXED = /^[\s\p{C}]$/u;
const MOST = 80; // of what a template's elements may add, and of their words' length
const PAGE_ACTS = [["u", "key-back"], ["g", "key-guide"], ["i", "key-full"], ["d", "key-decline"], ["p", "key-pause"], ["?", "key-help"]];

export class KeysDialog {
  /**
   * @param {{own: object, save: (keys: object) => Promise<void>, onChange: (keys: object) => void}} options
   *   own: the OwnKeys of the page
   */
  constructor({ own, save, onChange }) {
    Object.assign(this, { own, save, onChange });
    this.dialog = document.getElementById("keys");
    this.list = this.dialog.querySelector("[data-own-keys]");
    this.fixed = this.dialog.querySelector("[data-fixed-keys]");
    this.always = [...this.fixed.children];
    this.said = this.dialog.querySelector("[data-said]");
    this.toolActs = [];
    this.dialog.querySelector("[data-reset]").addEventListener("click", () => this.reset());
    this.dialog.addEventListener("keydown", (event) => this.onKey(event), true);
    this.dialog.addEventListener("close", () => this.listen(null));
    this.draw();
  }

  /** What the tool on screen does by key. @param {unknown} pairs from the frame, so not to be trusted @param {unknown} fixed the same of keys that stay */
  show(pairs, fixed) {
    this.toolActs = pairsOf(pairs).filter(([key]) => isKey(key));
    this.drawFixed(pairsOf(fixed));
    this.draw();
  }

  drawFixed(pairs) {
    const node = (tag, children) => {
      const made = Object.assign(document.createElement(tag), { className: tag === "kbd" ? "key" : "" });
      made.append(...children);
      return made;
    };
    const rows = pairs.flatMap(([keys, words]) => {
      const caps = keys.split(" ").flatMap((key) => [" ", node("kbd", [key])]).slice(1);
      const all = Object.assign(node("bdi", caps), { dir: "ltr" }); // keys that go together stand as on the keyboard
      return [node("dt", [all]), node("dd", [words])];
    });
    this.fixed.replaceChildren(...this.always, ...rows);
  }

  get acts() { return [...PAGE_ACTS.map(([key, name]) => [key, word(name)]), ...this.toolActs]; }

  draw() {
    this.list.replaceChildren(...this.acts.map(([key, words]) => this.row(key, words)));
    for (const node of document.querySelectorAll("kbd[data-key]")) node.textContent = this.own.nameOf(node.dataset.key);
  }

  row(canonical, words) {
    const row = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { textContent: words });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small" });
    const key = this.own.nameOf(canonical);
    button.append(Object.assign(document.createElement("kbd"), { className: "key", textContent: key }));
    button.setAttribute("aria-label", word("key-change", { key, words }));
    button.dataset.canonical = canonical;
    button.addEventListener("click", () => this.listen(button));
    row.append(name, button);
    return row;
  }

  /** Take the next key for the act of this button. @param {HTMLElement|null} button */
  listen(button) {
    this.waiting?.removeAttribute("aria-pressed");
    this.waiting = button;
    button?.setAttribute("aria-pressed", "true");
    this.said.textContent = button ? word("key-press") : "";
  }

  onKey(event) {
    if (!this.waiting || event.key === "Tab" || ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return this.listen(null);
    if (event.ctrlKey || event.metaKey || !isKey(event.key)) return void (this.said.textContent = word("key-bad"));
    this.set(this.waiting.dataset.canonical, event.key);
  }

  async set(canonical, key) {
    const former = this.acts.find(([act]) => act === this.own.canonicalOf(key) && act !== canonical)?.[1];
    const words = this.acts.find(([act]) => act === canonical)[1];
    const other = this.own.nameOf(canonical);
    this.own.set(canonical, key);
    await this.changed(former ? word("key-swapped", { key, words, other, former }) : word("key-set", { key, words }));
    this.list.querySelector(`[data-canonical="${CSS.escape(canonical)}"]`)?.focus();
  }

  async reset() {
    this.own.reset();
    await this.changed(word("key-reset"));
  }

  async changed(text) {
    this.listen(null);
    this.draw();
    this.onChange({ ...this.own.own });
    this.said.textContent = text;
    try {
      await this.save({ ...this.own.own });
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      this.said.textContent = word("key-unsaved");
    }
  }
}

function pairsOf(given) {
  const isPair = (pair) => Array.isArray(pair) && typeof pair[0] === "string" && typeof pair[1] === "string";
  return (Array.isArray(given) ? given : []).filter(isPair).slice(0, MOST).map((pair) => pair.map((text) => text.slice(0, MOST)));
}

function isKey(key) {
  return typeof key === "string" && (NAMED.has(key) || ([...key].length === 1 && !FIXED.test(key)));
}
