// <crowd-toggle-button>: a switch.

import { Flag, flagStyles } from "crowd/flag";

export class ToggleButton extends Flag {
  static control = { type: "checkbox", role: "switch" };
  static styles = `
    ${flagStyles}
    .flag > input { appearance: none; position: relative; inline-size: 36px; block-size: 20px; margin: 0; border: 1px solid var(--line-strong, ButtonBorder); border-radius: 10px; background: var(--sunken, ButtonFace); transition: background-color 120ms ease-out; }
    .flag > input::before { content: ""; position: absolute; inset-block: 2px; inset-inline-start: 2px; inline-size: 14px; border-radius: 50%; background: var(--text-2, ButtonText); transition: inset-inline-start 120ms ease-out; }
    .flag > input:checked { background: var(--accent, Highlight); border-color: var(--accent, Highlight); }
    .flag > input:checked::before { inset-inline-start: 18px; background: var(--on-accent, HighlightText); }
    .flag > input:disabled { opacity: 0.6; }
    @media (forced-colors: active) {
      .flag > input::before { background: ButtonText; }
      .flag > input:checked { forced-color-adjust: none; background: Highlight; }
      .flag > input:checked::before { background: HighlightText; }
    }
  `;
}

ToggleButton.define("crowd-toggle-button");
