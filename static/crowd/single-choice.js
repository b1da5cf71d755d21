// What crowd-image-classifier and crowd-classifier have in common: one category out of a list.

import { CrowdElement } from "crowd/element";
import { hear, say, settings } from "crowd/host";
import { categoryText } from "crowd/category-keys";
import { Choices } from "crowd/choices";

export class SingleChoice extends CrowdElement {
  static many = false;

  build() {
    this.chosen = null;
    this.choices = new Choices({
      onpick: (category) => this.pick(category), onsend: () => this.form?.submit(), many: this.constructor.many,
    });
    this.choices.drawBack(null);
    hear("show", ({ last }) => this.choices.drawBack(last ?? null));
    this.tabIndex = -1;
  }

  get categoryList() {
    return (this.categories ?? []).map(categoryText);
  }

  /** This element may have the whole window when it is the form's only content. */
  get fills() { return true; }

  get form() {
    return this.closest("crowd-form");
  }

  /** One act answers when nothing else in the form could still be filled in. */
  get isInstant() {
    return settings.instant && !this.readOnly && Boolean(this.form?.isOnly(this));
  }

  pick(category) {
    if (this.readOnly) return;
    const again = this.chosen === category;
    this.chosen = category;
    this.choices.trouble.textContent = "";
    this.render();
    if (!again) this.changed();
    if (this.form && (this.isInstant || again)) this.form.submit();
  }

  render() {
    this.choices.draw({
      categories: this.categoryList, chosen: this.chosenList, title: this.header, hint: this.hint, locked: this.readOnly,
    });
  }

  /** @returns {string[]} */
  get chosenList() { return this.chosen === null ? [] : [this.chosen]; }

  get hint() {
    if (this.readOnly) return "";
    if (this.isInstant && settings.proposed) return say("confirm", "Enter sends what is chosen, a digit another answer");
    if (this.isInstant) return say("instant", "One key answers and brings the next");
    return say("twice", "A digit chooses, the same again or Enter sends");
  }

  collect() {
    return this.name && this.chosen !== null ? { [this.name]: this.answer } : {};
  }

  draft() { return this.name ? { [this.name]: this.answer } : {}; }

  get answer() { return { label: this.chosen }; }
  get _submittableValue() { return this.chosen === null ? undefined : this.answer; }
  get summary() { return this.chosen ?? ""; }

  restore(answer) {
    this.chosen = answer?.label ?? null;
    this.askRender();
  }

  problem() {
    return this.chosen === null ? say("choose", "Choose a category first.") : "";
  }

  complain(text) { this.choices.complain(text); }

  get keyWords() { return this.choices.keyWords; }
  onKey(event) { return this.choices.onKey(event); }
}
