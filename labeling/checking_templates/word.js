// Evaluated on an element that shows a text: where its first whole word stands, null where none is shown.
(node) => {
  const text = (node.text ?? "").trim().slice(0, 20);
  const walker = document.createTreeWalker(node.shadowRoot ?? node, NodeFilter.SHOW_TEXT);
  const first = text.match(/\p{L}+/u)?.[0];
  while (first && walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(first);
    if (at < 0 || walker.currentNode.parentElement.closest("button, style, h1, h2, label")) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + first.length);
    walker.currentNode.parentElement.scrollIntoView({ block: "center" });
    const { left, right, top, bottom } = range.getClientRects()[0] ?? {};
    return left === undefined ? null : { left, right, y: (top + bottom) / 2 };
  }
  return null;
}
