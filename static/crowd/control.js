// What the elements with a value of their own have in common: they take part in the form's checks as native controls do.

import { CrowdElement } from "crowd/element";
import { say } from "crowd/host";

export class Control extends CrowdElement {
  static formAssociated = true;

  constructor() {
    super();
    this.internals = this.attachInternals();
    this.addEventListener("invalid", () => this.onRefused());
  }

  /** Disabled itself or by a fieldset around it. */
  get isOff() { return this.matches(":disabled"); }
  formDisabledCallback() { if (this.drawn) this.askRender(); }

  get form() { return this.internals.form; }
  get labels() { return this.internals.labels; }
  get validity() { return this.internals.validity; }
  get validationMessage() { return this.internals.validationMessage; }
  checkValidity() { return this.internals.checkValidity(); }
  reportValidity() { return this.internals.reportValidity(); }

  /** Take over what the browser finds wrong with the control inside, in its words. @param {HTMLInputElement} control */
  takeValidity(control) {
    this.internals.setValidity(control.validity, control.validationMessage, control);
  }

  /** A name for the control inside, where the element shows no text of its own. */
  get givenName() {
    const labels = [...this.internals.labels].map((label) => label.textContent.trim());
    return this.getAttribute("aria-label") || labels.join(" ") || this.title || this.getAttribute("placeholder") || this.name || say("field", "Answer");
  }

  /** The form was not sent because of this control. */
  onRefused() {}

  collect() { return this.name && !this.isOff ? this.answer : {}; }
}
