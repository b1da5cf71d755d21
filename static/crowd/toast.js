// <crowd-toast>: a message that goes by itself. One is shown at a time.

import { CrowdElement, make } from "crowd/element";
import { whenShown } from "crowd/host";

const DURATION_MS = 3000;
let current = null;

export class Toast extends CrowdElement {
  static attributes_ = { duration: "text", text: "text", opened: "flag" };
  static styles = `
    :host { position: fixed; z-index: 20; inset-block-end: 16px; inset-inline: 16px; margin-inline: auto; inline-size: fit-content; max-inline-size: min(36rem, calc(100vw - 32px)); pointer-events: none; }
    :host(:not([opened])) .toast { display: none; }
    .toast { padding: 12px 16px; color: var(--bg, Canvas); background: var(--text, CanvasText); border: 1px solid transparent; border-radius: 6px; box-shadow: var(--lift, none); pointer-events: auto; overflow-wrap: anywhere; }
  `;
  // With a text of its own, what stands in it came after a tag that did not close.
  letGo() { if (this.text) this.after(...this.childNodes); }

  build() {
    this.body = make("div", { class: "toast" });
    this.shadowRoot.append(make("div", { role: "status" }, [this.body]));
    for (const type of ["pointerenter", "focusin"]) this.addEventListener(type, () => clearTimeout(this.timer));
    for (const type of ["pointerleave", "focusout"]) this.addEventListener(type, () => this.count());
  }

  render() {
    if (this.opened === this.isShown) return this.drawText();
    this.isShown = this.opened;
    clearTimeout(this.timer);
    if (!this.isShown) return;
    if (current !== this && current) current.opened = false;
    current = this;
    this.drawText();
    whenShown(() => this.count());
  }

  // Filled in when it opens, so that it is read out.
  drawText() { this.body.replaceChildren(this.text || make("slot")); }

  count() {
    clearTimeout(this.timer);
    const wait = this.duration.trim() === "" ? DURATION_MS : Number(this.duration);
    if (this.opened && wait > 0 && wait < 2 ** 31) this.timer = setTimeout(() => { this.opened = false; }, wait);
  }

  open() { this.opened = true; }
  show() { this.open(); }
  close() { this.opened = false; }
  hide() { this.close(); }
}

Toast.define("crowd-toast");
