// What the multi-select classifiers have in common: any number of categories, or the one that excludes all others.

import { categoryText } from "crowd/category-keys";
import { say } from "crowd/host";
import { SingleChoice } from "crowd/single-choice";

export class MultiChoice extends SingleChoice {
  static many = true;

  build() {
    super.build();
    this.chosen = new Set();
  }

  /** The category that stands for none of the others; "" where there is none. */
  get exclusion() {
    return categoryText(this.exclusionCategory ?? this.getAttribute("exclusion-category") ?? "");
  }

  get categoryList() {
    const categories = super.categoryList;
    return this.exclusion && !categories.includes(this.exclusion) ? [...categories, this.exclusion] : categories;
  }

  /** In the order of the categories. @returns {string[]} */
  get chosenList() { return this.categoryList.filter((category) => this.chosen.has(category)); }

  pick(category) {
    if (this.readOnly) return;
    this.choices.trouble.textContent = "";
    this.toggle(category);
    this.render();
    this.changed();
  }

  toggle(category) {
    if (this.chosen.delete(category)) return;
    if (category === this.exclusion) this.chosen.clear();
    else this.chosen.delete(this.exclusion);
    this.chosen.add(category);
  }

  get isInstant() { return false; }
  get hint() { return this.readOnly ? "" : say("several", "Digits choose, Enter sends"); }
  get answer() { return { labels: this.chosenList }; }
  get _submittableValue() { return this.chosenList.length ? this.answer : undefined; }
  get summary() { return this.chosenList.join(", "); }

  collect() { return this.name && this.chosenList.length ? { [this.name]: this.answer } : {}; }

  restore(answer) {
    this.chosen = new Set(Array.isArray(answer?.labels) ? answer.labels : []);
    this.askRender();
  }

  problem() { return this.chosenList.length ? "" : say("choose-some", "Choose at least one category first."); }
}
