// Which key picks which category: digits first, then letters that no tool and no page uses.

const DIGITS = "1234567890";
const KEYS = [...DIGITS, ..."qwertyasjkmo"];

/** @param {unknown} entry a category as templates write it @returns {string} */
export function categoryText(entry) {
  return typeof entry === "object" && entry !== null ? String(entry.label ?? entry.text ?? "") : String(entry);
}

/**
 * The key of each category, in order: a category named by a digit has its own, the others take what is free.
 * @param {string[]} categories @param {string} [taken] letters that the tool needs itself
 * @returns {(string|undefined)[]}
 */
export function keysOf(categories, taken = "") {
  const named = new Set(categories.filter((category) => category.length === 1 && DIGITS.includes(category)));
  const free = KEYS.filter((key) => !named.has(key) && !taken.includes(key));
  return categories.map((category) => (named.has(category) ? category : free.shift()));
}

/** A label of the text tool as templates write it: a text, or an object with names to show. @param {unknown} entry */
export function labelOf(entry) {
  if (typeof entry !== "object" || entry === null) return { label: String(entry), full: String(entry), short: String(entry) };
  const label = String(entry.label ?? "");
  const full = String(entry.fullDisplayName || label);
  return { label, full, short: String(entry.shortDisplayName || full) };
}
