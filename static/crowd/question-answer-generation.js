// <crowd-question-answer-generation>: questions on a text with their answers, tags and the places they refer to.

import { CrowdElement, make } from "crowd/element";
import { say } from "crowd/host";
import { QuestionCard, questionStyles } from "crowd/question-card";
import { SpanPicker, paneLabel, pickerStyles } from "crowd/span-picker";
import { slotLiveRegions } from "crowd/regions";
import { CodePoints, isSame } from "geometry/spans";

const styles = `
  ${pickerStyles} ${questionStyles}
  :host { display: grid; grid-template: minmax(320px, 70vh) / minmax(0, 1fr) minmax(320px, 420px); }
  :host([data-fill]) { block-size: 100%; grid-template-rows: minmax(0, 1fr); }
  .side { display: grid; align-content: start; gap: 12px; min-block-size: 0; overflow: auto; padding: 12px; background: var(--surface, Canvas); border-inline-start: 1px solid var(--line, GrayText); }
  .list { display: grid; gap: 12px; }
  @media (max-width: 899px) { :host, :host([data-fill]) { grid-template: minmax(200px, 2fr) minmax(240px, 3fr) / minmax(0, 1fr); } .side { border: 0; border-block-start: 1px solid var(--line, GrayText); } }
`;

const wordCount = (text) => text.trim().split(/\s+/).filter(Boolean).length;

export class QuestionAnswerGeneration extends CrowdElement {
  static attributes_ = {
    name: "text", text: "text", header: "text", "question-tags": "json", "allow-custom-question-tags": "text", "min-questions": "text", "max-questions": "text",
    "question-min-words": "text", "question-max-words": "text", "answer-min-words": "text", "answer-max-words": "text",
  };
  static styles = styles;

  get fills() { return true; }
  /** The form's button stands in this element's panel where the element fills the form. */
  get takesSubmit() { return true; }

  build() {
    this.entries = [];
    this.picker = new SpanPicker({ label: paneLabel(), onselect() {}, onsettle() {}, onspan() {}, onresize() {} });
    this.heading = make("h2", { dir: "auto" });
    this.regionsPlace = make("div");
    this.list = make("div", { class: "list" });
    this.more = make("button", { type: "button", class: "btn", onclick: () => this.addQuestion() }, [say("add-question", "Add a question")]);
    this.trouble = make("p", { class: "problem", role: "alert", tabindex: "-1" });
    this.side = make("section", { class: "side", "aria-label": say("questions", "Questions") }, [this.heading, this.regionsPlace, this.list, this.more, this.trouble, make("slot", { name: "send" })]);
    this.shadowRoot.append(this.picker.node, this.side);
    this.tabIndex = -1;
  }

  limit(name, otherwise) {
    const number = parseInt(this.getAttribute(name) ?? "", 10);
    return Number.isInteger(number) && number >= 0 ? number : otherwise;
  }
  get most() { return this.limit("max-questions", Infinity); }
  get mayInvent() { return this.hasAttribute("allow-custom-question-tags") && this.getAttribute("allow-custom-question-tags") !== "false"; }
  get tagList() { return (Array.isArray(this.questionTags) ? this.questionTags : []).map(String); }

  // --- what is shown ------------------------------------------------------------------------------------
  render() {
    this.heading.textContent = this.header;
    slotLiveRegions(this, this.regionsPlace);
    if (this.text !== this.shownText) {
      this.shownText = this.text;
      this.points = new CodePoints(this.text);
      this.picker.show(this.text, document.documentElement.lang);
    }
    this.picker.isLocked = this.readOnly;
    const least = Math.min(Math.max(this.limit("min-questions", 1), 1), 20, this.most);
    while (!this.readOnly && this.entries.length < least) this.entries.push(this.blank());
    this.drawList();
  }

  blank() { return { question: "", answer: "", tags: [], references: [] }; }

