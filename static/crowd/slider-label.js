// <crowd-slider-label position="5">: a word under the slider that it stands in, at that value.

import { CrowdElement, holdsControl, make } from "crowd/element";

export class SliderLabel extends CrowdElement {
  static attributes_ = { position: "text" };
  static isStray = holdsControl;
  // The slider sets --part, from 0 to 1; a word at either end stays inside.
  static styles = `
    :host { grid-area: 1 / 1; justify-self: start; inline-size: max-content; max-inline-size: calc(100% / max(var(--count, 1), 1) + 24px); margin-inline-start: calc(var(--part, 0) * 100%); translate: calc(var(--part, 0) * -100%) 0; color: var(--text-2, CanvasText); font: var(--t-2, 0.75rem/1rem system-ui); text-align: center; overflow-wrap: anywhere; }
    :host(:dir(rtl)) { translate: calc(var(--part, 0) * 100%) 0; }
  `;

  build() { this.shadowRoot.append(make("slot")); }

  attributeChangedCallback(name, before, after) {
    super.attributeChangedCallback(name, before, after);
    this.closest("crowd-slider")?.placeLabels?.();
  }
}

SliderLabel.define("crowd-slider-label");
