// Evaluated in the frame: clicks the first of each row of things that are made to be clicked on, where a script keeps
// the choice in a hidden field.
() => {
  const NOT_NOW = /reset|cancel|clear|delete|remove|skip|close|undo|redo|previous|back|help|instruction|info|example|zoom/i;
  const OURS = "button, a, input, select, textarea, label, summary, option, [contenteditable], crowd-tabs > *, iframe";
  const isEmpty = (node) => ["", "[]", "{}"].includes(node.value) && getComputedStyle(node).display === "none";
  const rows = new Set();
  if (![...document.querySelectorAll("crowd-form input[name]")].some(isEmpty)) return;
  for (const node of document.querySelectorAll("body *")) {
    const row = node.parentElement;
    const isMade = node.hasAttribute("onclick") || (getComputedStyle(node).cursor === "pointer" && getComputedStyle(row).cursor !== "pointer");
    if (!isMade || rows.has(row) || node.localName.startsWith("crowd-") || node.closest(OURS) || !node.checkVisibility()) continue;
    if (NOT_NOW.test([node.id, node.className, node.title, node.textContent].join(" "))) continue;
    rows.add(row);
    node.click();
  }
}
