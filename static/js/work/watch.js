// A task that never stands, or falls silent: asked for signs of life, told to the worker with ways out, reported.

import { failedBefore, forget } from "./opening.js";
import { word } from "./words.js";

const TICK_MS = 1_000;
const OPEN_MS = 15_000; // modules, loader and task are there by then, or the network is away
const SILENT_MS = 10_000; // a script that works for so long has lost its worker
const GONE_MS = 1_500; // until a browser ends the process of frames that are all taken out

export class Watch {
  /** @param {object} page the labelling page */
  constructor(page) {
    this.page = page;
    this.last = performance.now();
    this.waited = 0;
    this.told = false;
    setInterval(() => this.tick(), TICK_MS);
  }

  // Only what passes while somebody looks counts: a browser puts hidden pages, and sleeping machines, to rest.
  tick() {
    const now = performance.now();
    const passed = Math.min(now - this.last, 2 * TICK_MS);
    this.last = now;
    const { frames, paused } = this.page;
    const frame = frames.shown;
    if (frame !== this.frame) this.begin(frame);
    if (!frame || document.hidden || paused || this.told) return this.ask(frame);
    this.waited += passed;
    if (this.waited > (frame.isReady ? SILENT_MS : OPEN_MS)) this.tell(frame.isReady ? "silent" : "unopened");
    this.ask(frame);
  }

  ask(frame) { if (frame?.isReady) frame.post("ping"); }

  begin(frame) {
    Object.assign(this, { frame, waited: 0, told: false });
  }

  /** A frame answered. @param {object} frame */
  heard(frame) {
    if (frame !== this.frame) return;
    this.waited = 0;
    if (this.told) this.page.panel.clear();
    this.told = false;
  }

  /** Whether a task is not to be opened: it took its page along, or may stop the one in hand. @param {object} task */
  holdsBack(task) { return failedBefore(task.key) || Boolean(task.suspect && task !== this.page.current); }

  /** Say so in place of opening it. @param {object} task */
  refuse(task) {
    this.page.frames.hideShown();
    this.begin(null);
    this.say("unopened");
    this.report(task, "unopened");
  }

  tell(what) {
    const { back, current, frames } = this.page;
    if (back.isOpen) return this.leavePast();
    if (what === "silent" && this.setAside(current)) return this.again();
    this.say(what);
    if (frames.byKey.get(current.key)?.isLoaded) this.report(current, what); // else it is the network's doing
  }

  // A browser may let all tasks of a page share one process: then the next, which began when the one on screen stood,
  // can stop that one.
  setAside(current) {
    const { frames, tasks } = this.page;
    const next = tasks.find((task) => task !== current && frames.byKey.get(task.key)?.isLoaded);
    if (!next || frames.byKey.get(next.key).isReady) return false;
    next.suspect = true;
    this.report(next, "unopened");
    return true;
  }

  say(what) {
    this.told = true;
    this.page.panel.stuck(what);
    if (this.page.config.preview) this.page.reports.take({ kind: "error", text: word(`${what}-title`) });
  }

  leavePast() {
    this.page.back.leave();
    this.page.panel.trouble(word("past-stuck"));
    this.again();
  }

  async report(task, what) {
    if (this.page.config.preview || task.reported) return;
    task.reported = true;
    try {
      await this.page.api.post("stuck", { key: task.key, what });
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      task.reported = false;
    }
  }

  /** Begin anew with the task in hand: all frames go, so that the browser ends the process of the one that hangs. */
  async again() {
    const { page } = this;
    if (page.current) forget(page.current.key);
    page.frames.reset();
    page.panel.opening();
    this.begin(null);
    await new Promise((resolve) => setTimeout(resolve, GONE_MS));
    if (page.frames.shown) return;
    page.prepare();
    page.showCurrent();
  }
}
