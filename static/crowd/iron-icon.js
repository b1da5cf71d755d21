// <iron-icon icon="search">: a drawing that takes the colour of the text around it.

import { CrowdElement } from "crowd/element";
import { iconOf } from "crowd/icon";

export class IronIcon extends CrowdElement {
  static attributes_ = { icon: "text", src: "text" };
  static isStray = () => true;
  static styles = `
    :host { display: inline-flex; inline-size: var(--iron-icon-width, 1.25em); block-size: var(--iron-icon-height, 1.25em); color: var(--iron-icon-fill-color, inherit); vertical-align: middle; }
    .icon { inline-size: 100%; block-size: 100%; }
  `;

  render() {
    this.drawing?.remove();
    this.drawing = iconOf(this.src || this.icon);
    this.shadowRoot.append(this.drawing);
  }
}

IronIcon.define("iron-icon");
