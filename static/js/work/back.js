// Going back: the last ten answers, one at a time, shown in a frame of their own so that the task in hand stays.

import { announce } from "./dialogs.js";
import { word } from "./words.js";

export class Back {
  /** @param {{api: object, frames: object, sender: object, onShow: () => void, onLeave: () => void, onTrouble: (key: string) => void}} parts */
  constructor(parts) {
    Object.assign(this, parts);
    this.node = document.getElementById("back");
    this.answers = [];
    this.place = -1;
    this.node.querySelector("[data-older]").addEventListener("click", () => this.step(1));
    this.node.querySelector("[data-newer]").addEventListener("click", () => this.step(-1));
    this.node.querySelector("[data-leave]").addEventListener("click", () => this.leave());
  }

  get isOpen() { return this.place >= 0; }

  /** One answer further back; the first time the list is fetched. */
  async older() {
    if (this.isOpen) return this.step(1);
    return this.open();
  }

  /** Show the last answers. @param {string} [id] which of them first; the newest where it is not said */
  async open(id = "") {
    if (this.fetching) return;
    this.fetching = true;
    try {
      await this.sender.run(); // an answer just given has to be stored before it can be in the list
      this.answers = (await this.api.get("back", id && `?answer=${encodeURIComponent(id)}`)).answers;
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      return this.onTrouble(trouble.kind === "signin" ? "signed-out" : "back-offline");
    } finally {
      this.fetching = false;
    }
    if (this.answers.length) this.show(0);
    else this.onTrouble("back-none");
  }

  step(by) {
    const place = this.place + by;
    if (place < 0) return this.leave();
    if (place >= this.answers.length) return announce("back-end");
    this.show(place);
  }

  show(place) {
    this.drop();
    this.place = place;
    const past = this.answers[place];
    this.task = { ...past, key: `back-${past.id}`, past: true };
    this.frames.prepare(this.task, { mode: past.open ? "work" : "review", instant: true, answer: past.answer });
    this.frames.show(this.task.key, { last: null });
    this.onShow();
    this.node.hidden = false;
    const values = { place: place + 1, of: this.answers.length };
    this.node.querySelector("[data-where]").textContent = word(past.open ? "back-where" : "back-closed", values);
    this.node.querySelector("[data-older]").disabled = place + 1 >= this.answers.length;
  }

  /** The worker answered an earlier task anew. A frame just left may still speak, of what is not on screen any more. */
  correct(task, answer, summary) {
    if (task !== this.task) return;
    const { id } = this.task;
    const act = { kind: "correct", key: `correct-${id}`, body: { id, answer }, task: this.task, summary };
    this.sender.add(act);
    announce("corrected");
    this.leave();
  }

  drop() {
    if (this.task) this.frames.drop(this.task.key);
    this.task = null;
  }

  /** Return to the task in hand. */
  leave() {
    this.place = -1;
    this.node.hidden = true;
    this.onLeave();
    this.drop();
  }
}
