// Keys of the page itself. The frame sends those that its tool does not use; the page sends it the rest.

const TYPING = "input, textarea, select, [contenteditable], summary";

/** The worker's own keys, on this page: by the key that an act has in itself, the one that stands for it now. */
export class OwnKeys {
  /** @param {Record<string, string>} [keys] */
  constructor(keys = {}) { this.own = { ...keys }; }

  nameOf(canonical) { return Object.hasOwn(this.own, canonical) ? this.own[canonical] : canonical; }

  canonicalOf(pressed) { return Object.keys(this.own).find((canonical) => this.own[canonical] === pressed) ?? pressed; }

  /** Let a key stand for an act. Whatever it stood for takes the act's former key. @returns {string} that other act */
  set(canonical, key) {
    const [other, former] = [this.canonicalOf(key), this.nameOf(canonical)];
    Object.assign(this.own, { [other]: former, [canonical]: key });
    for (const [act, now] of Object.entries(this.own)) if (act === now) delete this.own[act];
    return other;
  }

  reset() { this.own = {}; }
}

/**
 * @param {{acts: Record<string, () => void>, forward: (key: string) => void, own: OwnKeys}} options
 * @returns {(key: string) => boolean} for keys that come from the frame, already those of acts
 */
export function listenToKeys({ acts, forward, own }) {
  const press = (key) => {
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    if (!act || document.querySelector("dialog[open]")) return false;
    act();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    const key = own.canonicalOf(event.key);
    if (press(key)) event.preventDefault();
    else if (key.length === 1 && key !== " ") forward(key);
  });
  return press;
}
