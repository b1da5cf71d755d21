// Which tasks are being opened, noted on the device: where a browser gives a task's frame no process of its own, one
// that never ends takes the page along, and only the next visit can tell.

const OPENING = "groundtruth-work-opening";
const HUNG_MS = 5_000; // younger: another tab may be opening it now, or the worker reloaded in haste
const failed = new Set(Object.entries(noted()).filter(([, at]) => Date.now() - at > HUNG_MS).map(([key]) => key));

// A page that leaves as pages do was not stuck.
addEventListener("pagehide", () => write({}));

/** @param {string} key of a task whose frame is given its content now */
export function begin(key) { write({ ...noted(), [key]: Date.now() }); }

/** @param {string} key of a task that stands, or was taken away */
export function end(key) {
  const { [key]: opened, ...rest } = noted();
  if (opened) write(rest);
}

/** Whether an earlier visit ended while it opened this task. @param {string} key */
export const failedBefore = (key) => failed.has(key);

/** Try it once more. @param {string} key */
export function forget(key) {
  failed.delete(key);
  end(key);
}

function noted() {
  try {
    return Object(JSON.parse(localStorage.getItem(OPENING) ?? "{}"));
  } catch {
    return {}; // no store, or somebody else wrote there
  }
}

function write(keys) {
  try {
    if (Object.keys(keys).length) localStorage.setItem(OPENING, JSON.stringify(keys));
    else localStorage.removeItem(OPENING);
  } catch {
    // A private window may have no store: then it is not noted.
  }
}
