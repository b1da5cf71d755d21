// What every portal page gains from script: menus that close, dialogs that open, the first wrong field in focus,
// shortcuts under `?`, and a live mark that tells the truth. Without script every page still works.

const HIDDEN_BEATS = 12; // one poll in twelve while nobody looks: 5 s becomes a minute

// --- menus -----------------------------------------------------------------------------------

/** @param {Element | null} inside the menu that stays open, if any */
function closeMenus(inside) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== inside) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));

document.addEventListener("focusin", (event) => {
  // The Tab key leaves a menu as the pointer does.
  if (!event.target.closest("details[data-menu]")) closeMenus(null);
});

// --- dialogs ---------------------------------------------------------------------------------

/** @param {string} id of a dialog element */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    openDialog(opener.dataset.opens);
  }
  // A click on the backdrop has the dialog itself as its target.
  if (event.target.matches("dialog[data-dialog]")) event.target.close();
});

// A form with data-confirm="id" is sent only after its dialog was answered with the button named data-yes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm);
  if (!dialog || form.dataset.confirmed) return;
  event.preventDefault();
  const yes = dialog.querySelector("[data-yes]");
  yes.onclick = () => {
    form.dataset.confirmed = "yes";
    dialog.close();
    form.requestSubmit(event.submitter);
  };
  dialog.showModal();
});

// --- keys ------------------------------------------------------------------------------------

/** @param {EventTarget} target @returns {boolean} whether letters typed here are text */
function takesText(target) {
  return target.isContentEditable || target.matches?.("input, textarea, select");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.activeElement?.closest("details[data-menu][open]");
    closeMenus(null);
    open?.querySelector("summary")?.focus();
    return;
  }
  if (takesText(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") openDialog("shortcuts");
  if (event.key === "/") {
    const search = document.querySelector("main input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// --- forms -----------------------------------------------------------------------------------

/** Brings who sent a form with mistakes to the first of them. @param {ParentNode} root */
function focusFirstError(root) {
  (root.querySelector("main [aria-invalid=true]") ?? root.querySelector("[data-errors]"))?.focus();
}

// --- live parts: htmx polls them, the mark says whether they still follow ---------------------

const live = { last: Date.now(), failed: false, beats: 0 };

/** @returns {string} such as "5 seconds ago" in the page's language */
function sinceLast() {
  const seconds = Math.round((Date.now() - live.last) / 1000);
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
  return seconds < 60 ? words.format(-seconds, "second") : words.format(-Math.round(seconds / 60), "minute");
}

/** Writes the mark from the state; the only function that does. */
function drawLive() {
  for (const mark of document.querySelectorAll("[data-live]")) {
    const { on, slow, off } = mark.dataset;
    mark.hidden = false;
    mark.classList.toggle("live-off", live.failed || document.hidden);
    const text = live.failed ? off : document.hidden ? slow : on.replace("{ago}", sinceLast());
    if (mark.textContent !== text) mark.textContent = text;
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const polled = event.detail.elt.matches("[hx-trigger*='every']");
  if (!polled || !document.hidden) return;
  live.beats += 1;
  if (live.beats % HIDDEN_BEATS) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.elt.matches("[hx-trigger*='every']")) return;
  live.failed = !event.detail.successful;
  if (event.detail.successful) live.last = Date.now();
  drawLive();
});

document.addEventListener("htmx:afterSwap", (event) => {
  drawLive();
  if (!event.detail.elt.matches("[hx-trigger*='every']")) focusFirstError(document);
});

document.addEventListener("visibilitychange", drawLive);

addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  focusFirstError(document);
  if (document.querySelector("[data-live]")) {
    drawLive();
    setInterval(drawLive, 5000);
  }
});
