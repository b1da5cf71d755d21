// <crowd-form>: holds everything of a task, says when it changed, and sends the answer.

import "crowd/button";
import { make } from "crowd/element";
import { canonicalKey, hear, say, settings, tell } from "crowd/host";
import { moveInto } from "crowd/moving";
import { collectAnswer, collectDraft, restoreAnswer } from "crowd/serialise";

const DRAFT_MS = 150;
const TYPING = "input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit]), textarea, select, [contenteditable]";
const REPEATS = /^(Arrow.*|Tab|[-+=zZ,.<>])$/; // a digit held down must not answer the next task too
const INVISIBLE = new Set(["script", "style", "link", "template", "meta", "title", "crowd-toast"]);
const SUBMITS = 'crowd-button[form-action="submit"], button:not([type]), button[type="submit"], input[type="submit"]';

export class CrowdForm extends HTMLElement {
  /** @type {HTMLFormElement|null} a plain form of the template to take over, set before this stands in the page */
  given = null;

  connectedCallback() {
    if (this.form) return;
    const { host } = this.getRootNode();
    if (host?.extra) return this.standIn(host);
    this.gestures = 0;
    this.takeForm();
    new MutationObserver(() => this.keepForm()).observe(this, { childList: true });
    this.addEventListener("submit", (event) => this.onSubmit(event), true);
    this.addEventListener("invalid", (event) => this.onInvalid(event), true);
    for (const type of ["pointerdown", "keydown", "click"]) window.addEventListener(type, () => { this.gestures += 1; }, true);
    for (const type of ["change", "input"]) this.addEventListener(type, () => this.askDraft());
    document.addEventListener("keydown", (event) => this.onKey(event));
    hear("reopen", () => { this.sent = false; });
    hear("press", ({ key }) => this.press({ key, composedPath: () => [] }));
    hear("restore", ({ answer }) => this.restore(answer));
    hear("review", ({ answer }) => this.review(answer));
    hear("show", () => this.focusFirst());
    hear("keys", () => this.elements().forEach((element) => element.askRender?.()));
  }

  // A dialog's form that stands in no dialog: its submission checks, fires events and goes nowhere.
  takeForm() {
    this.form = this.given ?? make("form");
    this.form.setAttribute("method", "dialog");
    this.form.submit = () => this.submit();
    if (this.form.parentElement !== this) moveInto(this, [this.form]);
    moveInto(this.form, [...this.childNodes].filter((node) => node !== this.form));
    this.form.addEventListener("reset", () => this.elements().forEach((element) => element.restore(undefined)));
    if (this.form.querySelector("input[type=file]")) tell("trouble", { kind: "error", text: "A file cannot be sent: no answer holds what input type=file chooses." });
    this.footer = this.form.querySelector(":scope > .crowd-submit");
    this.ownSubmit = this.footer ? null : this.form.querySelector(SUBMITS);
    if (!this.ownSubmit && !this.footer) this.addSubmit();
  }

  // A script that writes the content anew, innerHTML += "…" above all, takes the form away or puts a copy in its place.
  keepForm() {
    if (this.form.parentElement === this) return;
    this.given = this.querySelector(":scope > form");
    this.takeForm();
    this.refresh();
  }

  // Inside crowd-entity-annotation templates look for its form, to add controls: that leads to the one around it.
  standIn(host) {
    this.form = host.extra;
    this.submit = () => host.closest("crowd-form")?.submit();
  }

  addSubmit() {
    const button = make("crowd-button", { "form-action": "submit", variant: "primary" }, [say("submit", "Submit")]);
    this.footer = make("div", { class: "crowd-submit" }, [button]);
    this.form.append(this.footer);
  }

  /** The crowd- elements of this form that can carry an answer. @returns {HTMLElement[]} */
  elements() {
    return [...this.querySelectorAll("*")].filter((node) => typeof node.collect === "function");
  }

  /** What can be done here by key: pairs of key and words, each key once. @returns {[string, string][]} */
  get keyWords() { return this.wordsOf("keyWords"); }

  /** The same of keys that nobody can change. @returns {[string, string][]} */
  get fixedKeyWords() { return this.wordsOf("fixedKeyWords"); }

  wordsOf(kind) {
    const pairs = this.elements().flatMap((element) => element[kind] ?? []).filter(([key]) => key);
    return [...new Map(pairs.toReversed()).entries()].toReversed();
  }

  natives() {
    return [...this.querySelectorAll("input:not([type=hidden]), select, textarea")];
  }

  /** Whether `widget` is all that a worker can fill in, and nothing of the template sends the form itself. */
  isOnly(widget) {
    const others = this.elements().filter((element) => element !== widget && element.name);
    return others.length === 0 && this.natives().length === 0 && !this.ownSubmit;
  }

  /** Fit the layout to the content; called when all elements stand. */
  settle() {
    const shown = [...this.form.childNodes].filter((node) =>
      node.nodeType === Node.TEXT_NODE ? node.data.trim() : node.nodeType === Node.ELEMENT_NODE && !INVISIBLE.has(node.localName) && !node.hidden && node !== this.footer);
    this.widget = shown.length === 1 && shown[0].fills ? shown[0] : null;
    this.toggleAttribute("data-fill", this.widget !== null);
    this.widget?.toggleAttribute("data-fill", true);
    if (this.footer && this.widget?.takesSubmit) this.placeSubmit(this.widget);
    if (settings.mode === "review") this.review(settings.answer);
    else if (settings.answer) this.restore(settings.answer);
    this.refresh();
  }

