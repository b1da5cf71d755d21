// Keys of the page itself. The frame sends those that its tool does not use; the page sends it the rest.

const TYPING = "input, textarea, select, [contenteditable], summary";

/**
 * @param {{acts: Record<string, () => void>, forward: (key: string) => void}} options
 * @returns {(key: string) => boolean} also for keys that come from the frame
 */
export function listenToKeys({ acts, forward }) {
  const press = (key) => {
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    if (!act || document.querySelector("dialog[open]")) return false;
    act();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
    else if (event.key.length === 1 && event.key !== " ") forward(event.key);
  });
  return press;
}
