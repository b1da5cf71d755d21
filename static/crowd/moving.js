// Putting what stands in the page into another element, without connecting it anew where a browser can do that: a
// template's own element may do in connectedCallback what can be done once (attachShadow).

/** @param {Element} place that stands in the page @param {Node[]} nodes that stand there too */
export function moveInto(place, nodes) {
  // Chromium 156 crashes where a list of suggestions is moved that way before its field.
  const isSafe = place.moveBefore && !document.querySelector("datalist");
  for (const node of nodes) {
    if (isSafe && place.isConnected && node.isConnected) place.moveBefore(node, null);
    else place.append(node);
  }
}
