// Live parts of the customer's pages, which htmx swaps as a whole (portal.js keeps their mark honest): what a person
// opened or focused in them survives the swap, and an answer that is not the part (signed out) loads the page again.

/** What a person changed in the part by hand, kept while it is swapped. */
const kept = { open: /** @type {string[]} */ ([]), focus: "" };

/** @param {Element} details @returns {string} its place: the nearest named ancestor and the words of its summary */
function nameOf(details) {
  const near = details.closest("section, figure");
  const heading = near?.querySelector("h2, figcaption strong")?.textContent ?? "";
  return `${heading}/${details.querySelector("summary")?.textContent ?? ""}`;
}

/** @param {Element} part @returns {string} how to find the focused element again, by its act or its address */
function focusIn(part) {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return "";
  if (focused.matches("summary")) return `summary:${nameOf(focused.parentElement)}`;
  return focused.dataset.opens ? `opens:${focused.dataset.opens}` : `href:${focused.getAttribute("href") ?? ""}`;
}

/** @param {Element} part @param {string} place as focusIn tells it @returns {HTMLElement | undefined} */
function found(part, place) {
  const [kind, name] = [place.slice(0, place.indexOf(":")), place.slice(place.indexOf(":") + 1)];
  const all = [...part.querySelectorAll("summary, [data-opens], a[href]")];
  return all.find((one) => {
    if (kind === "summary") return one.matches("summary") && nameOf(one.parentElement) === name;
    return kind === "opens" ? one.dataset.opens === name : one.getAttribute("href") === name;
  });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part?.matches("[data-live-part]")) return;
  if (event.detail.xhr.status === 200 && !event.detail.xhr.responseText.includes("data-live-part")) {
    event.detail.shouldSwap = false;
    location.reload();
    return;
  }
  kept.open = [...part.querySelectorAll("details[open]")].map(nameOf);
  kept.focus = focusIn(part);
});

document.addEventListener("htmx:afterSwap", () => {
  const part = document.querySelector("[data-live-part]");
  if (!part) return;
  for (const details of part.querySelectorAll("details")) {
    if (kept.open.includes(nameOf(details))) details.open = true;
  }
  if (kept.focus) found(part, kept.focus)?.focus({ preventScroll: true });
  kept.open = [];
  kept.focus = "";
});
