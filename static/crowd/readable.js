// A template made for a light page may bring a light ground and leave the ink to the page, or the other way round. In a
// dark theme nobody could read that: such a task is shown by day.

const LEAST = 2; // contrast under which a text is as good as not there
const LOOKED_AT = 2_000; // elements
const DAY = ":root { color-scheme: light only; }";

const channels = (color) => (/^rgba?\(/.test(color) ? color.match(/[\d.]+/g).map(Number) : []);

function luminance([red, green, blue]) {
  const linear = (value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const isSeen = (color) => color.length === 3 || color[3] > 0.5;

// What a node stands on is not its parent where it is shown in a slot of it.
const below = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;

function groundOf(node, known) {
  if (!node) return null;
  if (!known.has(node)) {
    const own = channels(getComputedStyle(node).backgroundColor);
    known.set(node, own.length && isSeen(own) ? own : groundOf(below(node), known));
  }
  return known.get(node);
}

const hasInk = (node) => node.localName.startsWith("crowd-") || [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());

function isUnreadable(node, known) {
  const ink = channels(getComputedStyle(node).color);
  const ground = groundOf(node, known);
  return ground !== null && ink.length > 0 && isSeen(ink) && contrast(ink, ground) < LEAST;
}

function isNight() {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "light-dark(#000, #fff)";
  const [red] = channels(getComputedStyle(probe).color);
  probe.remove();
  return red === 255;
}

/** Show the task by day where its own colours cannot be read by night. @param {HTMLStyleElement} day empty, after the theme */
export function keepReadable(day) {
  day.textContent = "";
  if (!isNight()) return;
  const known = new Map();
  const nodes = [...document.body.querySelectorAll("*:not(script, style, template)")].slice(0, LOOKED_AT);
  if (nodes.some((node) => hasInk(node) && isUnreadable(node, known))) day.textContent = DAY;
}
