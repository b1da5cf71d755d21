// <crowd-radio-group>: of the crowd-radio-buttons in it one is on. It has no part in the answer.

import { CrowdElement, make } from "crowd/element";

export class RadioGroup extends CrowdElement {
  build() {
    this.group = make("div", { role: "radiogroup" }, [make("slot")]);
    this.shadowRoot.append(this.group);
  }

  render() {
    const label = this.getAttribute("aria-label") || this.title;
    if (label) this.group.setAttribute("aria-label", label);
    this.group.setAttribute("aria-readonly", String(this.readOnly));
  }
}

RadioGroup.define("crowd-radio-group");
