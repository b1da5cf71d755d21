// The panel beside a text: categories with their keys, and the marked spans in the order of the text.

import { stepOf } from "crowd/arrows";
import { say } from "crowd/host";
import { Side } from "crowd/side";

export class SpanSide extends Side {
  constructor(handlers) {
    super({ ...handlers, onhide() {}, onlock() {} });
    this.node.setAttribute("aria-label", say("entity-side", "Labels and marked words"));
    this.node.querySelector("#kinds-head").textContent = say("label", "Label");
    this.node.querySelector("#shapes-head").firstChild.data = say("entities", "Marked words");
  }

  /** A key that picks may mark at once, so the arrows only lead to the next one. */
  onArrow(event, buttons) {
    if (event.currentTarget !== this.kinds) return super.onArrow(event, buttons);
    const step = stepOf(event.key, this.kinds);
    if (!step || !buttons.length) return;
    event.preventDefault();
    event.stopPropagation();
    const there = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === there ? 0 : -1;
    there.focus();
  }

  drawKinds(state) {
    const said = JSON.stringify(state);
    if (said === this.saidKinds) return;
    this.saidKinds = said;
    super.drawKinds(state);
    if (state.kind < 0) this.kinds.firstElementChild?.setAttribute("tabindex", "0");
  }

  makeRow(id, locked) {
    const row = super.makeRow(id, locked);
    row.hide.remove();
    row.lock.remove();
    return row;
  }

  fillRow(row, { text, words, color, isChosen }, said) {
    row.said = said;
    row.node.style.setProperty("--cat", color);
    row.node.toggleAttribute("data-chosen", isChosen);
    row.pick.setAttribute("aria-pressed", String(isChosen));
    row.text.textContent = text;
    row.words.textContent = words;
    const label = say("delete", "Delete {name}", { name: `${text}, ${words}` });
    row.remove.setAttribute("aria-label", label);
    row.remove.title = label;
  }
}
