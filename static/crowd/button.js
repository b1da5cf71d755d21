// <crowd-button>: sends or resets the form when `form-action` says so, else it is a plain button or a link.

import { CrowdElement, holdsControl, iconWords, make } from "crowd/element";

const LOOKS = { primary: "btn-primary", link: "btn-link", icon: "btn-quiet btn-icon", normal: "" };
const SAFE_LINK = /^(https?:|mailto:|#|\/|[^:]*$)/i;

export class Button extends CrowdElement {
  static attributes_ = {
    "form-action": "text", variant: "text", href: "text", target: "text", icon: "text", "icon-align": "text", "icon-url": "text",
    loading: "flag", disabled: "flag",
  };
  static isStray = holdsControl;
  static styles = `
    :host { display: inline-block; margin-block: 3px; vertical-align: middle; max-inline-size: 100%; }
    a.btn:not(.btn-link) { text-decoration: none; }
    .btn { white-space: normal; overflow-wrap: anywhere; }
    .btn-link { background: transparent; border-color: transparent; color: var(--accent, LinkText); text-decoration: underline; text-underline-offset: 3px; }
    .btn-icon { inline-size: auto; min-inline-size: 32px; padding-inline: 6px; }
    .end { flex-direction: row-reverse; }
    .btn[aria-disabled="true"], .btn:disabled { color: var(--text-3, GrayText); background: var(--sunken, ButtonFace); border-color: var(--line, GrayText); }
    .btn-link:disabled, .btn-quiet:disabled { background: transparent; border-color: transparent; }
    .spin { inline-size: 1rem; block-size: 1rem; border: 2px solid currentColor; border-block-start-color: transparent; border-radius: 50%; animation: turn 0.9s linear infinite; }
    @keyframes turn { to { rotate: 1turn; } }
    @media (prefers-reduced-motion: reduce) { .spin { animation-duration: 4s; } }
    @media (pointer: coarse) { .btn-icon { min-inline-size: 44px; } }
  `;

  build() {
    this.slot_ = make("slot", { onslotchange: () => this.askRender() });
    this.mark = make("span", { hidden: true });
    this.content = [this.mark, this.slot_];
    this.addEventListener("click", (event) => this.guard(event), { capture: true });
    this.addEventListener("click", (event) => this.act(event));
  }

  render() {
    const isLink = Boolean(this.href) && SAFE_LINK.test(this.href);
    const isOff = this.disabled || this.loading;
    if (this.inner?.localName !== (isLink ? "a" : "button")) this.makeInner(isLink);
    this.inner.className = `btn ${LOOKS[this.variant] ?? ""} ${this.iconAlign === "right" ? "end" : ""}`;
    this.inner.setAttribute("aria-busy", String(this.loading));
    if (isLink) this.drawLink(isOff);
    else this.inner.disabled = isOff;
    this.drawMark();
    this.drawName();
  }

  makeInner(isLink) {
    const inner = isLink ? make("a", { rel: "noopener noreferrer" }, this.content) : make("button", { type: "button" }, this.content);
    if (this.inner) this.inner.replaceWith(inner);
    else this.shadowRoot.append(inner);
    this.inner = inner;
  }

  drawLink(isOff) {
    this.inner.target = this.target || "_blank";
    this.inner.toggleAttribute("href", !isOff);
    if (!isOff) this.inner.href = this.href;
    this.inner.setAttribute("aria-disabled", String(isOff));
  }

  get iconName() { return this.loading ? "" : this.iconUrl || this.icon; }

  // The drawings come along only with tasks that name an icon.
  async drawMark() {
    const name = this.iconName;
    if (this.loading) this.putMark(make("span", { class: "spin", "aria-hidden": "true" }));
    else if (!name) this.putMark(make("span", { hidden: true }));
    else {
      const { iconOf } = await import("crowd/icon");
      if (name === this.iconName) this.putMark(iconOf(name));
    }
  }

  putMark(mark) {
    this.mark.replaceWith(mark);
    this.mark = mark;
  }

  // Without words in it a button is named by its icon.
  drawName() {
    const nodes = this.slot_.assignedNodes({ flatten: true });
    const icon = this.icon || nodes.find((node) => node.localName === "iron-icon")?.getAttribute("icon") || "";
    const label = this.getAttribute("aria-label") || (nodes.some((node) => node.textContent.trim()) ? "" : this.title || iconWords(icon));
    if (label) this.inner.setAttribute("aria-label", label);
    else this.inner.removeAttribute("aria-label");
  }

  // Before the listeners of the template.
  guard(event) {
    if (!this.disabled && !this.loading) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  act(event) {
    if (event.defaultPrevented) return;
    const form = this.closest("crowd-form");
    if (this.formAction === "submit") form?.submit();
    if (this.formAction === "reset") form?.reset();
  }

  focus(options) { this.inner?.focus(options); }
}

Button.define("crowd-button");
