// After a miss where the right answer is known, jobs may tell it: a note that takes neither the focus nor a key but Esc.

import { announce } from "./dialogs.js";
import { word } from "./words.js";

const READ_MS = 15_000; // then the next answer takes it away
const note = document.getElementById("missed"); // only where the job tells
let since = 0;

note?.querySelector("[data-close]").addEventListener("click", dismissMissed);

export function dismissMissed() {
  if (note) note.hidden = true;
}

/**
 * Tell a miss that the server's reply names; a reply without one takes away what was long there.
 * @param {{name: string, said: string, answer: string, why: string}|null|undefined} missed
 */
export function tellMissed(missed) {
  if (!note) return;
  if (!missed) {
    if (performance.now() - since > READ_MS) dismissMissed();
    return;
  }
  since = performance.now();
  note.querySelector("[data-told]").textContent = word("missed", missed);
  note.querySelector("[data-why]").textContent = missed.why;
  note.hidden = false;
  announce("missed", missed);
}
