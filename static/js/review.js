// The review page's keys: j and k (or the arrows) move through the sample, also while the picture has the focus.

const isTyping = (target) => target instanceof HTMLElement && target.closest("input, textarea, select") !== null;

document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  for (const link of document.querySelectorAll("a[data-key]")) {
    if (link.dataset.key.split(" ").includes(event.key)) link.click();
  }
});
