// Makes saving the object harder, where a job asks for it: no context menu, no dragging out, no print, and a faint mark of
// the worker over it all. It deters; who wants a copy can photograph the screen, and the mark will be on it.

import { settings } from "crowd/host";

const STYLE = `
  .crowd-mark { position: fixed; inset: 0; z-index: 2147483647; pointer-events: none; opacity: 0.09; background-repeat: repeat; }
  @media print { html { display: none; } }
`;

/** @param {string} text @returns {string} a picture of it, aslant, to be repeated */
function tile(text) {
  const safe = text.replace(/[^\w-]/g, "");
  const letters = `<text x="130" y="90" transform="rotate(-24 130 90)" text-anchor="middle" font-family="system-ui, sans-serif" font-size="17"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="260" height="180">${letters} fill="#fff" stroke="#000" stroke-width="3" paint-order="stroke">${safe}</text></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}

const style = document.createElement("style");
style.textContent = STYLE;
const mark = document.createElement("div");
mark.className = "crowd-mark";
mark.setAttribute("aria-hidden", "true");
mark.style.backgroundImage = tile(String(settings.mark ?? ""));
document.head.append(style);
document.documentElement.append(mark); // beside the body, whose children are the template's
for (const type of ["contextmenu", "dragstart"]) addEventListener(type, (event) => event.preventDefault(), true);
