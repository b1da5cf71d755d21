// Arrows through a list: down and on lead to the next one, and "on" is to the left where one writes to the left.

/**
 * @param {string} key @param {Element} list whose direction counts
 * @returns {number|undefined} 1 to the next, -1 to the one before; undefined for any other key
 */
export function stepOf(key, list) {
  const onward = getComputedStyle(list).direction === "rtl" ? -1 : 1;
  return { ArrowDown: 1, ArrowUp: -1, ArrowRight: onward, ArrowLeft: -onward }[key];
}
