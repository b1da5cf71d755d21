// A task whose picture did not load: its signed address may have ended. The task is asked for anew and its frame reloaded.

const AGAIN_MS = 60_000; // a picture that is gone must not make the page ask on and on

/**
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
