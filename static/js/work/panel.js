// What stands in place of a task (opening, none left, waiting for the network) and what is said above one.

import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Panel {
  /** @param {{onAgain: () => void, onRetry: () => void}} options */
  constructor({ onAgain, onRetry }) {
    this.node = byId("panel");
    this.banner = byId("trouble");
    this.node.querySelector("[data-again]").addEventListener("click", onAgain);
    this.node.querySelector("[data-retry]").addEventListener("click", onRetry);
    this.banner.querySelector("[data-dismiss]").addEventListener("click", () => this.dismiss());
  }

  say(key, { again = false, home = false, stuck = false } = {}) {
    this.node.hidden = false;
    this.node.querySelector("h2").textContent = word(`${key}-title`);
    this.node.querySelector("p").textContent = word(`${key}-text`);
    this.node.querySelector("[data-again]").hidden = !again;
    this.node.querySelector("[data-home]").hidden = !home;
    for (const button of this.node.querySelectorAll("[data-stuck]")) button.hidden = !stuck;
  }

  opening() { this.say("opening"); }
  /** @param {"unopened"|"silent"} what is wrong with the task in hand */
  stuck(what) { this.say(what, { stuck: true, home: true }); }
  none() { this.say("none", { again: true, home: true }); }
  /** The worker is paused on this job: their page of jobs says why. */
  paused() { this.say("halted", { home: true }); }

  /** @param {{kind: string}} trouble why no task can be had now */
  waiting({ kind }) {
    if (kind === "sending") this.opening();
    else if (kind === "signin") this.say("signed-out", { again: true });
    else if (kind === "lost") this.say("refused", { again: true, home: true });
    else this.say("offline", { again: true });
  }

  clear() { this.node.hidden = true; }

  /** @param {string} text @param {(string|{message: string})[]} [problems] */
  trouble(text, problems = []) {
    this.banner.hidden = false;
    this.banner.querySelector("p").textContent = text;
    const items = problems.map((problem) => problem?.message ?? problem).filter(Boolean).map(String);
    this.banner.querySelector("ul").replaceChildren(...items.map((item) => Object.assign(document.createElement("li"), { textContent: item })));
  }

  dismiss() { this.banner.hidden = true; }
}
