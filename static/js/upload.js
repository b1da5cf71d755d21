// Sends files into the project's own folder: many, in parts, again from where they stopped, also after a reload.
// Works on every [data-upload] block of templates/batches/_upload.html; without script the block stays hidden.

import { digits, droppedFiles, fingerprint, inputUri } from "./upload_files.js";
import { Line, Moved } from "./upload_line.js";

const AT_ONCE = 3;
const ROWS = 300; // files shown one by one; the total counts them all
const KEPT_DAYS = 7;

// --- one block of the page --------------------------------------------------------------------------

class Uploads {
  /** @param {HTMLElement} block */
  constructor(block) {
    this.block = block;
    this.words = block.dataset;
    this.line = new Line(this.words);
    this.files = new Map(); // by fingerprint: {file, name, sent, uri, state, error, row}
    this.running = 0;
    this.folderUri = "";
    this.folder = this.namedFolder() ?? this.keptFolder();
    this.list = block.querySelector("[data-list]");
    this.drop = block.querySelector("[data-drop]");
    this.listen();
    this.takeUp();
    block.hidden = false;
  }

  listen() {
    for (const input of this.block.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        this.add([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
        input.value = "";
      });
    }
    this.drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.drop.classList.add("is-over");
    });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("is-over"));
    this.drop.addEventListener("drop", async (event) => {
      event.preventDefault();
      this.drop.classList.remove("is-over");
      this.add(await droppedFiles(event.dataTransfer));
    });
    this.block.querySelector("[data-again]").addEventListener("click", () => this.again());
    this.block.querySelector("[data-anew]").addEventListener("click", () => this.beginAnew());
    addEventListener("beforeunload", (event) => {
      if (this.running) event.preventDefault();
    });
    this.block.closest("form")?.addEventListener("submit", () => this.forget());
  }

  field() { return document.querySelector(this.words.fills); }

  /** The folder that the page names already: after Check, and where something had to be mended. */
  namedFolder() { return this.field()?.value.match(/\/in\/(upload-[\da-f-]+)\//)?.[1]; }

  // What was sent into the folder before is part of the batch, so it is shown.
  async takeUp() {
    const response = await this.line.fetch("GET", `${this.words.url}?folder=${encodeURIComponent(this.folder)}`);
    if (!response?.ok) return;
    for (const { name, size, uri, finished } of (await response.json()).uploads) {
      if (!finished || [...this.files.values()].some((item) => item.name === name)) continue;
      const item = { file: { size }, name, sent: size, uri, state: "done", error: "", row: this.addRow(name, `sent:${name}`) };
      this.folderUri = uri.slice(0, -name.length);
      this.files.set(`sent:${name}`, item);
      this.draw(item);
    }
    this.drawTotal();
  }

  /** Leave what was sent before where it is, and begin with an empty folder. */
  beginAnew() {
    if (this.running) return;
    for (const item of this.files.values()) item.row?.remove();
    this.files.clear();
    try {
      localStorage.removeItem(this.key());
    } finally {
      this.folder = this.keptFolder();
    }
    if (this.field()) this.field().value = "";
    this.drawTotal();
  }

  // The folder outlives a reload, so that the same files go on where they stopped.
  keptFolder() {
    const made = `upload-${new Date().toISOString().slice(0, 10)}-${digits(String(Math.random()), Date.now())}`;
    try {
      const kept = JSON.parse(localStorage.getItem(this.key()) ?? "null");
      if (kept && Date.now() - kept.at < KEPT_DAYS * 86_400_000) return kept.folder;
      localStorage.setItem(this.key(), JSON.stringify({ folder: made, at: Date.now() }));
    } catch {
      return made; // no storage here: uploads work, but do not outlive the page
    }
    return made;
  }

  key() { return `upload:${this.words.url}`; }

  forget() {
    if (this.running || !this.finished().length) return;
    try {
      localStorage.removeItem(this.key());
    } catch {
      return;
    }
  }

  finished() { return [...this.files.values()].filter((item) => item.state === "done"); }

  // --- the queue --------------------------------------------------------------------------------

  /** @param {{file: File, name: string}[]} chosen */
  add(chosen) {
    for (const { file, name } of chosen) {
      const key = fingerprint(name, file.size, file.lastModified);
      this.files.get(`sent:${name}`)?.row?.remove();
      this.files.delete(`sent:${name}`); // the server knows whether it is the same file
      const old = this.files.get(key);
      if (old && old.state !== "failed") continue;
      const isTwice = [...this.files.values()].some((other) => other.name === name && other !== old);
      const fate = isTwice ? { state: "failed", error: this.words.wordTwice } : { state: "waiting", error: "" };
      const item = { file, name, sent: 0, uri: "", ...fate, row: old?.row ?? this.addRow(name, key) };
      this.files.set(key, item);
      this.draw(item);
    }
    this.drawTotal();
    this.work();
    if (!this.running) this.end();
  }

  /** Take a file that was refused off the list: the others are the batch then. */
  takeOut(key) {
    this.files.get(key).row.remove();
    this.files.delete(key);
    this.drawTotal();
    this.block.querySelector("input[type=file]").focus();
    if (!this.running) this.end();
  }

  again() {
    for (const item of this.files.values()) {
      if (item.state === "failed") Object.assign(item, { state: "waiting", error: "" });
    }
    this.work();
  }

  work() {
    for (const item of this.files.values()) {
      if (this.running >= AT_ONCE) return;
      if (item.state === "waiting") this.run(item);
    }
  }

  async run(item) {
    this.running += 1;
    item.state = "sending";
    try {
      await this.send(item);
      item.state = "done";
    } catch (error) {
      item.state = "failed";
      item.error = error.message;
    }
    this.running -= 1;
    this.draw(item);
    this.drawTotal();
    this.work();
    if (!this.running) this.end();
  }

  async send(item) {
    for (let begun = 0; ; begun += 1) {
      try {
        await this.sendFrom(item, await this.begin(item));
        return;
      } catch (error) {
        if (!(error instanceof Moved) || begun >= 2) throw error;
      }
    }
  }

  async begin(item) {
    const { file, name } = item;
    const asked = { folder: this.folder, name, size: file.size, fingerprint: fingerprint(name, file.size, file.lastModified) };
    const upload = await this.line.ask("POST", this.words.url, JSON.stringify(asked), { conflictIsFinal: true });
    this.folderUri = upload.folder_uri;
    item.uri = upload.uri;
    return upload;
  }

  async sendFrom(item, upload) {
    let { received } = upload;
    const place = `${this.words.url}${upload.id}/`;
    this.progress(item, received);
    while (received < item.file.size) {
      const part = item.file.slice(received, received + upload.part_size);
      ({ received } = await this.line.ask("PUT", `${place}?offset=${received}`, part));
      this.progress(item, received);
    }
    if (!upload.finished) await this.line.ask("POST", `${place}finish/`, "{}");
  }

  progress(item, sent) {
    item.sent = sent;
    this.draw(item);
    this.drawTotal();
  }

  // --- drawing ----------------------------------------------------------------------------------

  addRow(name, key) {
    if (this.list.children.length >= ROWS) return null;
    const row = this.block.querySelector("template").content.firstElementChild.cloneNode(true);
    const label = row.querySelector("[data-name]");
    label.textContent = label.title = name;
    row.querySelector("[data-out]").addEventListener("click", () => this.takeOut(key));
    this.list.append(row);
    return row;
  }

  draw(item) {
    if (!item.row) return;
    const share = item.file.size ? item.sent / item.file.size : 0;
    item.row.dataset.state = item.state;
    this.drawBar(item.row, item.state === "done" ? 1 : share);
    const words = { waiting: this.words.wordWaiting, sending: this.percent(share), done: this.words.wordDone, failed: item.error };
    item.row.querySelector("[data-said]").textContent = words[item.state];
    item.row.querySelector("[data-out]").hidden = item.state !== "failed";
  }

  drawTotal() {
    const items = [...this.files.values()];
    const size = items.reduce((sum, item) => sum + item.file.size, 0);
    const sent = items.reduce((sum, item) => sum + (item.state === "done" ? item.file.size : item.sent), 0);
    const total = this.block.querySelector("[data-total]");
    total.hidden = !items.length;
    this.drawBar(total, size ? sent / size : 0);
    total.querySelector("[data-said]").textContent = this.words.wordTotal
      .replace("{done}", this.finished().length).replace("{all}", items.length).replace("{share}", this.percent(size ? sent / size : 0));
    this.block.querySelector("[data-again]").hidden = !items.some((item) => item.state === "failed");
    this.block.querySelector("[data-anew]").hidden = ![...this.files.keys()].some((key) => key.startsWith("sent:"));
  }

  drawBar(row, share) {
    const bar = row.querySelector("[role=progressbar]");
    bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    bar.querySelector("rect").setAttribute("width", String(share * 100));
  }

  percent(share) {
    return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "percent" }).format(Math.min(share, 1));
  }

  /** All are sent: the batch's input location is what was sent. */
  end() {
    const done = this.finished();
    const failed = [...this.files.values()].filter((item) => item.state === "failed").length;
    const some = failed === 1 ? this.words.wordOneFailed : this.words.wordSomeFailed.replace("{failed}", failed);
    this.block.querySelector("[data-upload-said]").textContent = failed ? some : done.length ? this.words.wordAllDone : "";
    const field = this.field();
    if (!done.length || failed || !field) return;
    field.value = inputUri(done, this.folderUri);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

for (const block of document.querySelectorAll("[data-upload]")) new Uploads(block);