  drawList() {
    this.cards = this.entries.map((entry, place) => new QuestionCard(entry, {
      number: place + 1, tags: this.tagList, mayInvent: this.mayInvent, locked: this.readOnly, quote: (span) => this.picker.quote(span),
      onchange: () => this.onChange(), onremove: () => this.removeQuestion(entry), onrefer: () => this.refer(entry), onshow: (span) => this.showReference(span),
    }));
    this.list.replaceChildren(...this.cards.map(({ node }) => node));
    this.more.hidden = this.readOnly || this.entries.length >= this.most;
  }

  onChange() {
    this.trouble.textContent = "";
    this.changed();
  }

  addQuestion() {
    if (this.entries.length >= this.most) return;
    this.entries.push(this.blank());
    this.drawList();
    this.cards.at(-1).fields.question.control.focus();
    this.changed();
  }

  removeQuestion(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    this.render();
    this.more.focus();
    this.changed();
  }

  refer(entry) {
    const { target } = this.picker;
    if (!target) return this.complain(say("select-first", "Select words of the text first."));
    if (entry.references.some((span) => isSame(span, target))) return;
    entry.references.push({ start: target.start, end: target.end });
    this.cards[this.entries.indexOf(entry)].draw();
    this.onChange();
  }

  showReference(span) {
    this.picker.text.paint(span, null);
    this.picker.text.reveal(span);
  }

  // --- keys ---------------------------------------------------------------------------------------------
  onKey(event) {
    const isHere = event.composedPath()[0] === this.picker.node;
    if (isHere && this.picker.onArrow(event)) return true;
    if (event.key !== "Escape" || !this.picker.target) return false;
    this.picker.clear();
    this.picker.paint();
    return true;
  }

  focus(options) { (this.cards?.[0]?.fields.question.control ?? this.picker.node).focus(options); }

  // --- the answer ---------------------------------------------------------------------------------------
  get value() {
    const place = (at) => this.points.fromUnits(at);
    return { questions: this.entries.map(({ question, answer, tags, references }) => ({
      question, answer, tags: [...tags], references: references.map(({ start, end }) => ({ startOffset: place(start), endOffset: place(end) })),
    })) };
  }
  set value(value) { this.restore(value); }
  collect() { return this.name ? { [this.name]: this.value } : {}; }

  restore(value) {
    const list = Array.isArray(value?.questions) ? value.questions : [];
    this.entries = list.filter((entry) => entry && typeof entry === "object").map((entry) => this.entryOf(entry));
    this.askRender();
  }

  entryOf({ question, answer, tags, references }) {
    const isPlace = ({ startOffset, endOffset }) => Number.isInteger(startOffset) && Number.isInteger(endOffset) && startOffset >= 0 && startOffset < endOffset && endOffset <= this.points.length;
    const spans = (Array.isArray(references) ? references : []).filter(isPlace);
    return {
      question: String(question ?? ""), answer: String(answer ?? ""), tags: (Array.isArray(tags) ? tags : []).map(String),
      references: spans.map(({ startOffset, endOffset }) => ({ start: this.points.toUnits(startOffset), end: this.points.toUnits(endOffset) })),
    };
  }

  problem() {
    const least = this.limit("min-questions", 1);
    if (this.entries.length < least) return say("more-questions", "Write at least {n} questions.", { n: least });
    if (this.entries.length > this.most) return say("fewer-questions", "Write at most {n} questions.", { n: this.most });
    for (const [place, entry] of this.entries.entries()) {
      const found = this.wordProblem(entry, place + 1);
      if (found) return found;
    }
    return "";
  }

  wordProblem(entry, number) {
    for (const [field, name] of [["question", say("question", "Question")], ["answer", say("answer", "Answer")]]) {
      const [count, least, most] = [wordCount(entry[field]), this.limit(`${field}-min-words`, 1), this.limit(`${field}-max-words`, Infinity)];
      if (count < least) return say("few-words", "{name} {n} needs at least {least} words.", { name, n: number, least });
      if (count > most) return say("many-words", "{name} {n} has {count} words; at most {most} fit.", { name, n: number, count, most });
    }
    return "";
  }

  complain(text) {
    this.trouble.textContent = text;
    this.trouble.focus();
  }
}

QuestionAnswerGeneration.define("crowd-question-answer-generation");
