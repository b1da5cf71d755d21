// One sandboxed frame: it loads the tiny loader, gets the elements' texts and the task, and talks through a port.

const TOKENS = [
  "bg", "surface", "sunken", "float", "hover", "line", "line-strong", "text", "text-2", "text-3", "accent", "accent-strong",
  "accent-soft", "on-accent", "info", "info-soft", "good", "good-soft", "warn", "warn-soft", "bad", "bad-soft", "bad-fill",
  "on-bad", "machine", "machine-soft", "shade", "on-shade", "stage", "hair", "cat-1", "cat-2", "cat-3", "cat-4", "cat-5",
  "cat-6", "cat-7", "cat-ink", "cat-edge", "font", "mono", "t-1", "t-2", "t-h2", "lift", "radius", "radius-s",
];
const LOADER_PATIENCE_MS = 4_000;
// Templates bring Amazon's bundle; ours stands in its place, and the frame's policy would only complain of it.
const BUNDLE = /<script\b[^>]*\bassets\.crowd\.aws\/[^>]*>\s*<\/script\s*>|<link\b[^>]*\bassets\.crowd\.aws\/[^>]*>/gi;
const texts = new Map();

const IMPORTED = /(?:from|import)\s*"((?:crowd|geometry)\/[\w-]+)"/g;
const ELEMENT = /\b(?:crowd-([a-z][a-z-]*)|(iron-icon)\b)/gi;
// Imported only when there is use for it: sent along only where the task names it.
const IMPORTED_LATER = /import\("((?:crowd|geometry)\/([\w-]+))"\)/g;

/**
 * The modules that a task needs, as text, each fetched once: the elements that its HTML names, and what they import.
 * @param {Record<string, string>} urls bare name to address
 * @param {string} html
 * @param {string[]} [more] further modules by name
 * @returns {Promise<Record<string, string>>}
 */
export async function moduleTexts(urls, html, more = []) {
  const found = {};
  let names = ["crowd/start", ...more, ...[...html.matchAll(ELEMENT)].map(([, name, icon]) => `crowd/${(name ?? icon).toLowerCase()}`)];
  while (names.length) {
    const fresh = [...new Set(names)].filter((name) => urls[name] && !(name in found));
    Object.assign(found, await fetchTexts(fresh.map((name) => [name, urls[name]])));
    names = fresh.flatMap((name) => importsOf(found[name], html));
  }
  return found;
}

function importsOf(text, html) {
  const later = [...text.matchAll(IMPORTED_LATER)].filter(([, , word]) => new RegExp(`\\b${word}\\b`).test(html));
  return [...text.matchAll(IMPORTED), ...later].map(([, name]) => name);
}

/** @param {[string, string][]} wanted names with addresses @returns {Promise<Record<string, string>>} */
async function fetchTexts(wanted) {
  const fetchText = async (url) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response.text();
  };
  const load = async ([name, url]) => {
    if (!texts.has(url)) texts.set(url, fetchText(url).catch((error) => { texts.delete(url); throw error; }));
    return [name, await texts.get(url)];
  };
  return Object.fromEntries(await Promise.all(wanted.map(load)));
}

/** The theme as CSS for a frame: the tokens as they stand, and which of their two sides is meant. */
export function themeCss(element = document.body) {
  const style = getComputedStyle(element);
  const tokens = TOKENS.map((name) => `--${name}:${style.getPropertyValue(`--${name}`)}`);
  return `:root{color-scheme:${style.colorScheme};${tokens.join(";")}}`;
}

export class Frame {
  /** @param {{loader: string, title: string, place: Element}} options */
  constructor({ loader, title, place }) {
    this.listeners = new Map();
    this.element = document.createElement("iframe");
    this.element.className = "task-frame";
    this.element.title = title;
    this.element.setAttribute("sandbox", "allow-scripts allow-forms");
    this.element.src = loader;
    this.loaded = new Promise((resolve) => this.awaitLoader(resolve));
    this.isLoaded = this.isReady = false;
    this.ready = new Promise((resolve) => this.on("ready", (message) => { this.isReady = true; resolve(message); }));
    place.append(this.element);
  }

  awaitLoader(resolve) {
    this.onMessage = ({ source, data }) => {
      if (source !== this.element.contentWindow || data?.type !== "loader") return;
      removeEventListener("message", this.onMessage);
      clearInterval(this.patience);
      resolve();
    };
    addEventListener("message", this.onMessage);
    // Without a network the loader may not come: ask again until it does.
    this.patience = setInterval(() => { this.element.src = this.element.src; }, LOADER_PATIENCE_MS);
  }

  /** @param {string} type @param {(message: object) => void} listener */
  on(type, listener) { this.listeners.set(type, listener); }

  /**
   * Write the task into the frame.
   * @param {{html: string, modules: Record<string, string>, setup: object}} task
   */
  async load({ html, modules, setup }) {
    await this.loaded;
    const channel = new MessageChannel();
    this.port = channel.port1;
    this.port.onmessage = ({ data }) => this.listeners.get(data?.type)?.(data);
    const load = { type: "load", html: html.replace(BUNDLE, ""), modules, setup: { css: themeCss(), lang: document.documentElement.lang, dir: document.documentElement.dir, ...setup } };
    // The frame's origin is opaque, so no address can be named; the port goes to this window alone.
    this.isLoaded = true;
    this.element.contentWindow.postMessage(load, "*", [channel.port2]);
  }

  post(type, body = {}) { this.port?.postMessage({ type, ...body }); }

  remove() {
    removeEventListener("message", this.onMessage);
    clearInterval(this.patience);
    this.port?.close();
    this.element.remove();
  }
}
