// Colours that part: one for each category or instance, as the hex text that answers hold.

const GOLDEN_DEGREES = 137.508;

/** @param {number} hue degrees @param {number} saturation 0..1 @param {number} lightness 0..1 @returns {string} #rrggbb */
export function hex(hue, saturation, lightness) {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n) => {
    const k = (n + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255).toString(16).padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** The colour with a number from 0: neighbours differ much, and none of the first thousand is there twice. */
export function colorOf(number) {
  return hex((number * GOLDEN_DEGREES) % 360, 0.72 - (number % 3) * 0.12, 0.46 + (number % 4) * 0.08);
}

/** Make a colour as templates write it #rrggbb in lower case; null where it is none. @param {unknown} text */
export function plainHex(text) {
  const found = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(String(text).trim());
  if (!found) return null;
  const digits = found[1].length === 3 ? [...found[1]].map((digit) => digit + digit).join("") : found[1];
  return `#${digits.toLowerCase()}`;
}

/** @param {string} color #rrggbb @returns {[number, number, number]} each 0..255 */
export function channels(color) {
  const value = parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * The colours of a job's categories: those that the template gives, else those of the theme, else made ones.
 * @param {number} count @param {string[]} given @param {(number: number) => string} themed #rrggbb or "" by number from 0
 * @returns {string[]} no colour twice
 */
export function palette(count, given, themed) {
  const taken = new Set();
  return Array.from({ length: count }, (_, number) => {
    const wanted = [plainHex(given[number] ?? ""), plainHex(themed(number))].filter(Boolean);
    let color = wanted.find((candidate) => !taken.has(candidate));
    for (let more = number; !color; more += 1) if (!taken.has(colorOf(more))) color = colorOf(more);
    taken.add(color);
    return color;
  });
}
