// <crowd-tab header="…">: one of the pages of the crowd-tabs around it.

import { CrowdElement, make } from "crowd/element";

export class Tab extends CrowdElement {
  static attributes_ = { header: "text" };

  build() {
    this.panel = make("div", { role: "tabpanel" }, [make("slot")]);
    this.shadowRoot.append(this.panel);
  }

  render() {
    this.panel.setAttribute("aria-label", this.header);
    if (this.parentElement?.localName === "crowd-tabs") this.parentElement.askRender?.();
  }
}

Tab.define("crowd-tab");
