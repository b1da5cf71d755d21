// <crowd-alert>: a message in the task, often written in by a script when something is to be said.

import { CrowdElement, make } from "crowd/element";
import { say } from "crowd/host";
import { iconOf } from "crowd/icon";

const KINDS = {
  info: { icon: "info", color: "info", role: "status", words: () => say("info", "Information") },
  success: { icon: "check-circle", color: "good", role: "status", words: () => say("success", "Done") },
  warning: { icon: "warning", color: "warn", role: "alert", words: () => say("warning", "Warning") },
  error: { icon: "error", color: "bad", role: "alert", words: () => say("error", "Error") },
};

export class Alert extends CrowdElement {
  static attributes_ = { type: "text", dismissible: "flag" };
  static styles = `
    :host { margin-block: 0 12px; }
    .alert { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 8px 12px; align-items: start; padding: 10px 12px; color: var(--text, CanvasText); background: var(--ground, Canvas); border: 1px solid var(--ink, CanvasText); border-inline-start-width: 4px; border-radius: 6px; overflow-wrap: anywhere; }
    .alert > .icon { inline-size: 1.25rem; block-size: 1.25rem; color: var(--ink, CanvasText); }
    .btn { min-block-size: 24px; inline-size: 24px; margin: -2px; }
    ::slotted(:first-child) { margin-block-start: 0; }
    ::slotted(:last-child) { margin-block-end: 0; }
    @media (pointer: coarse) { .btn { inline-size: 44px; min-block-size: 44px; margin: -10px; } }
  `;

  build() {
    const label = say("dismiss", "Dismiss");
    this.kindWords = make("span", { class: "visually-hidden" });
    this.mark = make("span");
    this.close = make("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": label, title: label, onclick: () => this.dismiss() }, [iconOf("close")]);
    this.body = make("div", {}, [this.kindWords, make("slot")]);
    this.box = make("div", { class: "alert" }, [this.mark, this.body, this.close]);
    this.shadowRoot.append(this.box);
  }

  render() {
    const kind = KINDS[this.type.toLowerCase()] ?? KINDS.info;
    const drawn = iconOf(kind.icon);
    this.mark.replaceWith(drawn);
    this.mark = drawn;
    this.kindWords.textContent = `${kind.words()}: `;
    this.box.setAttribute("role", kind.role);
    this.box.style.setProperty("--ink", `var(--${kind.color}, CanvasText)`);
    this.box.style.setProperty("--ground", `var(--${kind.color}-soft, Canvas)`);
    this.close.hidden = !this.dismissible;
  }

  /** Take the message away. */
  dismiss() { this.hidden = true; }
}

Alert.define("crowd-alert");
