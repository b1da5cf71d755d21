// <crowd-classifier>: one category for whatever stands in <classification-target>, mostly text.

import { ofText } from "crowd/choose-text";
import { SingleChoice } from "crowd/single-choice";

export class Classifier extends ofText(SingleChoice) {
  get value() { return this.chosen; }
  set value(label) { this.restore({ label: label || null }); }
}

Classifier.define("crowd-classifier");
