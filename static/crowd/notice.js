// What a template says with alert and confirm: a sandboxed frame has no windows, so the task itself shows it.

import { icon, make } from "crowd/element";
import { say } from "crowd/host";
import { shared } from "crowd/styles";

const CROSS = "M6 6l12 12M18 6 6 18";
const styles = `
  ${shared}
  :host { position: fixed; z-index: 30; inset-block-start: 16px; inset-inline: 16px; margin-inline: auto; inline-size: fit-content; max-inline-size: min(36rem, calc(100vw - 32px)); }
  .notice { display: flex; align-items: flex-start; gap: 12px; padding: 12px 8px; padding-inline-start: 16px; color: var(--text, CanvasText); background: var(--float, Canvas); border: 1px solid var(--line-strong, GrayText); border-radius: 8px; box-shadow: var(--lift, none); }
  .words { flex: 1; max-block-size: 40vh; overflow: auto; padding-block: 6px; white-space: pre-line; overflow-wrap: anywhere; }
`;

const asked = new Set();
let host = null;

function build() {
  const close = say("close", "Close");
  const node = make("div");
  const words = make("div", { class: "words", role: "alert" });
  const button = make("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": close, title: close, onclick: () => node.remove() }, [icon(CROSS)]);
  node.attachShadow({ mode: "open" }).append(make("style", {}, [styles]), make("div", { class: "notice" }, [words, button]));
  return { node, words };
}

/** Show a text over the task until it is closed. @param {unknown} text */
export function notice(text) {
  host ??= build();
  document.body.append(host.node);
  host.words.textContent = String(text ?? "");
}

/** Ask before something is done: it is not, and doing the same again means yes. @param {unknown} text */
export function confirmed(text) {
  if (asked.delete(text)) return host?.node.remove(), true;
  asked.add(text);
  notice(`${text ?? ""}\n${say("again", "Do it again to go on.")}`);
  return false;
}

const early = globalThis.crowdEarly ?? [];
Object.assign(globalThis, { alert: notice, confirm: confirmed });
early.forEach(notice);
