// <crowd-badge for="id">: an icon or a few characters at the upper corner of another element.

import { CrowdElement, iconWords, make } from "crowd/element";
import { iconOf } from "crowd/icon";

export class Badge extends CrowdElement {
  static attributes_ = { for: "text", icon: "text", label: "text" };
  static isStray = () => true;
  static styles = `
    :host { display: inline-block; vertical-align: middle; }
    :host([data-placed]) { position: absolute; z-index: 1; pointer-events: none; }
    .badge { display: inline-grid; place-items: center; min-inline-size: 22px; block-size: 22px; padding-inline: 5px; border: 1px solid transparent; border-radius: 11px; color: var(--on-accent, HighlightText); background: var(--accent, Highlight); font: 600 0.75rem/1 var(--font, system-ui); white-space: nowrap; }
    .badge .icon { inline-size: 0.8125rem; block-size: 0.8125rem; }
  `;

  build() {
    this.badge = make("span", { class: "badge" });
    this.shadowRoot.append(this.badge);
    this.watch = new ResizeObserver(() => this.place());
    this.onScroll = () => this.place();
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("scroll", this.onScroll, { capture: true, passive: true });
  }

  disconnectedCallback() {
    this.watch.disconnect();
    document.removeEventListener("scroll", this.onScroll, { capture: true });
  }

  get target() {
    return this.for ? this.getRootNode().getElementById?.(this.for) ?? null : null;
  }

  render() {
    const words = this.label || iconWords(this.icon);
    this.badge.replaceChildren(...(this.icon ? [iconOf(this.icon), make("span", { class: "visually-hidden" }, [words])] : [this.label]));
    // What moves the target mostly changes the size of something around it.
    this.watch.disconnect();
    for (let around = this.target; around; around = around.parentElement) this.watch.observe(around);
    this.place();
  }

  // Half over the corner where a line of its target ends, but never off the page.
  place() {
    const { target, style } = this;
    this.toggleAttribute("data-placed", target !== null);
    if (!target) return void style.removeProperty("visibility");
    Object.assign(style, { left: "0px", top: "0px" });
    const [box, own] = [target.getBoundingClientRect(), this.getBoundingClientRect()];
    const end = getComputedStyle(target).direction === "rtl" ? box.left : box.right;
    const left = Math.min(Math.max(end - own.width / 2, 0), document.documentElement.clientWidth - own.width);
    const top = Math.max(box.top - own.height / 2, -scrollY);
    const isThere = box.width > 0 || box.height > 0;
    Object.assign(style, { left: `${left - own.left}px`, top: `${top - own.top}px`, visibility: isThere ? "" : "hidden" });
  }
}

Badge.define("crowd-badge");
