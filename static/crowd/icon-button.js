// <crowd-icon-button>: an icon to press. What it does is up to the template.

import { CrowdElement, iconWords, make } from "crowd/element";
import { iconOf } from "crowd/icon";

export class IconButton extends CrowdElement {
  static attributes_ = { icon: "text", title: "text", disabled: "flag" };
  static isStray = () => true;
  static styles = `
    :host { display: inline-block; vertical-align: middle; }
    .btn { inline-size: 40px; min-block-size: 40px; padding: 0; border-radius: 50%; }
    .btn .icon { inline-size: 1.25rem; block-size: 1.25rem; }
    .btn-quiet:disabled { border-color: transparent; }
    @media (pointer: coarse) { .btn { inline-size: 44px; } }
  `;
  look = "btn btn-quiet";

  build() {
    this.inner = make("button", { type: "button", class: this.look });
    this.shadowRoot.append(this.inner);
    this.addEventListener("click", (event) => { if (this.disabled) event.stopImmediatePropagation(); }, { capture: true });
  }

  render() {
    this.inner.disabled = this.disabled;
    this.inner.setAttribute("aria-label", this.words);
    this.inner.replaceChildren(this.face());
  }

  /** What the button is called. */
  get words() { return this.getAttribute("aria-label") || this.title || iconWords(this.icon); }
  face() { return iconOf(this.icon); }
  focus(options) { this.inner?.focus(options); }
}

IconButton.define("crowd-icon-button");
