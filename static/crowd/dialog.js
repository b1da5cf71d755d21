// A window over the task, and the link or button that opens it.

import { make } from "crowd/element";
import { say } from "crowd/host";
import { iconOf } from "crowd/icon";

export const dialogStyles = `
  :host { display: inline-block; margin-block-end: 12px; margin-inline-end: 12px; }
  .opener-link { padding: 4px 0; color: var(--accent, LinkText); background: none; border: 0; text-decoration: underline; text-underline-offset: 3px; text-align: start; cursor: pointer; }
  .dialog { inline-size: min(44rem, calc(100vw - 32px)); max-block-size: calc(100dvh - 48px); padding: 0; overflow: hidden; color: var(--text, CanvasText); background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; box-shadow: var(--lift, none); overflow-wrap: anywhere; }
  .dialog[open] { display: grid; grid-template-rows: auto minmax(0, 1fr); }
  .dialog::backdrop { background: var(--shade, rgb(0 0 0 / 0.6)); }
  .dialog-head { display: flex; align-items: center; gap: 12px; padding: 8px 8px 8px 16px; padding-inline: 16px 8px; border-block-end: 1px solid var(--line, GrayText); }
  .dialog-head h2 { flex: 1; font: var(--t-h2, 600 1rem/1.5rem system-ui); }
  .dialog-body { overflow: auto; padding: 16px; }
  @media (pointer: coarse) { .opener-link { min-block-size: 44px; } }
`;

export class Dialog {
  /** @param {Node[]} content */
  constructor(content) {
    const label = say("close", "Close");
    this.title = make("h2", { id: "dialog-title" });
    this.opener = make("button", { type: "button", "aria-haspopup": "dialog", onclick: () => this.open() });
    const close = make("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": label, title: label, onclick: () => this.node.close() }, [iconOf("close")]);
    this.node = make("dialog", { class: "dialog awsui-modal-dialog", "aria-labelledby": "dialog-title" }, [
      make("div", { class: "dialog-head" }, [this.title, close]),
      make("div", { class: "dialog-body", tabindex: "0", role: "group", "aria-labelledby": "dialog-title" }, content),
    ]);
    // Keys belong to the window while it is open, and not to the task behind it. A click beside it closes it.
    this.node.addEventListener("keydown", (event) => event.stopPropagation());
    this.node.addEventListener("click", (event) => { if (event.composedPath()[0] === this.node) this.node.close(); });
  }

  /** @param {{text: string, type: string, title?: string}} look the opener's text, and "link" or "button" */
  draw({ text, type, title = text }) {
    this.opener.className = type === "button" ? "btn" : "opener-link";
    this.opener.textContent = text;
    this.title.textContent = title;
  }

  open() { if (!this.node.open) this.node.showModal(); }
}
