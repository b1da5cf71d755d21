// The only way out of the sandboxed frame: one message port to the page that shows it.
//
// To the page: ready {regions, fill, keyWords, fixedKeyWords}, changed {answer}, submit {answer, summary}, height {px},
//   key {key}, blocked {address}, failed {}, trouble {kind, text}, pong {}
// From the page: show {last}, restore {answer}, review {answer}, theme {css}, reopen {}, keys {keys}, ping {}.

const port = globalThis.crowdPort ?? null;
const setup = globalThis.crowdSetup ?? {};
const listeners = new Map();

/** What the page said when it loaded the task: {mode, instant, words, css, lang, dir, answer, proposed, keys, mark, report}. */
export const settings = { mode: "work", instant: false, words: {}, ...setup };

/**
 * Tell the page something. Without a page (a template opened alone) it becomes an event of the document.
 * @param {string} type
 * @param {object} [body]
 */
export function tell(type, body = {}) {
  if (port) port.postMessage({ type, ...body });
  else document.dispatchEvent(new CustomEvent(`crowd-${type}`, { detail: body }));
}

/** @param {string} type @param {(message: object) => void} listener */
export function hear(type, listener) {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}

// A task is made ready behind the one before it.
const shown = port && settings.mode !== "review" ? new Promise((resolve) => hear("show", resolve)) : Promise.resolve();

/** Do something once a person can see the task. @param {() => void} act */
export function whenShown(act) { shown.then(act); }

hear("ping", () => tell("pong"));

/** Let the page's messages in; called once the elements stand. */
export function open() {
  if (!port) return;
  port.onmessage = ({ data }) => (listeners.get(data.type) ?? []).forEach((listener) => listener(data));
}

/**
 * The worker's own keys: by the key that an act has in itself, the one that stands for it now. Always a permutation, so
 * that every key has one act. Elements know the keys of acts alone; the form translates what is pressed.
 */
const own = new Map();

function takeKeys(keys) {
  own.clear();
  for (const [canonical, key] of Object.entries(keys ?? {})) own.set(canonical, key);
}

takeKeys(setup.keys);
hear("keys", ({ keys }) => takeKeys(keys));

/** The key to show for an act. @param {string} canonical the act's key in itself @returns {string} */
export const keyName = (canonical) => own.get(canonical) ?? canonical;

/** The act's key for a key that is pressed. @param {string} pressed @returns {string} */
export function canonicalKey(pressed) {
  for (const [canonical, key] of own) if (key === pressed) return canonical;
  return pressed;
}

/**
 * A word in the worker's language.
 * @param {string} key
 * @param {string} english
 * @param {Record<string, string|number>} [values] for {name} in the text
 */
export function say(key, english, values = {}) {
  const text = settings.words[key] ?? english;
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}
