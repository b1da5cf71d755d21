// The labelling page: what is in hand, what comes next, and the acts on it.

import { Api } from "./api.js";
import { Asking } from "./asking.js";
import { Back } from "./back.js";
import { beat } from "./beat.js";
import { announce, closeDialog, openDialog, showPreviewAnswer, wireDecline, wireDialogs } from "./dialogs.js";
import { Frames } from "./frames.js";
import { Guide } from "./guide.js";
import { Panel } from "./panel.js";
import { listenToKeys, OwnKeys } from "./keys.js";
import { dismissMissed, tellMissed } from "./missed.js";
import { KeysDialog } from "./own-keys.js";
import { togglePause } from "./pause.js";
import { showSaved } from "./saved.js";
import { beginWith, Proposal } from "./proposal.js";
import { readFirst } from "./reading.js";
import { Reports } from "./reports.js";
import { Sender } from "./sender.js";
import { askToSignIn, goOn, wireSignIn } from "./signin.js";
import { openStore } from "./store.js";
import { dropStale, renewTask } from "./renew.js";
import { Test } from "./test.js";
import { wireTheme } from "./theme.js";
import { Timer } from "./timer.js";
import { Watch } from "./watch.js";
import { word } from "./words.js";

const BEAT_MS = 30_000;
const LOOK_AGAIN_MS = 30_000;
const byId = (id) => document.getElementById(id);

class WorkPage {
  constructor(config, store) {
    this.config = config;
    this.store = store;
    this.tasks = [];
    this.today = config.today ?? 0;
    this.left = config.left ?? 0;
    this.last = this.today ? "" : null;
    this.paused = this.draft = this.behind = this.stale = false;
    this.api = new Api(config);
    this.panel = new Panel({ onAgain: () => (this.sender.queue.length ? this.sender.hurry() : this.claim()), onRetry: () => this.watch.again() });
    this.guide = new Guide(store), this.reports = new Reports();
    this.proposal = new Proposal(), this.test = new Test(config.test ?? 0);
    this.asking = new Asking({ api: this.api, isPreview: config.preview, task: () => this.current });
    this.timer = new Timer({ node: byId("timer"), onWarn: () => announce("time-short"), onOver: () => this.panel.trouble(word("time-over")) });
    this.frames = new Frames({ place: byId("object"), loader: config.frame, moduleUrls: config.modules, listener: this.frameListener(), common: { mark: config.mark ?? "", keys: config.keys ?? {}, report: config.preview } });
    this.sender = new Sender({ store, api: this.api, listener: this.senderListener() });
    const goneBack = { onShow: () => (this.panel.clear(), this.proposal.show(null)), onLeave: () => this.showCurrent(), onTrouble: (key) => this.panel.trouble(word(key)) };
    this.back = new Back({ api: this.api, frames: this.frames, sender: this.sender, ...goneBack });
    this.watch = new Watch(this);
    this.wire();
  }

  get current() { return this.tasks[0]; }

  async start() {
    const waiting = await this.sender.open();
    await this.guide.showKept();
    this.asking.take(this.config.questions);
    readFirst({ version: this.config.readFirst ?? "", worker: this.config.worker ?? "", api: this.api, isPreview: this.config.preview });
    this.count();
    await this.add(this.config.tasks ?? []);
    // What an earlier visit left goes first, so that the server gives out what really comes next.
    if (waiting.length) await this.sender.run();
    if (this.tasks.length < 2 && !this.config.preview) await this.claim();
    if (this.config.answer) await this.openAnswer(this.config.answer);
    setInterval(() => beat(this), BEAT_MS);
    setInterval(() => { if (!this.current && !document.hidden) this.claim(); }, LOOK_AGAIN_MS);
  }

  frameListener() {
    return {
      ready: (task, { regions, keyWords, fixedKeyWords, unknown }) => {
        Object.assign(task, { regions, keyWords, fixedKeyWords });
        if (this.config.preview) this.reports.ready(unknown);
        if (task === this.current && !this.back.isOpen) this.showAround(task);
        if (task === this.current) this.panel.clear(), this.prepare();
      },
      pong: (task, message, frame) => this.watch.heard(frame),
      changed: (task, { answer }) => { if (!task.past) this.keepDraft(task, answer); },
      submit: (task, message) => this.onSubmit(task, message),
      key: (task, { key }) => this.press(key),
      failed: (task) => renewTask(task, this),
      trouble: (task, trouble) => this.reports.take(trouble),
      blocked: (task, { address }) => this.panel.trouble(word("link-blocked"), [address]),
      broken: (task, error) => this.panel.trouble(word("broken"), [error.message]),
    };
  }

