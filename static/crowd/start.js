// First module of the frame: styles, the elements that this task uses, then word to the page that it stands.

import { hear, open, settings, tell } from "crowd/host";
import { page } from "crowd/styles";
import { collectRegions } from "crowd/regions";
import { keepReadable } from "crowd/readable";
import { moveInto } from "crowd/moving";
import "crowd/form";
import "crowd/leaving";
import "crowd/notice";
import { tellTroubles } from "crowd/troubles";

const available = new Set(settings.modules ?? []);
const asked = new Set(["crowd-form"]);
const CONTROLS = "input:not([type=hidden]), select, textarea";

const tagsWaiting = () =>
  [...new Set([...document.querySelectorAll(":not(:defined)")].map((node) => node.localName))]
    .filter((tag) => (tag.startsWith("crowd-") || tag === "iron-icon") && !asked.has(tag));

async function loadElements() {
  for (let tags = tagsWaiting(); tags.length; tags = tagsWaiting()) {
    tags.forEach((tag) => asked.add(tag));
    const modules = tags.map((tag) => `crowd/${tag.replace(/^crowd-/, "")}`);
    await Promise.all(modules.filter((name) => available.has(name)).map((name) => import(name)));
  }
}

/**
 * Let the answer of a page without crowd-form go the way of all. One tool has no form around it in a template, pages
 * made for other services have a plain one, and a page of controls alone has none.
 */
function wrapLoose() {
  if (document.querySelector("crowd-form")) return;
  const alone = document.querySelector("crowd-entity-annotation");
  const plain = document.querySelector("form");
  if (alone) wrap([alone], null);
  else if (plain) wrap([plain], plain);
  else if (document.querySelector(CONTROLS) || tagsWaiting().length) wrap([...document.body.childNodes], null);
}

function wrap(nodes, given) {
  const form = document.createElement("crowd-form");
  form.given = given;
  nodes[0].before(form);
  if (given) return;
  moveInto(form.form, nodes);
  if (form.footer) form.form.append(form.footer);
}

const day = document.createElement("style");

function styleDocument() {
  const base = document.createElement("style");
  const theme = document.createElement("style");
  base.textContent = page;
  theme.textContent = settings.css ?? "";
  document.head.prepend(theme, day, base);
  hear("theme", ({ css }) => {
    theme.textContent = css;
    keepReadable(day);
  });
}

function reportHeight() {
  const height = () => tell("height", { px: Math.ceil(document.documentElement.scrollHeight) });
  new ResizeObserver(height).observe(document.body);
}

styleDocument();
if (settings.mark) await import("crowd/deter");
for (const name of ["lang", "dir"]) if (settings[name]) document.documentElement[name] = settings[name];
wrapLoose();
const regions = collectRegions(document.body);
await loadElements();
// Templates may add elements while the worker is at it, an alert for instance.
new MutationObserver(loadElements).observe(document.body, { childList: true, subtree: true });
const form = document.querySelector("crowd-form");
form?.settle();
keepReadable(day);
open();
tellTroubles();
document.dispatchEvent(new CustomEvent("all-crowd-elements-ready"));
const unknown = [...asked].filter((tag) => !customElements.get(tag));
tell("ready", { regions, fill: form?.hasAttribute("data-fill") ?? false, unknown, keyWords: form?.keyWords ?? [], fixedKeyWords: form?.fixedKeyWords ?? [] });
reportHeight();
