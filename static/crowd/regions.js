// Instruction regions: plain unknown elements inside a widget or the form. The page shows them beside the task, so
// they travel as a tree of plain values; a region that holds controls stays in the frame, where it can submit.

import { make } from "crowd/element";

const NAMES = { short: ["short-instructions", "short-summary"], full: ["full-instructions", "detailed-instructions"] };
const CONTROLS = "input, select, textarea, button, form";
const SKIPPED = new Set(["script", "style", "template", "iframe", "object", "embed"]);

const isLive = (region) =>
  region.querySelector(CONTROLS) !== null || [...region.querySelectorAll("*")].some((node) => node.localName.startsWith("crowd-"));

function plain(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.has(node.localName)) return null;
  const tree = { tag: node.localName, children: plainChildren(node) };
  if (node.localName === "img") Object.assign(tree, { src: node.getAttribute("src") ?? "", alt: node.alt });
  if (node.localName === "a") tree.href = node.getAttribute("href") ?? "";
  return tree;
}

const plainChildren = (node) => [...node.childNodes].map(plain).filter((child) => child !== null);

function collectKind(root, names) {
  const found = [...root.querySelectorAll(names.join(","))];
  for (const region of found.filter(isLive)) region.classList.add("crowd-region-live");
  return found
    .filter((region) => !isLive(region))
    .map((region) => {
      region.hidden = true;
      return { header: region.getAttribute("header") ?? "", children: plainChildren(region) };
    })
    .filter(({ children }) => children.some((child) => typeof child !== "string" || child.trim() !== ""));
}

/**
 * Take the instruction regions out of sight and return them.
 * @param {Element} root
 * @returns {{short: object[], full: object[]}}
 */
export function collectRegions(root) {
  return { short: collectKind(root, NAMES.short), full: collectKind(root, NAMES.full) };
}

// What holds each kind of region in a widget; templates of others find the two by these class names, to style them.
const HOLDERS = { live: "awsui-app-layout__navigation", "live-full": "awsui-modal-dialog" };

/**
 * Make the regions that hold controls visible inside the widget's shadow root: short and full ones each get a slot.
 * @param {HTMLElement} host
 * @param {Element} place where in the shadow root
 */
export function slotLiveRegions(host, place) {
  for (const region of host.querySelectorAll(":scope > .crowd-region-live")) {
    region.slot = NAMES.full.includes(region.localName) ? "live-full" : "live";
  }
  if (place.querySelector("slot")) return;
  place.append(...Object.entries(HOLDERS).map(([name, holder]) => make("div", { class: holder }, [make("slot", { name })])));
}
