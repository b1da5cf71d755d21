// <crowd-text-area>: lines of text. It grows with them, up to `max-rows`.

import { Field, fieldStyles } from "crowd/field";
import { make } from "crowd/element";
import { say } from "crowd/host";

const ROWS_AT_MOST = 24; // then it scrolls, so that the rest of the form stays in reach

export class TextArea extends Field {
  static attributes_ = { ...Field.attributes_, rows: "text", "max-rows": "text", "char-counter": "flag" };
  static styles = `
    ${fieldStyles}
    .control { display: block; min-block-size: 0; resize: vertical; line-height: 1.25rem; }
  `;

  makeControl() {
    const control = make("textarea", { class: "control", id: "control", dir: "auto" });
    // In a tab or dialog that is closed nothing can be measured.
    new ResizeObserver(() => { if (control.clientWidth !== this.measured) this.grow(); }).observe(control);
    return control;
  }

  grow() {
    const { control } = this;
    this.measured = control.clientWidth;
    const least = Math.max(parseInt(this.rows, 10) || 1, 1);
    const most = Math.max(parseInt(this.maxRows, 10) || ROWS_AT_MOST, least);
    control.rows = least;
    if (!control.clientHeight) return;
    const style = getComputedStyle(control);
    const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const lines = Math.round((control.scrollHeight - padding) / parseFloat(style.lineHeight));
    control.rows = Math.min(Math.max(lines, least), most);
  }

  inspect() {
    super.inspect();
    this.grow();
    this.count();
  }

  count() {
    const n = this.value.length;
    const most = this.maxLength;
    const text = most ? say("characters-of", "{n} of {most} characters", { n, most }) : say("characters", "{n} characters", { n });
    this.note.textContent = this.charCounter ? text : "";
  }

  get answer() { return { [this.name]: this.value.replaceAll(/\r\n?/g, "\n") }; }
}

TextArea.define("crowd-text-area");
