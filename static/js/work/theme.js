// The labelling page is dark until the worker says otherwise; the choice is its own, apart from the portal's.

const KEY = "groundtruth-work-theme";

/** @param {() => void} onChange the frames have to follow */
export function wireTheme(onChange) {
  const root = document.documentElement;
  const show = (theme) => {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-work-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.workTheme === theme));
    }
  };
  show(localStorage.getItem(KEY) === "light" ? "light" : "dark");
  for (const button of document.querySelectorAll("[data-work-theme]")) {
    button.addEventListener("click", () => {
      localStorage.setItem(KEY, button.dataset.workTheme);
      show(button.dataset.workTheme);
      onChange();
    });
  }
}
