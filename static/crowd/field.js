// What crowd-input and crowd-text-area have in common: a labelled text, its limits, and what is wrong with it.

import { Control } from "crowd/control";
import { make } from "crowd/element";

const PRINTABLE = Array.from({ length: 95 }, (_, place) => String.fromCharCode(32 + place));

export const fieldStyles = `
  :host { margin-block: 0 12px; max-inline-size: 40rem; }
  .field { display: grid; gap: 4px; }
  label { font-weight: 550; overflow-wrap: anywhere; }
  label:empty { display: none; }
  .control { inline-size: 100%; min-block-size: 36px; padding: 7px 10px; color: var(--text, FieldText); background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; }
  .control::placeholder { color: var(--text-3, GrayText); opacity: 1; }
  .control:disabled { color: var(--text-3, GrayText); border-color: var(--line, GrayText); cursor: not-allowed; }
  .control[aria-invalid="true"] { border-color: var(--bad, Mark); box-shadow: inset 0 0 0 1px var(--bad, Mark); }
  .foot { display: flex; gap: 12px; justify-content: space-between; }
  .foot .small { margin-inline-start: auto; font-variant-numeric: tabular-nums; }
  .small:empty { display: none; }
  @media (pointer: coarse) { .control { min-block-size: 44px; } }
`;

const TEXTS = {
  name: "text", label: "text", placeholder: "text", value: "text", "min-length": "text", "max-length": "text",
  "allowed-pattern": "text", "error-message": "text", required: "flag", disabled: "flag", "auto-validate": "flag", "auto-focus": "flag",
};

/** A pattern as templates write it; null where it is none or no pattern. @param {string} text */
function patternOf(text) {
  try {
    return text ? new RegExp(text, "u") : null;
  } catch {
    console.warn(`allowed-pattern is no regular expression: ${text}`);
    return null;
  }
}

export class Field extends Control {
  static attributes_ = TEXTS;
  static isStray = () => true;
  static styles = fieldStyles;

  /** What stands in the field: typed, set by a script or restored, else the preset. */
  get value() { return this.typed ?? this.getAttribute("value") ?? ""; }
  set value(value) {
    this.typed = String(value ?? "");
    if (this.drawn) this.render();
  }

  /** @returns {HTMLInputElement|HTMLTextAreaElement} */
  makeControl() { throw new Error("a field makes its control"); }

  build() {
    this.control = this.makeControl();
    this.label_ = make("label", { for: "control", dir: "auto" });
    this.trouble = make("p", { class: "problem", id: "trouble", role: "alert" });
    this.note = make("p", { class: "small", dir: "auto" });
    this.shadowRoot.append(make("div", { class: "field" }, [this.label_, this.control, make("div", { class: "foot" }, [this.trouble, this.note])]));
    // Before the template's listeners, which shall find the value as it will be sent.
    this.control.addEventListener("input", (event) => this.onInput(event));
    this.control.addEventListener("compositionend", (event) => this.onInput(event));
    this.control.addEventListener("change", () => this.onChange());
  }

  onInput(event) {
    if (!event.isComposing) this.refuseCharacters();
    this.typed = this.control.value;
    this.isTroubled = this.autoValidate;
    this.inspect();
  }

  onChange() {
    this.isTroubled ||= this.autoValidate;
    this.inspect();
    this.changed();
  }

  onRefused() {
    this.isTroubled = true;
    this.inspect();
  }

  /** The pattern of single characters; null where there is none, or where it describes the whole text. */
  get characters() {
    const pattern = patternOf(this.allowedPattern);
    return pattern && PRINTABLE.some((character) => pattern.test(character)) ? pattern : null;
  }

  refuseCharacters() {
    const pattern = this.characters;
    const { value, selectionEnd } = this.control;
    if (!pattern || [...value].every((character) => pattern.test(character))) return;
    const keep = (text) => [...text].filter((character) => pattern.test(character)).join("");
    this.control.value = keep(value);
    if (selectionEnd === null) return;
    const at = keep(value.slice(0, selectionEnd)).length;
    this.control.setSelectionRange(at, at);
  }

  render() {
    const isOff = this.isOff;
    const attribute = (name, text) => (text ? this.control.setAttribute(name, text) : this.control.removeAttribute(name));
    this.label_.textContent = this.label;
    attribute("aria-label", this.label ? "" : this.givenName);
    attribute("placeholder", this.placeholder);
    attribute("minlength", this.minLength);
    attribute("maxlength", this.maxLength);
    Object.assign(this.control, { required: this.required, disabled: isOff, readOnly: this.readOnly });
    if (this.control.value !== this.value) this.show(this.value);
    this.inspect();
  }

  show(text) { this.control.value = text; }

  /** Say what is wrong, once the worker was there. */
  inspect() {
    const whole = this.characters ? null : patternOf(this.allowedPattern);
    const isOdd = whole !== null && this.value !== "" && !whole.test(this.value);
    this.control.setCustomValidity(isOdd ? this.errorMessage || this.oddMessage : "");
    this.takeValidity(this.control);
    const isWrong = Boolean(this.isTroubled) && !this.control.validity.valid;
    this.trouble.textContent = isWrong ? this.errorMessage || this.control.validationMessage : "";
    this.control.setAttribute("aria-invalid", String(isWrong));
    if (isWrong) this.control.setAttribute("aria-describedby", "trouble");
    else this.control.removeAttribute("aria-describedby");
  }

  // The browser's own sentence for a text that does not match.
  get oddMessage() {
    const example = make("input", { pattern: "a", value: "b" });
    return example.validationMessage;
  }

  draft() { return this.name && !this.isOff ? { [this.name]: this.value } : {}; }
  restore(value) {
    this.typed = value === undefined ? null : String(value ?? "");
    this.isTroubled = false;
    if (this.drawn) this.render();
  }
  restoreNothing() { if (!this.isOff) this.restore(""); }
}
