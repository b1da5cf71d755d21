// Requests to the worker's views, and what went wrong in one of five kinds.

import { word } from "./words.js";

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
  /** @param {{urls: Record<string, string>, csrf?: string, worker?: string}} config */
  constructor({ urls, csrf, worker }) {
    this.urls = urls;
    this.csrf = csrf ?? "";
    this.worker = worker;
  }

  get(name, query = "") { return this.ask(this.urls[name] + query, { method: "GET" }); }

  /** @param {{patience?: number}} [options] milliseconds until a silent server counts as no network */
  post(name, body, options = {}) { return this.postTo(this.urls[name], body, options); }

  postTo(url, body, options = {}) {
    return this.ask(url, { method: "POST", body: JSON.stringify(body), ...options });
  }

  async ask(url, options) {
    const response = await this.fetch(url, options);
    if (response.status === 204) return {};
    const body = await this.json(response);
    if (response.ok && body !== null) return body;
    throw this.trouble(response, body);
  }

  async fetch(url, { patience = TIMEOUT_MS, type = "application/json", ...options }) {
    const headers = {
      Accept: "application/json", "Content-Type": type,
      "X-CSRFToken": cookie("csrftoken") ?? this.csrf, "X-Requested-With": "XMLHttpRequest",
      ...(this.worker ? { "X-Worker": this.worker } : {}), // another's session must not answer for this one
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

  /**
   * Sign in by password, as the sign-in page's form does.
   * @returns {Promise<string[]>} why not; empty when it is done, unless the account asks for more
   */
  async signIn(email, password) {
    const body = new URLSearchParams({ login: email, password });
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    const response = await this.fetch(this.urls.signin, { method: "POST", body: body.toString(), type });
    const said = await this.json(response);
    if (response.ok) return [];
    const { errors = [], fields = {} } = said?.form ?? {};
    const problems = [...errors, ...Object.values(fields).flatMap((field) => field.errors)];
    return problems.length ? problems : [word(response.status === 429 ? "signin-often" : "signin-more")];
  }

  /**
   * After signing in elsewhere this page's token is stale: take the one of a fresh copy of the page.
   * @returns {Promise<boolean>} whether that page is of the one who began here
   */
  async refreshToken() {
    const response = await this.fetch(location.href, { method: "GET" });
    const text = await response.text();
    const node = new DOMParser().parseFromString(text, "text/html").getElementById("work-config");
    const config = node && JSON.parse(node.textContent);
    if (!config || config.worker !== this.worker) return false;
    this.csrf = config.csrf ?? this.csrf;
    return true;
  }
}
