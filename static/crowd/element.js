// What every crowd- element is: attributes that may hold lenient JSON, properties of the same name, one render.

import { parseLenient } from "crowd/json";
import { shared } from "crowd/styles";

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** @param {string} tag @param {object} attributes @param {(Node|string)[]} children */
export function make(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon from its path data: lines as in the rest of the product, and what is filled. */
export function icon(path, filled = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [d, fill] of [[path, "none"], [filled, "currentColor"]]) {
    const line = svg.appendChild(document.createElementNS(SVG, "path"));
    line.setAttribute("d", d);
    line.setAttribute("fill", fill);
  }
  return svg;
}

/** Whether an icon is given by its address. @param {string} name */
export const isAddress = (name) => /^(https?:|blob:|data:image\/|\/)/i.test(name);

/** An icon's name in words, for those who do not see it. @param {string} name @returns {string} */
export const iconWords = (name) => (isAddress(name) ? "" : name.split(":").at(-1).replaceAll("-", " ").trim());

/** Whether a node is or holds something that a person can act on, or another element of ours. @param {Node} node */
export function holdsControl(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  return [node, ...node.querySelectorAll("*")].some((one) => one.localName.startsWith("crowd-") || one.matches("input, select, textarea, button, form"));
}

export class CrowdElement extends HTMLElement {
  /** Attribute name to kind: "text", "json" or "flag". */
  static attributes_ = {};
  static styles = "";
  /** Whether a child is none of its own, but followed a tag that was written as if it closed itself. */
  static isStray = () => false;

  static get observedAttributes() {
    return Object.keys(this.attributes_);
  }

  /** Make the class the element `tag`, with a property for each attribute. */
  static define(tag) {
    for (const [name, kind] of Object.entries(this.attributes_)) {
      if (camel(name) in this.prototype && name !== "title") continue;
      Object.defineProperty(this.prototype, camel(name), {
        configurable: true,
        get() { return this.read(name, kind); },
        set(value) { this.write(name, kind, value); },
      });
    }
    if (!customElements.get(tag)) customElements.define(tag, this);
  }

  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: this.constructor.formAssociated === true });
    this.parsed = new Map();
    this.queued = false;
    this.locked = false;
  }

  get name() { return this.getAttribute("name") ?? ""; }
  set name(value) { this.setAttribute("name", value); }

  connectedCallback() {
    this.adoptEarlyProperties();
    if (!this.drawn) {
      this.letGo();
      this.drawn = true;
      this.shadowRoot.append(make("style", {}, [shared + this.constructor.styles]));
      this.build();
    }
    this.normalise();
    this.render();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.drawn) return;
    this.parsed.delete(name);
    this.askRender();
  }

  // Nothing closes "<crowd-badge/>" for the parser: what follows became its child, and is put back behind it.
  letGo() {
    const children = [...this.childNodes];
    const first = children.findIndex((node) => this.constructor.isStray(node));
    if (first >= 0) this.after(...children.slice(first));
  }

  // A script of the template that ran before this module set plain properties, which hide the accessors.
  adoptEarlyProperties() {
    for (const name of Object.keys(this.constructor.attributes_).map(camel)) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  // Templates read data attributes back as compact JSON.
  normalise() {
    for (const [name, kind] of Object.entries(this.constructor.attributes_)) {
      if (kind !== "json" || !this.hasAttribute(name)) continue;
      const value = this.read(name, kind);
      if (value !== null) this.setAttribute(name, JSON.stringify(value));
    }
  }

  read(name, kind) {
    if (kind === "flag") return this.hasAttribute(name);
    if (kind === "text") return this.getAttribute(name) ?? "";
    if (!this.parsed.has(name)) this.parsed.set(name, this.parse(name));
    return this.parsed.get(name);
  }

  parse(name) {
    const text = this.getAttribute(name);
    if (text === null || text.trim() === "") return null;
    try {
      return parseLenient(text);
    } catch (error) {
      console.warn(`${this.localName}: ${name} is not JSON: ${error.message}`);
      return null;
    }
  }

  write(name, kind, value) {
    if (kind === "flag") this.toggleAttribute(name, Boolean(value));
    else this.setAttribute(name, kind === "json" ? JSON.stringify(value) : value ?? "");
  }

  askRender() {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      if (this.isConnected) this.render();
    });
  }

  /** The region children of the given name (`full-instructions`), those of nested widgets apart. */
  regions(name) {
    return [...this.children].filter((child) => child.localName === name);
  }

  /** Say that the answer changed: to the template's scripts and, through the form, to the page. */
  changed() {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  get readOnly() { return this.locked; }
  set readOnly(value) {
    this.locked = Boolean(value);
    this.askRender();
  }

  // --- for the elements to fill in -----------------------------------------------------------------
  build() {}
  render() {}
  /** The element's part of the answer, keyed by its name; empty when it has none. */
  collect() { return {}; }
  /** The same while it is unfinished. */
  draft() { return this.collect(); }
  /** Show an earlier answer: the value that stood under this element's name; without one, as it was at first. */
  restore() {}
  /** Show an earlier answer that has nothing under this element's name. */
  restoreNothing() {}
  /** A sentence when the answer cannot be sent yet, else "". */
  problem() { return ""; }
  /** A sentence on what may be a mistake, told once before the answer is sent, else "". */
  warning() { return ""; }
  /** Show a problem or a warning. @param {string} text */
  complain(text) { console.warn(`${this.localName}: ${text}`); }
  /** Return true when the key meant something here. */
  onKey() { return false; }
  /** What its keys do: pairs of key and words, for the list that a worker can change. @returns {[string, string][]} */
  get keyWords() { return []; }
  /** What keys do that are the same for everybody: pairs of keys with spaces between, and words. @returns {[string, string][]} */
  get fixedKeyWords() { return []; }
  /** The same for a key with Ctrl or Command. */
  onChord() { return false; }
}
