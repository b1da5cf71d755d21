// One question with its answer, its tags, and the places in the text that it refers to.

import { make } from "crowd/element";
import { say } from "crowd/host";

export const questionStyles = `
  .question { display: grid; gap: 8px; padding: 12px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 6px; }
  .question-head { display: flex; align-items: center; justify-content: space-between; gap: 8px; font-weight: 550; }
  .question label { display: grid; gap: 4px; font-weight: 550; }
  .question textarea, .question input { inline-size: 100%; padding: 7px 10px; color: var(--text, FieldText); background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; font-weight: 400; resize: vertical; }
  .chips { display: flex; flex-wrap: wrap; gap: 4px; }
  .chips .btn { max-inline-size: 100%; white-space: normal; text-align: start; }
  .question .btn[hidden], .chips:empty { display: none; }
  @media (pointer: coarse) { .question input { min-block-size: 44px; } }
`;

export class QuestionCard {
  /**
   * @param {{question: string, answer: string, tags: string[], references: {start: number, end: number}[]}} entry
   * @param {{number: number, tags: string[], mayInvent: boolean, locked: boolean, quote: (span: object) => string,
   *   onchange: () => void, onremove: () => void, onrefer: () => void, onshow: (span: object) => void}} options
   */
  constructor(entry, options) {
    Object.assign(this, { entry, options });
    const { locked } = options;
    this.fields = { question: this.field("question", say("question", "Question"), 2), answer: this.field("answer", say("answer", "Answer"), 3) };
    this.tags = make("div", { class: "chips", role: "group", "aria-label": say("tags", "Tags") });
    this.references = make("div", { class: "chips", role: "group", "aria-label": say("references", "References") });
    const remove = make("button", { type: "button", class: "btn btn-small btn-quiet", onclick: options.onremove }, [say("remove-question", "Remove")]);
    const refer = make("button", { type: "button", class: "btn btn-small", onclick: options.onrefer, onmousedown: (event) => event.preventDefault() }, [say("refer", "Refer to the selected words")]);
    const title = say("question-n", "Question {n}", { n: options.number });
    this.node = make("section", { class: "question", "aria-label": title }, [
      make("div", { class: "question-head" }, [title, ...(locked ? [] : [remove])]),
      ...Object.values(this.fields).map(({ node }) => node), this.tags, ...(options.mayInvent && !locked ? [this.invent()] : []),
      this.references, ...(locked ? [] : [refer]),
    ]);
    this.draw();
  }

  field(name, label, rows) {
    const control = make("textarea", { rows, dir: "auto", readonly: this.options.locked });
    control.value = this.entry[name];
    control.addEventListener("input", () => { this.entry[name] = control.value; this.options.onchange(); });
    return { control, node: make("label", {}, [label, control]) };
  }

  invent() {
    const label = say("own-tag", "A tag of your own");
    const input = make("input", { type: "text", "aria-label": label, placeholder: label, maxlength: 80 });
    const take = () => {
      const tag = input.value.trim();
      input.value = "";
      if (!tag || this.entry.tags.includes(tag)) return;
      this.entry.tags.push(tag);
      this.draw();
      this.options.onchange();
    };
    input.addEventListener("change", take);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); take(); } });
    return input;
  }

  toggle(tag) {
    const { tags } = this.entry;
    this.entry.tags = tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag];
    this.draw();
    this.options.onchange();
  }

  forget(span) {
    this.entry.references = this.entry.references.filter((one) => one !== span);
    this.draw();
    this.options.onchange();
  }

  draw() {
    const { tags, locked, quote, onshow } = this.options;
    const all = [...new Set([...tags, ...this.entry.tags])];
    this.tags.replaceChildren(...all.map((tag) => make("button", { type: "button", class: "btn btn-small", "aria-pressed": String(this.entry.tags.includes(tag)), disabled: locked, onclick: () => this.toggle(tag) }, [tag])));
    this.references.replaceChildren(...this.entry.references.flatMap((span) => [
      make("button", { type: "button", class: "btn btn-small btn-quiet", onclick: () => onshow(span) }, [`“${quote(span)}”`]),
      ...(locked ? [] : [make("button", { type: "button", class: "btn btn-small btn-quiet", "aria-label": say("delete", "Delete {name}", { name: quote(span) }), onclick: () => this.forget(span) }, ["×"])]),
    ]));
  }
}
