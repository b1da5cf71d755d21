// The desk sets a known answer: the task's own tool, begun with the label, and a form that takes over what it submits.

import { Frame, moduleTexts, themeCss } from "./work/frame.js";
import { frameWords } from "./work/words.js";

const byId = (id) => document.getElementById(id);
const { html, answer, modules, frame: loader } = JSON.parse(byId("known-tool").textContent);
const stage = byId("known-stage");
const said = byId("known-said");
const field = byId("known-answer");

/** @param {"changed"|"taken"} key @param {string} [summary] */
function say(key, summary = "") {
  said.textContent = said.dataset[key].replace("{answer}", summary);
}

const frame = new Frame({ loader, title: stage.dataset.title, place: stage });
let first = JSON.stringify(answer);
frame.on("changed", (message) => {
  // A tool tells how it stands as soon as it is begun: that is no change.
  if (JSON.stringify(message.answer) === first) return;
  say("changed");
});
frame.on("submit", (message) => {
  field.value = first = JSON.stringify(message.answer);
  say("taken", message.summary);
  frame.post("reopen");
  byId("known-set").focus();
});
frame.on("key", () => {}); // the page has no keys of its own
await frame.load({ html, modules: await moduleTexts(modules, html), setup: { mode: "work", instant: false, words: frameWords(), answer } });
await frame.ready;
frame.element.classList.add("shown");
frame.post("show", {});
const retheme = () => frame.post("theme", { css: themeCss(stage) });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", retheme);
new MutationObserver(retheme).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
