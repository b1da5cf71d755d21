// Requests to the worker's views, and what went wrong in one of five kinds.

const TIMEOUT_MS = 20_000;
const FINAL = new Set([400, 403, 404, 409, 413, 422]);

/** `kind`: "offline" (try again), "signin" (sign in, then try again), "returned" (mend it), "lost" (never). */
export class Trouble extends Error {
  constructor(kind, message, { status = 0, problems = [] } = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.problems = problems;
  }
}

function cookie(name) {
  return document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

export class Api {
  /** @param {{urls: Record<string, string>, csrf?: string}} config */
  constructor({ urls, csrf }) {
    this.urls = urls;
    this.csrf = csrf ?? "";
  }

  get(name) { return this.ask(this.urls[name], { method: "GET" }); }

  /** @param {{patience?: number}} [options] milliseconds until a silent server counts as no network */
  post(name, body, options = {}) {
    return this.ask(this.urls[name], { method: "POST", body: JSON.stringify(body), ...options });
  }

  async ask(url, options) {
    const response = await this.fetch(url, options);
    if (response.status === 204) return {};
    const body = await this.json(response);
    if (response.ok && body !== null) return body;
    throw this.trouble(response, body);
  }

  async fetch(url, { patience = TIMEOUT_MS, ...options }) {
    const headers = {
      Accept: "application/json", "Content-Type": "application/json",
      "X-CSRFToken": cookie("csrftoken") ?? this.csrf, "X-Requested-With": "XMLHttpRequest",
    };
    try {
      return await fetch(url, { ...options, headers, credentials: "same-origin", signal: AbortSignal.timeout(patience) });
    } catch (error) {
      throw new Trouble("offline", String(error.message ?? error));
    }
  }

  async json(response) {
    if (!response.headers.get("Content-Type")?.includes("json")) return null;
    try {
      return await response.json();
    } catch (error) {
      throw new Trouble("offline", `the answer broke off: ${error.message}`);
    }
  }

  trouble(response, body) {
    const { status } = response;
    const message = body?.error?.message ?? "";
    const details = { status, problems: body?.error?.problems ?? [] };
    // A page where JSON was due is the sign-in page after a redirect, or the refusal of a stale CSRF token.
    const isSignIn = status === 401 || (body === null && (response.ok || status === 403));
    if (isSignIn) return new Trouble("signin", message, details);
    if (status === 400 || status === 413 || status === 422) return new Trouble("returned", message, details);
    if (FINAL.has(status)) return new Trouble("lost", message, details);
    return new Trouble("offline", message || `${status}`, details);
  }

  /** After signing in elsewhere this page's token is stale: take the one of a fresh copy of the page. */
  async refreshToken() {
    const response = await this.fetch(location.href, { method: "GET" });
    const text = await response.text();
    const config = new DOMParser().parseFromString(text, "text/html").getElementById("work-config");
    if (config) this.csrf = JSON.parse(config.textContent).csrf ?? this.csrf;
    return config !== null;
  }
}
