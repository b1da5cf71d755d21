// <crowd-input>: one line of text. Left empty it has no part in the answer.

import { Field } from "crowd/field";
import { make } from "crowd/element";

// Those that hold a text. Anything else, a check box for instance, has an element of its own.
const TYPES = new Set(["text", "search", "url", "tel", "email", "password", "date", "month", "week", "time", "datetime-local", "number", "range", "color", "file", "hidden"]);

export class Input extends Field {
  static attributes_ = { ...Field.attributes_, type: "text" };

  makeControl() {
    const control = make("input", { class: "control", id: "control", dir: "auto" });
    control.addEventListener("keydown", (event) => this.onEnter(event));
    return control;
  }

  // As in a native field: Enter sends.
  onEnter(event) {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.closest("crowd-form")?.submit();
  }

  render() {
    const type = this.type.toLowerCase();
    this.control.type = TYPES.has(type) ? type : "text";
    this.style.display = this.control.type === "hidden" ? "none" : "";
    super.render();
  }

  // A file cannot be given a name by a script, and is not sent.
  show(text) { if (!this.isFile) super.show(text); }

  get isFile() { return this.control.type === "file"; }
  get answer() { return this.isFile || this.value === "" ? {} : { [this.name]: this.value }; }
  draft() { return this.isFile ? {} : super.draft(); }
}

Input.define("crowd-input");
