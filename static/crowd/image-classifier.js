// <crowd-image-classifier>: one category for a picture.

import { make } from "crowd/element";
import { hear, say } from "crowd/host";
import { choicesStyles } from "crowd/choices";
import { slotLiveRegions } from "crowd/regions";
import { SingleChoice } from "crowd/single-choice";
import { Stage, stageStyles } from "crowd/stage";

const COMMENT_LIMIT = 1000;

export class ImageClassifier extends SingleChoice {
  static attributes_ = { name: "text", src: "text", categories: "json", header: "text", overlay: "json" };
  static styles = `
    ${stageStyles} ${choicesStyles}
    :host { display: grid; grid-template-rows: minmax(320px, 62vh) auto; }
    :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr) auto; }
    textarea { inline-size: 100%; min-block-size: 64px; padding: 7px 12px; background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; resize: vertical; }
    .comment { display: grid; gap: 4px; }
    .comment[hidden] { display: none; }
  `;

  build() {
    super.build();
    this.stage = new Stage();
    this.live = make("div", { class: "live" });
    this.buildComment();
    this.shadowRoot.append(this.stage.node, this.choices.node);
    this.choices.node.prepend(this.live);
    hear("show", () => this.stage.fitted && this.stage.fit());
  }

  buildComment() {
    const region = this.regions("worker-comment")[0];
    if (!region) return;
    const label = region.getAttribute("header") || say("comment", "Add a comment");
    this.comment = make("textarea", { maxlength: COMMENT_LIMIT, placeholder: region.getAttribute("placeholder"), "aria-label": label });
    this.comment.addEventListener("input", () => this.changed());
    this.commentBox = make("div", { class: "comment", hidden: true }, [this.comment]);
    this.commentButton = make("button", { type: "button", class: "btn btn-small btn-quiet", "aria-expanded": "false", onclick: () => this.openComment() }, [
      region.getAttribute("link-text") || say("comment", "Add a comment"),
    ]);
    this.choices.head.append(this.commentButton);
    this.choices.head.after(this.commentBox);
  }

  openComment() {
    const isOpen = this.commentBox.toggleAttribute("hidden") === false;
    this.commentButton.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.comment.focus();
    this.render();
    this.form?.refresh();
  }

  // With a comment open one act must not send: the comment may not be finished.
  get isInstant() { return super.isInstant && (this.commentBox?.hidden ?? true); }

  render() {
    super.render();
    slotLiveRegions(this, this.live);
    this.stage.show(this.src);
    if (this.commentButton) this.commentButton.hidden = this.readOnly;
    if (this.comment) this.comment.readOnly = this.readOnly;
  }

  get answer() {
    const comment = this.comment?.value.trim();
    return { label: this.chosen, ...(comment ? { workerComment: comment } : {}) };
  }

  get value() { return this._submittableValue; }
  set value(answer) { this.restore(answer); }

  restore(answer) {
    if (this.comment) {
      this.comment.value = answer?.workerComment ?? "";
      this.commentBox.hidden = !this.comment.value;
    }
    super.restore(answer);
  }

  onKey(event) { return super.onKey(event) || this.stage.onKey(event); }
}

ImageClassifier.define("crowd-image-classifier");
