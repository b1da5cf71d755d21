// <crowd-modal>: content in a window of its own, opened by a link or button. Inputs in it submit.

import { CrowdElement, make } from "crowd/element";
import { Dialog, dialogStyles } from "crowd/dialog";
import { say } from "crowd/host";

export class Modal extends CrowdElement {
  static attributes_ = { "link-text": "text", "link-type": "text" };
  static styles = dialogStyles;

  build() {
    this.dialog = new Dialog([make("slot")]);
    this.shadowRoot.append(this.dialog.opener, this.dialog.node);
  }

  render() {
    this.dialog.draw({ text: this.linkText || say("open-modal", "Click to open modal"), type: this.linkType });
  }

  open() { this.dialog.open(); }
  close() { this.dialog.node.close(); }
  /** Show what stands in the window: it keeps the form from being sent. */
  reveal() { this.open(); }
}

Modal.define("crowd-modal");
