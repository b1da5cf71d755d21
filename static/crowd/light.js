// How a picture is lit while one looks at it: brightness, contrast, inverted. The stored picture stays as it is.

import { make } from "crowd/element";
import { say } from "crowd/host";
import { toolButton } from "crowd/tool-button";

const CONTRAST = ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M12 3a9 9 0 0 1 0 18z"];
const PLAIN = { brightness: 1, contrast: 1, invert: false };
const VIVID = { brightness: 1.1, contrast: 1.7, invert: false };

export const lightStyles = `
  .light { position: absolute; z-index: 2; inset-block-end: 64px; inset-inline: 8px; margin-inline: auto; display: grid; gap: 8px; max-inline-size: 280px; padding: 12px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; box-shadow: var(--lift, none); cursor: default; }
  .light[hidden] { display: none; }
  .light label { display: grid; grid-template-columns: 88px 1fr; align-items: center; gap: 8px; min-block-size: 24px; font: var(--t-2, 0.75rem/1rem system-ui); }
  .light input[type="range"] { accent-color: var(--accent, Highlight); min-inline-size: 0; }
  @media (pointer: coarse) { .light label { min-block-size: 44px; } }
  .light input[type="checkbox"] { justify-self: start; inline-size: 16px; block-size: 16px; accent-color: var(--accent, Highlight); }
`;

export class Light {
  /** @param {HTMLImageElement} image */
  constructor(image) {
    this.image = image;
    const label = say("light", "Light and contrast");
    this.button = toolButton(CONTRAST, label, () => this.open(), "c", { "aria-expanded": "false", "aria-pressed": "false" });
    this.inputs = {
      brightness: make("input", { type: "range", min: 0.3, max: 2.5, step: 0.05, oninput: () => this.read() }),
      contrast: make("input", { type: "range", min: 0.3, max: 3, step: 0.05, oninput: () => this.read() }),
      invert: make("input", { type: "checkbox", onchange: () => this.read() }),
    };
    const words = { brightness: say("brightness", "Brightness"), contrast: say("contrast-word", "Contrast"), invert: say("invert", "Invert") };
    const rows = Object.entries(this.inputs).map(([name, input]) => make("label", {}, [make("span", {}, [words[name]]), input]));
    const reset = make("button", { type: "button", class: "btn btn-small", onclick: () => this.set(PLAIN) }, [say("as-stored", "As stored")]);
    this.panel = make("div", { class: "light", role: "group", "aria-label": label, hidden: true }, [...rows, reset]);
    this.panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(event); });
    this.set(PLAIN);
  }

  open() {
    const isOpen = this.panel.toggleAttribute("hidden") === false;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.inputs.brightness.focus();
  }

  close(event) {
    event.stopPropagation();
    this.open();
    this.button.focus();
  }

  /** One key: vivid, and back to how it was stored. */
  toggle() { this.set(this.isPlain ? VIVID : PLAIN); }

  get isPlain() { return Object.entries(PLAIN).every(([name, value]) => this.now[name] === value); }

  read() {
    const { brightness, contrast, invert } = this.inputs;
    this.set({ brightness: Number(brightness.value), contrast: Number(contrast.value), invert: invert.checked });
  }

  set(light) {
    this.now = light;
    const { brightness, contrast, invert } = light;
    this.inputs.brightness.value = brightness;
    this.inputs.contrast.value = contrast;
    this.inputs.invert.checked = invert;
    this.image.style.filter = this.isPlain ? "" : `brightness(${brightness}) contrast(${contrast})${invert ? " invert(1)" : ""}`;
    this.image.classList.toggle("vivid", !this.isPlain);
    this.button.setAttribute("aria-pressed", String(!this.isPlain));
  }
}
