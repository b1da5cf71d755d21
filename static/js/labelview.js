// A label drawn on its object, read-only, on review and object pages.
//
// <div class="label-view" data-label-view data-frame="/work/frame/" data-modules="ID" data-html="ID" data-answer="ID">
// where the IDs name JSON scripts (json_script): bare name → module address, the rendered template, the answer.

import { Frame, moduleTexts, themeCss } from "./work/frame.js";

const json = (id) => JSON.parse(document.getElementById(id).textContent);

/**
 * Show one label; a second call on the same place replaces the first.
 * @param {HTMLElement} place
 * @param {{loader: string, modules: Record<string, string>, html: string, answer: object, title?: string}} label
 * @returns {Promise<Frame>} when the label is drawn
 */
export async function showLabel(place, { loader, modules, html, answer, title = "" }) {
  const frame = new Frame({ loader, title, place });
  // The page's own keys (next, previous) work while the picture has the focus.
  frame.on("key", ({ key }) => place.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
  frame.on("height", ({ px }) => { if (place.dataset.height === "content") frame.element.height = px; });
  await frame.load({ html, modules: await moduleTexts(modules, html), setup: { mode: "review", instant: false, words: {}, answer } });
  await frame.ready;
  place.labelFrame?.remove();
  place.labelFrame = frame;
  // Shown without a word to the frame: it would take the focus, and the page's own keys with it.
  frame.element.classList.add("shown");
  return frame;
}

function mount(place) {
  const { frame, modules, html, answer, title } = place.dataset;
  return showLabel(place, { loader: frame, modules: json(modules), html: json(html), answer: json(answer), title });
}

/** Mount every label view inside `root`, each once. @param {ParentNode} root */
export function mountLabelViews(root = document) {
  for (const place of root.querySelectorAll("[data-label-view]:not([data-mounted])")) {
    place.dataset.mounted = "";
    mount(place);
  }
}

mountLabelViews();
document.addEventListener("htmx:afterSettle", ({ target }) => mountLabelViews(target));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const place of document.querySelectorAll("[data-label-view]")) place.labelFrame?.post("theme", { css: themeCss(place) });
});
new MutationObserver(() => {
  for (const place of document.querySelectorAll("[data-label-view]")) place.labelFrame?.post("theme", { css: themeCss(place) });
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
