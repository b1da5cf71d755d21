// What stands in place of a task (opening, none left, waiting for the network) and what is said above one.

import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Panel {
  /** @param {{onAgain: () => void}} options */
  constructor({ onAgain }) {
    this.node = byId("panel");
    this.banner = byId("trouble");
    this.node.querySelector("[data-again]").addEventListener("click", onAgain);
    this.banner.querySelector("[data-dismiss]").addEventListener("click", () => this.dismiss());
  }

  say(key, { again = false, home = false } = {}) {
    this.node.hidden = false;
    this.node.querySelector("h2").textContent = word(`${key}-title`);
    this.node.querySelector("p").textContent = word(`${key}-text`);
    this.node.querySelector("[data-again]").hidden = !again;
    this.node.querySelector("[data-home]").hidden = !home;
  }

  opening() { this.say("opening"); }
  none() { this.say("none", { again: true, home: true }); }

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