  placeSubmit(widget) {
    this.footer.slot = "send";
    this.footer.firstElementChild.append(make("kbd", { class: "key", "aria-hidden": "true" }, ["Enter"]));
    widget.append(this.footer);
  }

  /** Show the Submit button where a key alone does not send, or something is proposed that only needs a yes. */
  refresh() {
    if (!this.footer) return;
    this.footer.hidden = this.readOnly || (Boolean(this.widget?.isInstant) && !settings.proposed);
    this.widget?.askRender();
  }

  restore(answer) { restoreAnswer(this, answer); }

  review(answer) {
    this.readOnly = true;
    restoreAnswer(this, answer);
    for (const element of this.elements()) element.readOnly = true;
    for (const control of this.natives()) control.disabled = true;
    this.refresh();
  }

  /** Give the focus to what asks for it, else to the first that takes it. */
  focusFirst() {
    const named = this.elements().filter(({ name }) => name);
    const asked = this.querySelectorAll("[auto-focus], [autofocus]");
    for (const control of [...asked, ...named, ...this.natives(), ...this.elements()]) {
      control.focus({ preventScroll: true });
      if (document.activeElement !== document.body) return;
    }
  }

  askDraft() {
    clearTimeout(this.drafting);
    if (this.sent || this.readOnly) return;
    this.drafting = setTimeout(() => tell("changed", { answer: collectDraft(this) }), DRAFT_MS);
  }

  /**
   * Send the form: its fields are checked and `submit` is fired first. A template's handler that stopped the event
   * and calls this itself, at once or when it is done waiting, sends without being asked again.
   */
  submit() {
    if (this.sent || this.readOnly) return;
    if (this.submitting || this.stoppedAt === this.gestures) this.finish();
    else HTMLFormElement.prototype.requestSubmit.call(this.form); // a control's name may hide the form's own method
  }

  /** Put everything back as it was at first. */
  reset() { HTMLFormElement.prototype.reset.call(this.form); }

  // The browser goes to the first control in trouble, which may stand in a tab or dialog that is closed.
  onInvalid({ target }) {
    if (this.isRevealing) return;
    this.isRevealing = true;
    setTimeout(() => { this.isRevealing = false; });
    this.reveal(target);
  }

  reveal(node) {
    for (let around = node.parentElement; around && around !== this; around = around.parentElement) around.reveal?.(node);
  }

  complain(element, text) {
    this.reveal(element);
    element.complain(text);
  }

  // The answer is read when all handlers have run, for they may stop the event or fill in hidden fields.
  onSubmit(event) {
    if (event.target !== this.form) return this.onInnerSubmit(event);
    this.submitting = true;
    setTimeout(() => {
      this.submitting = false;
      if (event.defaultPrevented) this.stoppedAt = this.gestures;
      else this.finish();
    });
  }

  // A form of the template's own inside this one cannot go elsewhere: what it holds is part of this answer.
  onInnerSubmit(event) {
    if (!(event.target instanceof HTMLFormElement)) return;
    event.target.setAttribute("method", "dialog");
    setTimeout(() => { if (!event.defaultPrevented) this.submit(); });
  }

  finish() {
    if (this.sent || this.readOnly) return;
    const troubled = this.elements().find((element) => element.problem());
    if (troubled) return this.complain(troubled, troubled.problem());
    if (this.isWorried()) return;
    clearTimeout(this.drafting);
    this.sent = true;
    const summary = this.elements().map((element) => element.summary).find(Boolean) ?? "";
    tell("submit", { answer: collectAnswer(this), summary });
  }

  // What may be a mistake is told once; sent again as it is, it is meant.
  isWorried() {
    const worried = this.elements().find((element) => element.warning());
    const said = worried ? worried.warning() + JSON.stringify(worried.collect()) : "";
    if (!worried || said === this.heeded) return false;
    this.heeded = said;
    this.complain(worried, worried.warning());
    return true;
  }

  onKey(event) {
    const target = event.composedPath()[0];
    if (event.defaultPrevented || event.altKey) return;
    if (event.ctrlKey || event.metaKey) return this.onChord(event, target);
    const key = canonicalKey(event.key);
    if (target.matches?.(TYPING) || (event.repeat && !REPEATS.test(key))) return;
    const path = event.composedPath();
    if (this.press({ key, shiftKey: event.shiftKey, repeat: event.repeat, composedPath: () => path })) event.preventDefault();
    else if (key === "Enter" && !target.closest("button, a, summary")) this.submit();
    else if (key.length === 1 || /^(Backspace|Escape|Arrow\w+)$/.test(key)) tell("key", { key });
  }

  onChord(event, target) {
    if (!target.matches?.(TYPING) && this.inOrder(event).some((element) => element.onChord(event))) event.preventDefault();
  }

  /** Give a key to the elements, the focused one first. */
  press(event) {
    return this.inOrder(event).some((element) => element.onKey(event));
  }

  inOrder(event) {
    const focused = event.composedPath()[0]?.getRootNode().host;
    return this.elements().sort((a, b) => (b === focused) - (a === focused));
  }
}

customElements.define("crowd-form", CrowdForm);
