// Evaluated in the frame: picks what nothing is picked of yet, a category of every classifier, and ranks responses as they stand.
() => {
  for (const node of document.querySelectorAll("crowd-classifier, crowd-classifier-multi-select, crowd-image-classifier, crowd-image-classifier-multi-select")) {
    const chosen = node.shadowRoot?.querySelector('[part="choices"] [aria-checked="true"]');
    if (!chosen) node.shadowRoot?.querySelector('[part="choices"] [aria-checked]:not(:disabled)')?.click();
  }
  for (const { shadowRoot } of document.querySelectorAll("crowd-text-ranking")) {
    const count = (selector) => shadowRoot?.querySelectorAll(selector).length ?? 0;
    for (let respect = 0; respect < count('[role="radio"]'); respect += 1) {
      shadowRoot.querySelectorAll('[role="radio"]')[respect].click();
      if (count('.ranks [aria-pressed="true"]')) continue;
      for (let place = 0; place < count(".card"); place += 1) shadowRoot.querySelectorAll(`.card[data-place="${place}"] .ranks button`)[place].click();
    }
  }
}
