// A task stays in its frame: a link to elsewhere, or a form of the template's own, would take it away with what is filled in.

import { tell } from "crowd/host";

const isHere = (href) => href.startsWith("#") || /^javascript:/i.test(href);

// After the template's own listeners: what they stop or handle is theirs.
addEventListener("click", (event) => {
  const link = event.composedPath().find((node) => node.localName === "a" && node.hasAttribute("href"));
  if (!link || event.defaultPrevented || isHere(link.getAttribute("href").trim())) return;
  event.preventDefault();
  tell("blocked", { address: link.href });
});
addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  event.preventDefault();
  tell("blocked", { address: event.target.action });
});
