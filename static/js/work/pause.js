// Pausing: the task is covered and its clock stands still until the worker goes on.

import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

/** Pause, or go on. @param {object} page the labelling page */
export async function togglePause(page) {
  if (!page.current || page.config.preview) return;
  const act = page.paused ? "resume" : "pause";
  try {
    const { left } = await page.api.post(act, { key: page.current.key });
    setPaused(page, !page.paused, left);
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    page.panel.trouble(trouble.message || word("pause-failed"));
  }
}

function setPaused(page, paused, left) {
  page.paused = paused;
  document.body.classList.toggle("paused", paused);
  byId("pause-cover").hidden = !paused;
  byId("object").inert = paused;
  if (paused) return page.timer.stop(), byId("resume").focus();
  page.current.deadline = performance.now() + (left ?? page.timer.secondsLeft) * 1000;
  page.showCurrent();
}
