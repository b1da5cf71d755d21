// The queue of acts: each is kept on the device first and repeated with the same key until the server has it.

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const SLOW_MS = 3_000; // then the page says that the answer is kept here, and goes on waiting for the reply
const FIRST_PATIENCE_MS = 8_000; // a connection that died without a word is given up then; a slow one gets longer each time
const LONGEST_PATIENCE_MS = 60_000;

/**
 * url: where it goes, since another job's page, or Home, may be the one that sends it at last.
 * @typedef {{n: number, kind: "submit"|"decline"|"release"|"correct", url: string, key: string, body: object, task: object, summary: string, at: string}} Item
 */

export class Sender {
  /**
   * @param {{store: object, api: object, listener: {onState: Function, onStored: Function, onReturned: Function, onLost: Function}}} parts
   */
  constructor({ store, api, listener }) {
    Object.assign(this, { store, api, listener });
    this.queue = [];
    this.state = "saved";
    this.wait = FIRST_WAIT_MS;
    this.patience = FIRST_PATIENCE_MS;
    this.running = null;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.tell());
  }

  /** Take up what an earlier visit left unsent. */
  async open() {
    this.queue = (await this.store.unsent.all()).sort((a, b) => a.n - b.n);
    if (this.queue.length) this.state = "offline"; // kept here until the page begins to send
    this.tell();
    return this.queue;
  }

  /** Keep the act on the device, then send it. @param {Omit<Item, "n"|"at"|"url">} act */
  async add(act) {
    const n = Math.max(Date.now(), (this.queue.at(-1)?.n ?? 0) + 1);
    const item = { ...act, n, url: this.api.urls[act.kind], at: new Date().toISOString() };
    this.queue.push(item);
    this.tell();
    item.kept = this.store.unsent.put(this.plain(item));
    await item.kept;
    await this.store.drafts.delete(item.key);
    await this.run();
  }

  plain({ kept, ...item }) { return item; }

  /** Send now whatever waits: the network is back, or the worker signed in. */
  hurry() {
    clearTimeout(this.timer);
    this.wait = FIRST_WAIT_MS;
    return this.run();
  }

  /** Send the queue in order; resolves when it is empty or has to wait. */
  run() {
    this.running ??= this.drain().finally(() => { this.running = null; });
    return this.running;
  }

  async drain() {
    clearTimeout(this.timer);
    while (this.queue.length) {
      const item = this.queue[0];
      this.change("sending");
      if (!(await this.send(item))) return;
      this.wait = FIRST_WAIT_MS;
    }
    this.change("saved");
  }

  // Returns whether the queue may go on.
  async send(item) {
    await item.kept;
    try {
      const reply = await this.post(item);
      this.patience = FIRST_PATIENCE_MS;
      await this.forget(item);
      this.listener.onStored(item, reply);
      return true;
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      return this.bear(item, trouble);
    }
  }

  /** Whether an act is of another job than this page's. @param {Item} item */
  isForeign({ kind, url }) { return url !== this.api.urls[kind]; }

  async post(item) {
    const slow = setTimeout(() => this.change("offline"), SLOW_MS);
    const body = this.isForeign(item) ? { ...item.body, next: false } : item.body;
    try {
      return await this.api.postTo(item.url, body, { patience: this.patience });
    } finally {
      clearTimeout(slow);
    }
  }

  async bear(item, trouble) {
    if (trouble.kind === "offline") return this.retryLater();
    if (trouble.kind === "signin") return this.change("signin", trouble.message), false;
    const isReturned = trouble.kind === "returned" && item.kind === "submit" && !this.isForeign(item);
    // Not to be lost between two places: it is kept in the second before it leaves the first.
    if (isReturned) await this.store.drafts.put({ key: item.key, answer: item.body.answer });
    else if (item.body.answer) await this.store.kept.put({ ...this.plain(item), reason: trouble.message, status: trouble.status });
    await this.forget(item);
    if (isReturned) this.listener.onReturned(item, trouble);
    else this.listener.onLost(item, trouble);
    return true;
  }

  async forget(item) {
    this.queue.shift();
    await this.store.unsent.delete(item.n);
  }

  retryLater() {
    this.change("offline");
    const jitter = 0.75 + Math.random() / 2;
    this.timer = setTimeout(() => this.run(), this.wait * jitter);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    this.patience = Math.min(this.patience * 2, LONGEST_PATIENCE_MS);
    return false;
  }

  change(state, why) {
    this.state = state;
    this.tell(why);
  }

  tell(why) { this.listener.onState(this.state, this.queue.length, why); }

  /** @param {string} key */
  isWaiting(key) { return this.queue.some((item) => item.key === key && item.kind !== "correct"); }
}
