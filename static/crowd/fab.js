// <crowd-fab>: a round button with an icon or one character, that stands out.

import { make } from "crowd/element";
import { IconButton } from "crowd/icon-button";

export class Fab extends IconButton {
  static attributes_ = { ...IconButton.attributes_, label: "text" };
  static styles = `
    :host { display: inline-block; vertical-align: middle; }
    .btn { inline-size: 52px; min-block-size: 52px; padding: 0; border-radius: 50%; box-shadow: var(--lift, none); font-size: 1.25rem; }
    .btn:disabled { background: var(--sunken, ButtonFace); box-shadow: none; }
    .btn .icon { inline-size: 1.5rem; block-size: 1.5rem; }
  `;
  look = "btn btn-primary";

  get words() { return super.words || this.label; }
  face() { return this.icon ? super.face() : make("span", { "aria-hidden": "true" }, [[...this.label][0] ?? ""]); }
}

Fab.define("crowd-fab");
