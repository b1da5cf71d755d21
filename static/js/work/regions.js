// A template's instructions as they come out of the frame: a tree of plain values, built anew from harmless tags.

const TAGS = new Set([
  "p", "div", "span", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "code", "pre", "br", "hr", "ul", "ol", "li", "dl", "dt",
  "dd", "blockquote", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6",
]);
const HEADINGS = /^h[1-6]$/;
const DEPTH = 24;

function image({ src, alt }) {
  if (!/^(https?:|data:image\/|blob:)/i.test(src)) return document.createTextNode(alt ?? "");
  const node = document.createElement("img");
  Object.assign(node, { src, alt: alt ?? "", loading: "lazy" });
  return node;
}

function link({ href, children }, depth) {
  const node = document.createElement(/^https?:/i.test(href) ? "a" : "span");
  if (node.localName === "a") Object.assign(node, { href, target: "_blank", rel: "noopener noreferrer" });
  node.append(...children.map((child) => build(child, depth + 1)));
  return node;
}

function build(tree, depth = 0) {
  if (typeof tree === "string") return document.createTextNode(tree);
  if (depth > DEPTH || typeof tree?.tag !== "string" || !Array.isArray(tree.children)) return document.createTextNode("");
  if (tree.tag === "img") return image(tree);
  if (tree.tag === "a") return link(tree, depth);
  // The page has its own headings; an instruction's are below them.
  const tag = HEADINGS.test(tree.tag) ? "h3" : tree.tag;
  const node = TAGS.has(tag) ? document.createElement(tag) : document.createElement("span");
  node.append(...tree.children.map((child) => build(child, depth + 1)));
  return node;
}

/**
 * Show instruction regions in a place of the page.
 * @param {Element} place
 * @param {{header: string, children: object[]}[]} regions
 */
export function showRegions(place, regions) {
  const sections = (Array.isArray(regions) ? regions : []).map(({ header, children }) => {
    const section = document.createElement("section");
    section.className = "region";
    if (header) section.append(Object.assign(document.createElement("h3"), { textContent: String(header) }));
    section.append(...(Array.isArray(children) ? children : []).map((child) => build(child)));
    return section;
  });
  place.replaceChildren(...sections);
  place.hidden = sections.length === 0;
}
