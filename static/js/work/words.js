// The page's sentences, translated by the server into <template id="work-words">.

const holder = document.getElementById("work-words");
const words = new Map([...(holder?.content.querySelectorAll("[data-word]") ?? [])].map((node) => [node.dataset.word, node.textContent.trim()]));

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
