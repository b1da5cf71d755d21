// Requests of an upload: asked again while the network or the server is away, with waits that grow.

const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];

/** An answer that trying again will not change. */
class Final extends Error {}

/** The server knows another state of this upload: ask where it stands. */
export class Moved extends Error {}

/** The way to the server. Its words: csrf, wordOffline, wordRefused. */
export class Line {
  /** @param {DOMStringMap} words */
  constructor(words) { this.words = words; }

  /**
   * Ask until there is an answer; each wait is longer, and the network's return ends it. Throws Moved and Final.
   * @param {string} method @param {string} url @param {string | Blob} body @returns {Promise<any>} the answer's JSON
   */
  async ask(method, url, body, { conflictIsFinal = false } = {}) {
    for (let tried = 0; ; tried += 1) {
      const response = await this.fetch(method, url, body);
      if (response?.ok) return response.json();
      if (response && response.status < 500 && response.status !== 429) throw await this.refusal(response, conflictIsFinal);
      if (tried >= WAITS_MS.length * 2) throw new Final(this.words.wordOffline);
      await this.pause(WAITS_MS[Math.min(tried, WAITS_MS.length - 1)]);
    }
  }

  /** @param {string} method @param {string} url @returns {Promise<Response | null>} null where nothing answered */
  async fetch(method, url, body) {
    const headers = { "X-CSRFToken": this.words.csrf, "Content-Type": body instanceof Blob ? "application/octet-stream" : "application/json" };
    try {
      return await fetch(url, { method, body, headers, credentials: "same-origin", redirect: "error" });
    } catch {
      return null; // no network, or signed out: a redirect to the sign-in page is an error too
    }
  }

  async refusal(response, conflictIsFinal) {
    const known = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    const message = known?.error?.message ?? this.words.wordRefused;
    return response.status === 409 && !conflictIsFinal ? new Moved(message) : new Final(message);
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }
}
