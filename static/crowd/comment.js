// The <worker-comment> region of the picture classifiers: a line to open, and a field to write in.

import { make } from "crowd/element";
import { say } from "crowd/host";

const LIMIT = 1000;

export const commentStyles = `
  .comment { display: grid; gap: 4px; }
  .comment[hidden] { display: none; }
  .comment label { font-weight: 550; }
  .comment textarea { inline-size: 100%; min-block-size: 64px; padding: 7px 12px; background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; resize: vertical; }
`;

export class Comment {
  /** @param {Element} region @param {{onchange: () => void, onopen: () => void}} handlers */
  constructor(region, { onchange, onopen }) {
    this.onopen = onopen;
    const words = (name) => region.getAttribute(name) || say("comment", "Add a comment");
    this.field = make("textarea", { id: "comment", maxlength: LIMIT, placeholder: region.getAttribute("placeholder"), oninput: onchange });
    this.node = make("div", { class: "comment", hidden: true }, [make("label", { for: "comment" }, [words("header")]), this.field]);
    this.button = make("button", { type: "button", class: "btn btn-small btn-quiet", "aria-expanded": "false", onclick: () => this.toggle() }, [words("link-text")]);
  }

  get isOpen() { return !this.node.hidden; }
  get text() { return this.field.value.trim(); }

  set isOpen(isOpen) {
    this.node.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
  }

  toggle() {
    this.isOpen = !this.isOpen;
    if (this.isOpen) this.field.focus();
    this.onopen();
  }

  /** @param {string} text an earlier comment */
  show(text) {
    this.field.value = text;
    this.isOpen = text !== "";
  }

  lock(locked) {
    this.button.hidden = locked;
    this.field.readOnly = locked;
  }
}