  senderListener() {
    return {
      onState: (state, waiting, why) => this.onState(state, waiting, why),
      onStored: (item, reply) => this.onStored(item, reply),
      onReturned: (item, trouble) => this.onReturned(item, trouble),
      onLost: (item, trouble) => this.onLost(item, trouble),
    };
  }

  wire() {
    const acts = {
      "?": () => openDialog("keys"), u: () => this.goBack(), Backspace: () => this.goBack(), g: () => this.guide.toggle(),
      d: () => this.decline(), p: () => togglePause(this), i: () => openDialog("full"),
      Escape: () => (this.back.isOpen ? this.back.leave() : (this.panel.dismiss(), dismissMissed())),
    };
    const own = new OwnKeys(this.config.keys);
    this.press = listenToKeys({ acts, forward: (key) => { if (!this.paused) this.frames.press(key); }, own });
    const save = async (keys) => { if (!this.config.preview) await this.api.post("keys", { keys }); };
    this.keys = new KeysDialog({ own, save, onChange: (keys) => this.frames.rekey(keys) });
    for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", () => acts[button.dataset.act]());
    wireDialogs({ onClose: () => this.frames.shown?.element.focus() });
    wireDecline((reason) => this.giveUp("decline", { reason }), () => this.giveUp("release", {}));
    wireSignIn({ api: this.api, again: () => goOn(this) });
    wireTheme(() => this.frames.retheme());
    addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  }

  // --- tasks in hand -------------------------------------------------------------------------------
  async claim() {
    if (this.claiming || this.config.preview) return;
    this.claiming = true;
    try {
      const reply = await this.api.post("claim", {});
      this.behind = false;
      this.take(reply), dropStale(this, reply.tasks);
      this.test.follow(reply, !this.sender.queue.length);
      this.asking.take(reply.questions);
      await this.add(reply.tasks);
      if (!this.current) reply.paused ? this.panel.paused() : this.panel.none();
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      if (trouble.kind === "signin") this.onState("signin", this.sender.queue.length, trouble.message);
      if (!this.current) this.panel.waiting(trouble);
    } finally {
      this.claiming = false;
    }
  }

  /** Take tasks in, but for those in hand and those answered whose answer still waits. */
  async add(tasks) {
    const isNew = ({ key }) => !this.sender.isWaiting(key) && !this.tasks.some((task) => task.key === key);
    const fresh = tasks.filter(Boolean).filter(isNew);
    for (const task of fresh) task.draft = (await this.store.drafts.get(task.key))?.answer ?? task.draft;
    const hadNone = !this.current;
    this.tasks.push(...fresh.filter(isNew));
    this.prepare();
    if (hadNone && this.current) this.showCurrent();
  }

  prepare() {
    const near = this.tasks.slice(0, 2).filter((task) => !this.watch.holdsBack(task));
    this.frames.keep([...near.map(({ key }) => key), this.back.task?.key]);
    for (const task of near) {
      const frame = this.frames.prepare(task, this.setup(task));
      if (!frame.isReady) return; // the next begins when this one stands: tasks may share a process, which one can stop
    }
  }

  setup(task) { return { mode: "work", instant: true, ...beginWith(task) }; }

  showCurrent() {
    const task = this.current;
    this.draft = Boolean(task?.draft);
    this.asking.show();
    this.proposal.show(task), this.test.show(task);
    if (!task) return this.showNone();
    task.deadline ??= performance.now() + (task.left ?? task.seconds) * 1000;
    this.timer.start((task.deadline - performance.now()) / 1000);
    if (this.watch.holdsBack(task)) return this.watch.refuse(task);
    this.frames.prepare(task, this.setup(task));
    this.panel.opening();
    this.frames.show(task.key, { last: this.last });
    this.frames.shown.ready.then(() => { if (task === this.current) this.panel.clear(); });
    this.showAround(task);
    this.onState(this.sender.state, this.sender.queue.length);
  }

  showAround({ regions, keyWords, fixedKeyWords }) {
    this.guide.show(regions);
    this.keys.show(keyWords, fixedKeyWords);
  }

