// <crowd-classifier-multi-select>: any number of categories for whatever stands in <classification-target>.

import { ofText } from "crowd/choose-text";
import { MultiChoice } from "crowd/multi-choice";

export class ClassifierMultiSelect extends ofText(MultiChoice) {
  get value() { return this.chosenList; }
  set value(labels) { this.restore({ labels }); }
}

ClassifierMultiSelect.define("crowd-classifier-multi-select");
