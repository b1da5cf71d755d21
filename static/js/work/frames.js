// The frames of the labelling page: the task that is shown, the next one made ready behind it, and a blank spare.

import { Frame, moduleTexts, themeCss } from "./frame.js";
import { begin, end } from "./opening.js";
import { frameWords, word } from "./words.js";

const REST_MS = 400; // a key's own time, and some

export class Frames {
  /**
   * @param {{place: Element, loader: string, moduleUrls: Record<string, string>, listener: Record<string, Function>,
   *   common?: {mark: string, keys: Record<string, string>, report: boolean}}} options common: setup of every frame
   *   listener: called with (task, message, frame) by the message's type
   */
  constructor({ place, loader, moduleUrls, listener, common = {} }) {
    Object.assign(this, { place, loader, moduleUrls, listener, common });
    this.byKey = new Map();
    this.shown = null;
    this.spare = null;
  }

  blank() {
    const frame = new Frame({ loader: this.loader, title: word("frame-title"), place: this.place });
    this.hide(frame);
    return frame;
  }

  take() {
    const frame = this.spare ?? this.blank();
    this.spare = this.blank();
    return frame;
  }

  /** Make a task ready behind what is shown. @param {object} task @param {object} setup */
  prepare(task, setup) {
    if (this.byKey.has(task.key)) return this.byKey.get(task.key);
    const frame = this.take();
    this.byKey.set(task.key, frame);
    frame.element.classList.toggle("below-line", Boolean(setup.proposed));
    for (const type of ["changed", "submit", "key", "failed", "height", "blocked", "trouble", "pong"]) {
      frame.on(type, (message) => this.listener[type]?.(task, message, frame));
    }
    frame.ready.then((message) => {
      end(task.key);
      this.listener.ready?.(task, message, frame);
    });
    this.load(frame, task, setup);
    return frame;
  }

  async load(frame, task, setup) {
    try {
      const modules = await moduleTexts(this.moduleUrls, task.html, this.common.mark ? ["crowd/deter"] : []);
      await frame.loaded;
      if (this.byKey.get(task.key) === frame) begin(task.key);
      await frame.load({ html: task.html, modules, setup: { words: frameWords(), ...this.common, ...setup } });
    } catch (error) {
      this.listener.broken?.(task, error);
    }
  }

  hide(frame) {
    frame.element.inert = true;
    frame.element.classList.remove("shown");
  }

  /** Put a prepared task on screen: one swap of classes. @param {string} key @param {object} message for the frame */
  show(key, message = {}) {
    const frame = this.byKey.get(key);
    if (this.shown && this.shown !== frame) this.hide(this.shown);
    this.shown = frame;
    frame.element.inert = false;
    frame.element.classList.add("shown");
    // Until its keys are listened to they would be lost in there; the page takes those that are its own.
    frame.ready.then(() => {
      if (this.shown !== frame) return; // left before it stood: told that it is shown, it would take the keys
      if (!document.querySelector("dialog[open]")) frame.element.focus({ preventScroll: true });
      frame.post("show", message);
    });
  }

  /** Pass a key on to the task on screen. */
  press(key) { this.shown?.post("press", { key }); }

  drop(key) {
    const frame = this.byKey.get(key);
    if (!frame) return;
    this.byKey.delete(key);
    end(key);
    this.hide(frame);
    if (this.shown === frame) this.shown = null;
    // Not at once: the key that ended the task is still down in it, and a browser wants to tell it the rest.
    setTimeout(() => frame.remove(), REST_MS);
  }

  hideShown() {
    if (this.shown) this.hide(this.shown);
    this.shown = null;
  }

  /** Take every frame away at once, the blank one too. */
  reset() {
    for (const [key, frame] of this.byKey) end(key), frame.remove();
    this.spare?.remove();
    this.byKey.clear();
    this.shown = this.spare = null;
  }

  /** Drop every prepared task but these. @param {string[]} keys */
  keep(keys) {
    for (const key of [...this.byKey.keys()]) if (!keys.includes(key)) this.drop(key);
  }

  /** The worker's own keys changed. @param {Record<string, string>} keys */
  rekey(keys) {
    this.common = { ...this.common, keys };
    for (const frame of this.byKey.values()) frame.post("keys", { keys });
  }

  retheme() {
    for (const frame of this.byKey.values()) frame.post("theme", { css: themeCss() });
  }
}