  showNone() {
    this.timer.clear();
    this.panel.opening();
    if (this.config.preview) return this.panel.none();
    if (this.sender.queue.length) return this.panel.waiting({ kind: this.sender.state });
    this.claim();
  }

  advance() {
    this.tasks.shift();
    this.panel.dismiss();
    if (this.watch.told) return this.watch.again();
    this.showCurrent();
    // Clearing up and fetching ahead come after the paint that the worker waits for.
    requestAnimationFrame(() => setTimeout(() => this.prepare()));
  }

  // --- acts ----------------------------------------------------------------------------------------
  onSubmit(task, { answer, summary }) {
    if (task.past) return this.back.correct(task, answer, summary);
    if (this.config.preview) return showPreviewAnswer(answer), this.frames.byKey.get(task.key).post("reopen");
    if (task !== this.current || this.paused) return;
    this.send("submit", task, { answer, next: true }, summary);
    this.last = summary;
    this.count({ today: this.today + 1, left: Math.max(0, this.left - 1) });
    this.advance();
  }

  send(kind, task, body, summary) {
    const { key, id, html, seconds, left, proposal, test } = task;
    return this.sender.add({ kind, key, body: { key, ...body }, task: { key, id, html, seconds, left, proposal, test }, summary });
  }

  decline() {
    if (this.current && !this.back.isOpen && !this.paused) openDialog("decline");
  }

  giveUp(kind, body) {
    if (!this.current) return;
    if (!this.config.preview) this.send(kind, this.current, body, "");
    this.advance();
  }

  async goBack() {
    if (!this.config.preview && !this.paused) await this.back.older();
  }

  // Asked for once: a reload shows the task in hand again.
  async openAnswer(id) {
    history.replaceState(null, "", location.pathname);
    await this.back.open(id);
  }

  async keepDraft(task, answer) {
    task.draft = answer;
    if (this.config.preview || this.sender.isWaiting(task.key)) return;
    await this.store.drafts.put({ key: task.key, answer });
    this.draft = true;
    this.onState(this.sender.state, this.sender.queue.length);
  }

  // --- what the sender says ------------------------------------------------------------------------
  onState(state, waiting, why) {
    showSaved(byId("saved"), { state, waiting, draft: this.draft, lasts: this.store.lasts });
    if (state === "signin") askToSignIn(why);
    else if (state === "saved") closeDialog("signin");
    document.body.dataset.saved = state;
    if (waiting && !this.current && !this.back.isOpen) this.panel.waiting({ kind: state });
  }

  async onStored(item, reply) {
    if (this.sender.isForeign(item)) return;
    this.take(reply);
    tellMissed(reply.missed);
    await this.add([reply.next]);
    // A repeat, a decline and a return bring no next task, though the server may have handed one over: ask what is held.
    if (item.kind !== "correct") this.behind ||= reply.repeat || reply.next === undefined || reply.shown === false;
    this.stale ||= reply.shown === false;
    if ((this.behind || !this.current) && !this.paused && this.sender.queue.length === 0) await this.claim();
  }

  /** The answer cannot be stored as it is: the task comes back on screen with it. */
  onReturned(item, trouble) {
    const task = { ...item.task, draft: item.body.answer };
    if (this.back.isOpen) this.back.leave();
    this.tasks.unshift(task);
    this.frames.drop(task.key);
    this.prepare();
    this.showCurrent();
    this.count({ today: this.today - 1, left: this.left + 1 });
    this.panel.trouble(trouble.message || word("returned"), trouble.problems);
  }

  async onLost(item, trouble) {
    if (item.body.answer) this.panel.trouble(word(trouble.status === 409 ? "late" : "lost"), [trouble.message]);
    else if (trouble.kind === "returned") this.panel.trouble(word("refused"), [trouble.message]);
    if (item.kind === "submit") this.count({ today: this.today - 1, left: this.left });
    await this.guide.showKept();
    if (this.tasks.length < 2) await this.claim();
  }

  take({ today, left }) {
    if (today === undefined) return;
    const waiting = this.sender.queue.filter(({ kind }) => kind === "submit").length;
    this.count({ today: today + waiting, left: Math.max(0, left - waiting) });
  }

  count({ today = this.today, left = this.left } = {}) {
    Object.assign(this, { today, left });
    byId("count").textContent = word("count", { today: today.toLocaleString(), left: left.toLocaleString() });
  }
}

const config = JSON.parse(byId("work-config").textContent);
const page = new WorkPage(config, await openStore(config.worker ?? "me"));
await page.start();
