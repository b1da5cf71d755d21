// The page's sentences, translated by the server, at an address of their own that changes with them: browsers keep them.

const words = new Map(await sentences(document.getElementById("words")?.href));

async function sentences(address) {
  if (!address) return []; // a page that says nothing of its own
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const nodes = page.querySelector("template").content.querySelectorAll("[data-word]");
  return [...nodes].map((node) => [node.dataset.word, node.textContent.trim()]);
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values] for {name} in the sentence
 * @returns {string}
 */
export function word(key, values = {}) {
  return (words.get(key) ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** Words for the elements inside a frame, without their prefix. @returns {Record<string, string>} */
export function frameWords() {
  return Object.fromEntries([...words].filter(([key]) => key.startsWith("crowd.")).map(([key, text]) => [key.slice(6), text]));
}
