// What crowd-checkbox, crowd-toggle-button and crowd-radio-button have in common: something that is on or off.

import { Control } from "crowd/control";
import { holdsControl, make } from "crowd/element";

export const flagStyles = `
  :host { display: inline-block; margin-inline-end: 16px; vertical-align: top; }
  .flag { display: inline-flex; align-items: flex-start; gap: 8px; min-block-size: 28px; padding-block: 4px; cursor: pointer; overflow-wrap: anywhere; }
  .flag[data-off] { color: var(--text-3, GrayText); cursor: not-allowed; }
  .flag > input { inline-size: 18px; block-size: 18px; margin: 0 1px; flex: none; accent-color: var(--accent, auto); cursor: inherit; }
  .flag > input[aria-invalid="true"] { outline: 2px solid var(--bad, Mark); outline-offset: 2px; }
  .text[hidden] { display: none; }
  @media (pointer: coarse) { .flag { min-block-size: 44px; padding-block: 12px; } }
`;

export class Flag extends Control {
  static attributes_ = { name: "text", value: "text", checked: "flag", disabled: "flag", required: "flag", invalid: "flag" };
  static styles = flagStyles;
  static isStray = holdsControl;
  static control = { type: "checkbox" };

  get isFlag() { return true; }
  get value() { return this.getAttribute("value") ?? "on"; }
  set value(value) { this.setAttribute("value", value ?? "on"); }

  build() {
    this.initial = this.checked;
    this.control = make("input", this.constructor.control);
    // The event goes on to the template's listeners, which shall read the new state.
    this.control.addEventListener("input", () => { this.checked = this.control.checked; });
    this.control.addEventListener("change", () => this.changed());
    this.slot_ = make("slot", { onslotchange: () => this.askRender() });
    this.text = make("span", { class: "text" }, [this.slot_]);
    this.label = make("label", { class: "flag" }, [this.control, this.text]);
    this.shadowRoot.append(this.label);
    this.addEventListener("click", (event) => this.onClick(event));
  }

  // A click on the element itself is that of a <label> around it, or of a script.
  onClick(event) {
    if (event.composedPath()[0] === this) this.control.click();
  }

  render() {
    const isOff = this.isOff || this.readOnly;
    const isRefused = this.invalid || (Boolean(this.isRefused) && !this.control.validity.valid);
    Object.assign(this.control, { checked: this.checked, disabled: isOff, required: this.isNeeded });
    this.control.setAttribute("aria-invalid", String(isRefused));
    this.label.toggleAttribute("data-off", this.isOff);
    this.drawText();
    this.takeValidity(this.control);
  }

  drawText() {
    this.text.hidden = this.slot_.assignedNodes({ flatten: true }).every((node) => node.textContent.trim() === "" && !(node instanceof Element));
    if (this.text.hidden) this.control.setAttribute("aria-label", this.givenName || this.value);
    else this.control.removeAttribute("aria-label");
  }

  get isNeeded() { return this.required; }

  onRefused() {
    this.isRefused = true;
    this.askRender();
  }

  get answer() { return { [this.name]: { [this.value]: this.checked } }; }

  restore(values) { this.checked = values === undefined ? this.initial : Boolean(values?.[this.value]); }
}
