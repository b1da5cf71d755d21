// Pausing covers the task. Its time limit runs on, as the timer shows: only the time that counts as work stands still.

import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

/**
 * Pause the task on screen, or go on with it.
 * @param {{api: object, current: object, config: object, paused: boolean, panel: object, timer: object, advance: Function, showCurrent: Function, claim: Function}} page
 */
export async function togglePause(page) {
  if (!page.current || page.config.preview) return;
  const act = page.paused ? "resume" : "pause";
  try {
    const { left } = await page.api.post(act, { key: page.current.key });
    page.current.deadline = performance.now() + left * 1000;
    cover(page, act === "pause");
    page.timer.start(left);
    if (!page.paused) page.showCurrent();
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    if (act === "resume" && trouble.status === 409) await goOnWithoutIt(page);
    else page.panel.trouble(trouble.message || word("pause-failed"));
  }
}

function cover(page, paused) {
  page.paused = paused;
  document.body.classList.toggle("paused", paused);
  byId("pause-cover").hidden = !paused;
  byId("object").inert = paused;
  if (paused) byId("resume").focus();
}

// The task's time ended meanwhile and the server gave it back: it says what is in hand now.
async function goOnWithoutIt(page) {
  cover(page, false);
  page.tasks.length = 0;
  page.frames.keep([]);
  page.timer.clear();
  page.panel.opening();
  page.panel.trouble(word("pause-over"));
  await page.claim();
}
