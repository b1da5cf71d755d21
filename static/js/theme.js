// The theme: auto follows the device, light and dark pin it. Kept on this device, set before the first paint
// (the page loads this module with blocking="render").

const KEY = "groundtruth-theme";
const THEMES = ["light", "dark"];

/** @returns {string} auto, light or dark; auto where the store is closed to us */
function kept() {
  try {
    const theme = localStorage.getItem(KEY);
    return THEMES.includes(theme) ? theme : "auto";
  } catch {
    return "auto";
  }
}

/** @param {string} theme auto, light or dark */
function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A private window forgets the choice with the page.
  }
}

/** @param {string} theme auto, light or dark */
function show(theme) {
  const root = document.documentElement;
  // A page that pins its theme, as the labelling page does, says so with data-theme-fixed.
  if (root.hasAttribute("data-theme-fixed")) return;
  if (THEMES.includes(theme)) root.dataset.theme = theme;
  else delete root.dataset.theme;
}

/** Marks the button of the theme in use. */
function mark() {
  const theme = kept();
  for (const button of document.querySelectorAll("[data-theme-pick]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themePick === theme));
  }
}

show(kept());

addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("[data-themes]")) part.hidden = false;
  mark();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-pick]");
  if (!button) return;
  keep(button.dataset.themePick);
  show(button.dataset.themePick);
  mark();
});

addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  show(kept());
  mark();
});
