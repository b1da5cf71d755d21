// Questions on the item in hand: asking, and the answers that come back beside it.

import { announce, closeDialog, openDialog } from "./dialogs.js";
import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Asking {
  /**
   * @param {{api: object, isPreview: boolean, task: () => object|undefined}} options task: the one on screen
   */
  constructor({ api, isPreview, task }) {
    Object.assign(this, { api, task });
    this.questions = new Map();
    this.unreported = new Set(); // answers shown here that the server does not know to be seen
    this.list = byId("questions");
    this.form = byId("ask").querySelector("form");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.button = document.querySelector("[data-ask]");
    this.button.hidden = isPreview;
    this.button.addEventListener("click", () => this.open());
    this.guideButton = document.querySelector(".guide-button");
    new ResizeObserver(() => this.notice()).observe(this.list); // the guide is opened or folded
  }

  open() {
    const task = this.task();
    if (!task) return;
    if (this.about !== task.key) this.form.reset();
    this.about = task.key;
    this.complain("");
    openDialog("ask");
    this.form.elements.text.focus();
  }

  async send() {
    const text = this.form.elements.text.value.trim();
    if (!text) return this.complain(word("ask-empty"));
    if (this.isSending) return;
    this.isSending = true;
    try {
      this.take((await this.api.post("ask", { key: this.about, text })).questions);
      this.form.reset();
      closeDialog("ask");
      announce("asked");
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      this.complain((trouble.kind !== "offline" && trouble.message) || word("ask-failed"));
    } finally {
      this.isSending = false;
    }
  }

  complain(text) {
    const node = this.form.querySelector(".error");
    node.querySelector("span").textContent = text;
    node.hidden = !text;
  }

  /** Take in what the server says of questions. @param {{id: number, task: string, text: string, answer: string, seen: boolean}[]} [questions] */
  take(questions = []) {
    const isNews = questions.some(({ id, answer }) => answer && this.questions.has(id) && !this.questions.get(id).answer);
    for (const question of questions) this.questions.set(question.id, question);
    this.show();
    if (isNews) announce("question-answered");
  }

  /** The questions on the item on screen. */
  get here() { return [...this.questions.values()].filter(({ task }) => task === this.task()?.id); }

  show() {
    const { here } = this;
    this.button.disabled = !this.task();
    this.list.hidden = here.length === 0;
    this.list.querySelector("ul").replaceChildren(...here.map((question) => this.row(question)));
    this.notice();
  }

  /** An answer that is shown is seen; of one in a folded guide the guide's button tells. */
  notice() {
    const fresh = this.here.filter(({ id, answer, seen }) => answer && !seen && !this.unreported.has(id));
    const isShown = this.list.checkVisibility();
    if (isShown) for (const { id } of fresh) this.unreported.add(id);
    const isNews = fresh.length > 0 && !isShown;
    this.guideButton.toggleAttribute("data-news", isNews);
    this.guideButton.setAttribute("aria-label", isNews ? word("guide-news") : word("guide"));
  }

  row({ text, answer }) {
    const row = document.createElement("li");
    row.toggleAttribute("data-answered", Boolean(answer));
    const asked = Object.assign(document.createElement("strong"), { textContent: text });
    row.append(asked, Object.assign(document.createElement("p"), { textContent: answer || word("question-open") }));
    return row;
  }

  /** What the next beat tells the server. @returns {number[]} */
  get seen() { return [...this.unreported]; }

  /** The server knows of these. @param {number[]} ids */
  reported(ids) {
    for (const id of ids) {
      this.unreported.delete(id);
      this.questions.get(id).seen = true;
    }
  }
}
