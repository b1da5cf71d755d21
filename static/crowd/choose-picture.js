// A picture above the categories, earlier labels drawn on it, and a comment where the template offers one.

import { Comment, commentStyles } from "crowd/comment";
import { choicesStyles } from "crowd/choices";
import { make } from "crowd/element";
import { hear } from "crowd/host";
import { slotLiveRegions } from "crowd/regions";
import { Stage, stageStyles } from "crowd/stage";

const styles = `
  ${stageStyles} ${choicesStyles} ${commentStyles}
  :host { display: grid; grid-template-rows: minmax(320px, 62vh) auto; }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr) auto; }
`;

/** A choice of categories that shows a picture. @param {typeof import("crowd/single-choice").SingleChoice} Choice */
export const ofPicture = (Choice) => class extends Choice {
  static attributes_ = { name: "text", src: "text", categories: "json", header: "text", overlay: "json", "exclusion-category": "json" };
  static styles = styles;

  build() {
    super.build();
    this.stage = new Stage();
    this.live = make("div", { class: "live" });
    this.shadowRoot.append(this.stage.node, this.choices.node);
    this.choices.node.prepend(this.live);
    this.buildComment();
    hear("show", () => this.stage.fitted && this.stage.fit());
    hear("theme", () => this.askRender());
  }

  buildComment() {
    const region = this.regions("worker-comment")[0];
    if (!region) return;
    this.comment = new Comment(region, { onchange: () => this.changed(), onopen: () => this.onComment() });
    this.choices.head.append(this.comment.button);
    this.choices.head.after(this.comment.node);
  }

  onComment() {
    this.render();
    this.form?.refresh();
  }

  // With a comment open one act must not send: the comment may not be finished.
  get isInstant() { return super.isInstant && !this.comment?.isOpen; }

  render() {
    super.render();
    slotLiveRegions(this, this.live);
    this.stage.show(this.src);
    this.drawMarks();
    this.comment?.lock(this.readOnly);
  }

  async drawMarks() {
    if (!this.overlay && !this.marks) return;
    const { Overlay } = await import("crowd/overlay");
    this.marks ??= new Overlay(this, this.stage);
    this.marks.draw(this.overlay);
  }

  get answer() {
    const text = this.comment?.text;
    return { ...super.answer, ...(text ? { workerComment: text } : {}) };
  }

  get value() { return this._submittableValue; }
  set value(answer) { this.restore(answer); }

  restore(answer) {
    this.comment?.show(answer?.workerComment ?? "");
    super.restore(answer);
  }

  get keyWords() { return [...super.keyWords, ...(this.marks?.keyWords ?? []), ...this.stage.keyWords]; }
  onKey(event) { return super.onKey(event) || this.marks?.onKey(event) || this.stage.onKey(event); }
};
