// Evaluated in the frame: picks the first category of every classifier that has none yet.
() => {
  for (const node of document.querySelectorAll("crowd-classifier, crowd-classifier-multi-select, crowd-image-classifier, crowd-image-classifier-multi-select")) {
    const chosen = node.shadowRoot?.querySelector('[part="choices"] [aria-checked="true"]');
    if (!chosen) node.shadowRoot?.querySelector('[part="choices"] [aria-checked]:not(:disabled)')?.click();
  }
}
