// <crowd-slider>: a number between two ends. Its labels are crowd-slider-label children.

import { Control } from "crowd/control";
import { make } from "crowd/element";

const MOVES = /^(Arrow\w+|Home|End|Page\w+)$/;
const isLabel = (node) => node.localName === "crowd-slider-label";
const numberOr = (text, otherwise) => (text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : otherwise);

export class Slider extends Control {
  static attributes_ = {
    name: "text", min: "text", max: "text", step: "text", value: "text", "secondary-progress": "text",
    required: "flag", disabled: "flag", editable: "flag", pin: "flag",
  };
  static isStray = (node) => (node.nodeType === Node.TEXT_NODE ? node.data.trim() !== "" : node.nodeType === Node.ELEMENT_NODE && !isLabel(node));
  static styles = `
    :host { margin-block: 0 12px; max-inline-size: 40rem; }
    .slider { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; column-gap: 12px; }
    .range { display: block; inline-size: 100%; min-block-size: 28px; margin: 0; accent-color: var(--accent, auto); cursor: pointer; }
    .range:disabled, .number:disabled { cursor: not-allowed; }
    .range[aria-invalid="true"] { outline: 2px solid var(--bad, Mark); outline-offset: 2px; border-radius: 4px; }
    .second { block-size: 3px; margin-inline: 8px; border-radius: 2px; background: var(--sunken, GrayText); }
    .second > span { display: block; block-size: 100%; inline-size: calc(var(--part) * 100%); border-radius: 2px; background: var(--crowd-slider-secondary-color, var(--text-3, Highlight)); }
    .value { min-inline-size: 3ch; text-align: end; font-weight: 550; font-variant-numeric: tabular-nums; }
    .number { inline-size: 6.5rem; min-block-size: 32px; padding: 4px 8px; background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; }
    .scale { display: grid; grid-column: 1; margin-inline: 8px; }
    [hidden] { display: none; }
    @media (forced-colors: active) { .second > span { forced-color-adjust: none; background: CanvasText; } }
    @media (pointer: coarse) { .range, .number { min-block-size: 44px; } }
  `;

  /** As the browser holds it: between the ends, on a step. @returns {number} */
  get value() { return this.drawn ? Number(this.range.value) : this.wanted; }
  set value(value) {
    this.isTouched = value !== null && value !== "" && Number.isFinite(Number(value));
    this.moved = Number(value);
    if (this.drawn) this.render();
  }

  get wanted() { return this.isTouched ? this.moved : numberOr(this.getAttribute("value"), this.low); }
  get low() { return numberOr(this.getAttribute("min"), 0); }
  get high() { return numberOr(this.getAttribute("max"), 100); }

  build() {
    const on = { oninput: (event) => this.move(event), onchange: () => this.changed() };
    this.range = make("input", { type: "range", class: "range", ...on });
    this.number = make("input", { type: "number", class: "number", ...on });
    this.output = make("output", { class: "value", "aria-hidden": "true" });
    this.progress = make("span");
    this.second = make("div", { class: "second" }, [this.progress]);
    const scale = make("div", { class: "scale" }, [make("slot", { onslotchange: () => this.placeLabels() })]);
    this.shadowRoot.append(make("div", { class: "slider" }, [make("div", {}, [this.range, this.second]), this.output, this.number, scale]));
    // The page has uses of its own for arrows.
    this.range.addEventListener("keydown", (event) => { if (MOVES.test(event.key)) event.stopPropagation(); });
  }

  move({ target }) {
    if (target.value === "" || !target.validity.valid) return;
    this.isTouched = true;
    this.moved = Number(target.value);
    this.show();
  }

  render() {
    const isOff = this.isOff || this.readOnly;
    for (const control of [this.range, this.number]) {
      Object.assign(control, { min: this.low, max: this.high, step: numberOr(this.getAttribute("step"), 1), disabled: isOff });
      control.setAttribute("aria-label", this.givenName);
    }
    this.number.hidden = !this.editable;
    this.output.hidden = !this.pin || this.editable;
    this.second.hidden = !this.hasAttribute("secondary-progress");
    this.progress.style.setProperty("--part", this.partOf(numberOr(this.getAttribute("secondary-progress"), this.low)));
    this.placeLabels();
    this.show();
  }

  show() {
    this.range.value = this.wanted;
    if (this.shadowRoot.activeElement !== this.number) this.number.value = this.range.value;
    const isMissing = this.required && !this.isTouched && !this.hasAttribute("value");
    this.output.textContent = isMissing ? "–" : this.range.value;
    // There is no sentence of the browser's for a slider that was not moved; that of an empty field says it.
    const message = make("input", { required: true }).validationMessage;
    this.internals.setValidity({ valueMissing: isMissing }, isMissing ? message : "", this.range);
    this.range.setAttribute("aria-invalid", String(isMissing && Boolean(this.isRefused)));
  }

  onRefused() {
    this.isRefused = true;
    this.show();
  }

  partOf(number) {
    return this.high > this.low ? Math.min(Math.max((number - this.low) / (this.high - this.low), 0), 1) : 0;
  }

  placeLabels() {
    const labels = [...this.children].filter(isLabel);
    for (const label of labels) {
      label.style.setProperty("--part", this.partOf(numberOr(label.getAttribute("position"), this.low)));
      label.style.setProperty("--count", labels.length);
    }
  }

  get answer() { return { [this.name]: this.value }; }
  draft() { return this.isTouched ? this.collect() : {}; }
  restore(value) { this.value = value ?? ""; }
}

Slider.define("crowd-slider");
