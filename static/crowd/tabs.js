// <crowd-tabs>: shows one of its crowd-tab children at a time. What stands in the others submits all the same.

import { CrowdElement, make } from "crowd/element";
import { Tablist, tablistStyles } from "crowd/tablist";

const isTab = (node) => node.localName === "crowd-tab";

export class Tabs extends CrowdElement {
  static styles = `
    :host { margin-block: 8px 16px; }
    ${tablistStyles}
    .panels { padding-block-start: 12px; }
  `;

  build() {
    this.list = new Tablist(() => this.show());
    this.shadowRoot.append(this.list.node, make("div", { class: "panels" }, [make("slot", { onslotchange: () => this.askRender() })]));
  }

  get tabs() { return [...this.children].filter(isTab); }

  render() {
    this.list.draw(this.tabs.map((tab) => tab.getAttribute("header") ?? ""));
    this.show();
  }

  show() {
    this.tabs.forEach((tab, place) => { tab.hidden = place !== this.list.chosen; });
  }

  /** Show the tab that holds a node: it keeps the form from being sent. @param {Node} node */
  reveal(node) {
    const place = this.tabs.findIndex((tab) => tab.contains(node));
    if (place >= 0) this.list.choose(place);
  }
}

Tabs.define("crowd-tabs");
