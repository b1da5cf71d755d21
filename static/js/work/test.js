// A test before the work: the tasks of it have numbers, which stand in the bar, as a test is no secret. How single
// answers were, nobody is told before its end; then the server says where the worker goes on.

import { announce } from "./dialogs.js";
import { word } from "./words.js";

export class Test {
  /** @param {number} of how many tasks the test has that runs; 0 for none */
  constructor(of) {
    this.of = of;
    this.node = document.getElementById("test");
    this.was = false;
  }

  /** Say which task of a test is on screen, or that the test is passed and the work begins. @param {{test?: number}|null|undefined} task */
  show(task) {
    if (!this.node || !task) return;
    const isPassed = this.was && !task.test;
    this.node.hidden = !task.test && !isPassed;
    this.node.classList.toggle("tone-good", isPassed);
    if (task.test) this.node.textContent = word("test", { n: task.test, of: Math.max(this.of, task.test) });
    if (isPassed) this.node.textContent = word("test-passed"), announce("test-over");
    this.was = Boolean(task.test);
  }

  /** Take what the server says of it: how many tasks it has, and where else the worker has to go, once all is sent. */
  follow({ test, go, tasks }, isAllSent) {
    if (test) this.of = test;
    if (go && !tasks.length && isAllSent) location.assign(go);
  }
}
