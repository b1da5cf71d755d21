// <crowd-button>: sends or resets the form when `form-action` says so, else it is a plain button or a link.

import { CrowdElement, make } from "crowd/element";

const LOOKS = { primary: "btn-primary", link: "btn-quiet", icon: "btn-quiet btn-icon", normal: "" };
const SAFE_LINK = /^(https?:|mailto:|#|\/|[^:]*$)/i;

export class Button extends CrowdElement {
  static attributes_ = {
    "form-action": "text", variant: "text", href: "text", target: "text", "icon-align": "text", "icon-url": "text",
    loading: "flag", disabled: "flag",
  };
  static styles = `
    :host { display: inline-block; }
    img { inline-size: 1rem; block-size: 1rem; }
    .end { flex-direction: row-reverse; }
    .btn[aria-busy="true"] { cursor: progress; }
  `;

  build() {
    this.addEventListener("click", (event) => this.act(event));
  }

  render() {
    const look = `btn ${LOOKS[this.variant] ?? ""} ${this.iconAlign === "right" ? "end" : ""}`;
    const image = this.iconUrl ? [make("img", { src: this.iconUrl, alt: "" })] : [];
    const content = [...image, make("slot")];
    const isLink = this.href && SAFE_LINK.test(this.href);
    const inner = isLink
      ? make("a", { class: look, href: this.href, target: this.target || "_blank", rel: "noopener noreferrer" }, content)
      : make("button", { type: "button", class: look, disabled: this.disabled || this.loading, "aria-busy": String(this.loading) }, content);
    this.inner?.remove();
    this.inner = inner;
    this.shadowRoot.append(inner);
  }

  act(event) {
    if (this.disabled || this.loading) return event.stopImmediatePropagation();
    const form = this.closest("crowd-form");
    if (this.formAction === "submit") form?.submit();
    if (this.formAction === "reset") form?.form.reset();
  }

  focus(options) { this.inner?.focus(options); }
}

Button.define("crowd-button");
