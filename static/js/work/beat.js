// The page's sign of life: the server counts the time of work by it, and it brings answers to the worker's questions.

/**
 * @param {{api: object, asking: object, current: object, config: object, paused: boolean, sender: object, onState: Function}} page
 */
export async function beat(page) {
  if (document.hidden || page.paused || !page.current || page.config.preview) return;
  const { api, asking, sender } = page;
  try {
    const { seen } = asking;
    const reply = await api.post("beat", { key: page.current.key, seen });
    asking.reported(seen);
    asking.take(reply.questions);
    if (!seen.length && asking.seen.length) await beat(page); // an answer just shown: the home page need not tell it
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    if (trouble.kind === "signin") page.onState("signin", sender.queue.length, trouble.message);
  }
}
