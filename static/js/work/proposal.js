// A task may begin with what the machine thinks, or with a label to be mended, and a line above it says so. Most jobs
// have none of it.

import { announce } from "./dialogs.js";

/**
 * What a task's frame begins with: the worker's own draft, else what is proposed.
 * @param {{draft: object|null, proposal?: object}} task
 * @returns {{answer: object|null, proposed?: boolean}}
 */
export function beginWith({ draft, proposal }) {
  return proposal ? { answer: draft ?? proposal, proposed: true } : { answer: draft };
}

export class Proposal {
  constructor() {
    this.line = document.getElementById("proposal");
  }

  /** Say it above the task on screen, and to screen readers, or be silent. @param {{proposal?: object}|null|undefined} task */
  show(task) {
    if (!this.line) return;
    const isProposed = Boolean(task?.proposal);
    this.line.classList.toggle("told", isProposed);
    const key = "mend" in this.line.dataset ? "to-mend" : "proposed";
    if (isProposed) announce(key);
  }
}
