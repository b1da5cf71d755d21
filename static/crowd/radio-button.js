// <crowd-radio-button>: one of several. The group around it makes it exclusive; without one, the name that it shares.

import { stepOf } from "crowd/arrows";
import { Flag } from "crowd/flag";

export class RadioButton extends Flag {
  static control = { type: "radio" };

  /** The buttons of which one is on, this one among them. @returns {RadioButton[]} */
  get peers() {
    const group = this.closest("crowd-radio-group");
    const root = group ?? this.closest("crowd-form") ?? this.getRootNode();
    const buttons = [...root.querySelectorAll("crowd-radio-button")].filter((button) => button instanceof RadioButton);
    if (group) return buttons.filter((button) => button.closest("crowd-radio-group") === group);
    return buttons.filter((button) => button === this || (this.name && button.name === this.name && !button.closest("crowd-radio-group")));
  }

  build() {
    super.build();
    this.control.addEventListener("keydown", (event) => this.onArrow(event));
  }

  connectedCallback() {
    super.connectedCallback();
    this.settlePeers();
  }

  attributeChangedCallback(name, before, after) {
    super.attributeChangedCallback(name, before, after);
    if (this.drawn && name !== "value" && before !== after) this.settlePeers();
  }

  settlePeers() {
    const others = this.peers.filter((button) => button !== this);
    for (const button of others) {
      if (this.checked) button.checked = false;
      button.askRender();
    }
  }

  render() {
    super.render();
    const peers = this.peers.filter((button) => !button.isOff);
    const entry = peers.find((button) => button.checked) ?? peers[0];
    this.control.tabIndex = entry === this ? 0 : -1;
    this.control.setAttribute("aria-posinset", this.peers.indexOf(this) + 1);
    this.control.setAttribute("aria-setsize", this.peers.length);
  }

  get isNeeded() {
    const { peers } = this;
    return peers.some((button) => button.required) && !peers.some((button) => button.checked);
  }

  onArrow(event) {
    const step = stepOf(event.key, this);
    const peers = this.peers.filter((button) => !button.isOff);
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = peers[(peers.indexOf(this) + step + peers.length) % peers.length];
    next.focus();
    next.control.click();
  }
}

RadioButton.define("crowd-radio-button");
