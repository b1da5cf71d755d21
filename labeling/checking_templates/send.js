// Evaluated in the frame: presses the next thing that a person would press to send, each once a round; false when there is none left.
(isNewRound) => {
  const memory = Symbol.for("presses of this round");
  if (isNewRound) document[memory] = new Map();
  const presses = document[memory];
  const SUBMITS = 'crowd-button[form-action="submit"], button:not([type]), button[type="submit"], input[type="submit"], input[type="image"]';
  const OTHERS = 'crowd-button:not([form-action]), button[type="button"], input[type="button"], crowd-fab, crowd-icon-button, [role="button"]';
  const SENDS = /submit|send|finish|done|complete|save/i;
  const GOES_ON = /next|continue|proceed|start|begin/i; // pages of one form
  const NOT_NOW = /reset|cancel|clear|delete|remove|skip|close|undo|redo|previous|back|help|instruction|info|example|zoom/i;
  const PAGES = 8;

  const form = document.querySelector("crowd-form");
  const wordsOf = (node) => [node.id, node.getAttribute("name"), node.className, node.title, node.value, node.textContent].join(" ");
  const isSeen = (node) => (form?.reveal?.(node), node.checkVisibility({ visibilityProperty: true }) && !node.disabled);
  const isFresh = (node) => (presses.get(node) ?? 0) < (GOES_ON.test(wordsOf(node)) ? PAGES : 1);
  const all = (selector) => [...document.querySelectorAll(selector)].filter((node) => isFresh(node) && !node.closest("crowd-modal, dialog") && !node.hasAttribute("href"));

  const submits = all(SUBMITS).filter((node) => node.closest("crowd-form"));
  const seen = submits.filter(isSeen);
  const others = all(OTHERS).filter((node) => isSeen(node) && !NOT_NOW.test(wordsOf(node)));
  const named = (nodes) => nodes.filter((node) => SENDS.test(wordsOf(node)));
  const [next] = [...named(seen).toReversed(), ...seen.toReversed(), ...named(others), ...(seen.length ? [] : others), ...submits];
  if (next) {
    presses.set(next, (presses.get(next) ?? 0) + 1);
    next.click();
  } else if (presses.has(form) || !form) {
    return false;
  } else {
    presses.set(form, 1);
    HTMLFormElement.prototype.requestSubmit.call(form.form); // asked, and not told: a template may stop it
  }
  return true;
}
