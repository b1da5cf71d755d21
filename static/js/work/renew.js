// Tasks that grew old on the page: a picture whose signed address ended, and what the server took back meanwhile.

import { word } from "./words.js";

const AGAIN_MS = 60_000; // a picture that is gone must not make the page ask on and on

/**
 * Drop what was fetched ahead and is no longer ours, since the page slept or had no network for long.
 * @param {{stale: boolean, sender: object, tasks: object[], frames: object, panel: object, current: object, showCurrent: Function}} page
 * @param {{key: string}[]} held what the server says is in hand
 */
export function dropStale(page, held) {
  if (!page.stale || page.sender.queue.length) return;
  page.stale = false;
  const keys = held.map(({ key }) => key);
  const gone = page.tasks.filter(({ key }) => !keys.includes(key));
  if (!gone.length) return;
  page.tasks = page.tasks.filter((task) => !gone.includes(task));
  for (const { key } of gone) page.frames.drop(key);
  page.panel.trouble(word("taken-back"));
  if (page.current) page.showCurrent();
}

/**
 * A picture did not load: the task is asked for anew and its frame reloaded.
 * @param {object} task whose frame reported the failure
 * @param {{api: object, tasks: object[], config: object, paused: boolean, frames: object, prepare: Function, showCurrent: Function}} page
 */
export async function renewTask(task, page) {
  const isDue = !task.renewed || performance.now() - task.renewed > AGAIN_MS;
  // While paused nothing is asked: being handed tasks would end the pause.
  if (task.past || page.config.preview || page.paused || !isDue) return;
  task.renewed = performance.now();
  const fresh = await askFor(task, page.api);
  if (!fresh || !page.tasks.includes(task)) return;
  task.html = fresh.html;
  const isShown = page.frames.shown === page.frames.byKey.get(task.key);
  page.frames.drop(task.key);
  page.prepare();
  if (isShown) page.showCurrent();
}

async function askFor({ key }, api) {
  try {
    const { tasks } = await api.post("claim", {});
    return tasks.find((task) => task.key === key);
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    return null; // the frame says that the picture did not load, and offers to try again
  }
}
