// The panel beside a picture: categories with their keys, the list of shapes with newest first, the way to send.

import { icon, make } from "crowd/element";
import { keyName, say } from "crowd/host";

const EYE = ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", ""];
const LOCK = ["M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11"];
const TWICE = ["M8.5 8.5H20V20.5H8.5zM5 15.5V3.5h10.5"];
const TRASH = ["M4 6.5h16M9 6.5V4h6v2.5M6 6.5 7 20.5h10l1-14M10 10.5v6m4-6v6"];

export const sideStyles = `
  .side { display: flex; flex-direction: column; gap: 8px; min-block-size: 0; padding: 12px; background: var(--surface, Canvas); border-inline-start: 1px solid var(--line, GrayText); }
  .side h2 { display: flex; gap: 8px; align-items: center; font: 550 0.75rem/1rem var(--font, system-ui); color: var(--text-2, CanvasText); }
  .side .title { display: block; font: 600 0.875rem/1.25rem var(--font, system-ui); color: var(--text, CanvasText); text-wrap: balance; }
  .side h2[hidden] { display: none; }
  .side .count { padding-inline: 6px; border-radius: 999px; background: var(--sunken, Canvas); }
  .kinds { display: grid; grid-auto-rows: max-content; gap: 4px; max-block-size: 46%; overflow: auto; padding: 3px; margin: -3px; flex: none; }
  .kind { display: flex; align-items: center; gap: 10px; min-block-size: 38px; padding: 4px 8px 4px 10px; text-align: start; font-weight: 550; color: var(--text, ButtonText); background: var(--float, ButtonFace); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; cursor: pointer; overflow-wrap: anywhere; }
  .kind:hover { background: var(--hover, ButtonFace); }
  .kind[aria-checked="true"] { border-color: var(--cat); box-shadow: inset 0 0 0 1px var(--cat); background: var(--sunken, ButtonFace); }
  .kind > span:nth-child(2) { flex: 1; }
  .dot { inline-size: 12px; block-size: 12px; border-radius: 3px; background: var(--cat); border: 1px solid var(--cat-edge, GrayText); flex: none; }
  .listing { display: flex; flex: 1; flex-direction: column; gap: 8px; min-block-size: 0; }
  .shapes { flex: 1; min-block-size: 0; overflow: auto; margin: 0 -4px; padding: 3px; list-style: none; }
  .shapes li { position: relative; display: flex; flex-wrap: wrap; align-items: center; min-block-size: 32px; border-radius: 4px; content-visibility: auto; contain-intrinsic-block-size: 32px; }
  .shapes [data-chosen] { background: var(--sunken, Canvas); font-weight: 550; }
  .pick { display: flex; flex: 1 1 0; align-items: center; gap: 8px; min-inline-size: 0; min-block-size: 32px; padding: 0 8px; padding-inline-end: 4px; background: none; border: 0; text-align: start; cursor: pointer; font-weight: inherit; }
  .pick > span:nth-child(2) { flex: 1; min-inline-size: 40%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .pick .small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
  :host(:dir(rtl)) .pick > :dir(ltr), :host(:dir(ltr)) .pick > :dir(rtl) { text-align: end; }
  .pick .told { flex-basis: 100%; overflow: hidden; padding-inline-start: 20px; text-overflow: ellipsis; }
  .pick .told:empty { display: none; }
  .pick:has(.told:not(:empty)) { flex-wrap: wrap; row-gap: 0; padding-block: 4px; }
  [data-chosen] .pick { flex: 1 1 auto; max-inline-size: 100%; }
  [data-chosen] .pick > :is(span:nth-child(2), .words) { white-space: normal; overflow-wrap: anywhere; }
  .acts { display: flex; margin-inline-start: auto; }
  .mini { inline-size: 24px; block-size: 24px; display: grid; place-items: center; padding: 0; background: none; border: 0; border-radius: 4px; color: var(--text-2, CanvasText); cursor: pointer; flex: none; }
  .mini:hover { background: var(--hover, Canvas); color: var(--text, CanvasText); }
  .mini[aria-pressed="true"] { color: var(--warn, Highlight); }
  .shapes li:not(:hover, :focus-within, [data-chosen]) .mini:not([aria-pressed="true"]) { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .shapes li:not([data-chosen]):is(:hover, :focus-within):has(.mini:nth-child(2)) .words { display: none; }
  .nothing { color: var(--text-2, CanvasText); font: var(--t-2, 0.75rem/1rem system-ui); text-wrap: pretty; }
  .send { margin-block-start: auto; }
  @media (pointer: coarse) {
    .kind, .pick, .shapes li { min-block-size: 44px; }
    .shapes li { contain-intrinsic-block-size: 44px; }
    .mini { inline-size: 44px; block-size: 44px; }
  }
  @media (max-width: 899px) {
    .side { border: 0; border-block-start: 1px solid var(--line, GrayText); }
    .kinds { grid-template-columns: repeat(auto-fill, minmax(min(180px, 100%), 1fr)); max-block-size: 104px; }
    .listing { flex: none; block-size: 124px; }
  }
  @media (max-width: 599px) {
    .side { padding: 8px 12px 12px; }
    .side .title, .kinds-head { display: none; }
    .kinds { grid-template-columns: 1fr 1fr; }
    .kind { min-block-size: 44px; }
  }
`;

export class Side {
  /**
   * @param {{onkind: (place: number) => void, onpick: (id: number) => void, onhide: (id: number) => void,
   *   onlock: (id: number) => void, oncopy?: (id: number) => void, ondelete: (id: number) => void}} handlers
   */
  constructor(handlers) {
    this.handlers = handlers;
    this.rows = new Map();
    this.title = make("h2", { class: "title", dir: "auto" });
    this.kinds = make("div", { class: "kinds", role: "radiogroup", "aria-labelledby": "kinds-head" });
    this.kinds.addEventListener("keydown", (event) => this.onArrow(event, [...this.kinds.children]));
    this.count = make("span", { class: "count" });
    this.list = make("ol", { class: "shapes", "aria-labelledby": "shapes-head" });
    this.list.addEventListener("keydown", (event) => this.onArrow(event, [...this.list.querySelectorAll(".pick")]));
    this.nothing = make("p", { class: "nothing" });
    this.trouble = make("p", { class: "problem", role: "alert", tabindex: "-1" });
    this.live = make("div", { class: "live" });
    // One box, as high as it is: whatever comes and goes in it, the picture keeps its place.
    this.listing = make("div", { class: "listing" }, [
      make("h2", { id: "shapes-head" }, [say("shapes", "Shapes"), this.count]), this.nothing, this.list, this.trouble,
    ]);
    this.node = make("section", { class: "side", "aria-label": say("side", "Categories and shapes") }, [
      this.title, this.live,
      make("h2", { class: "kinds-head", id: "kinds-head" }, [say("category", "Category")]), this.kinds,
      this.listing, make("div", { class: "send" }, [make("slot", { name: "send" })]),
    ]);
    // A click leaves the focus where it is, so that the next key still goes to the picture.
    this.node.addEventListener("mousedown", (event) => { if (event.target.closest(".kind, .pick, .mini")) event.preventDefault(); });
  }

  /** @param {{title: string, kinds: {text: string, key?: string, color: string}[], kind: number, locked: boolean}} state */
  drawKinds({ title, kinds, kind, locked }) {
    this.title.textContent = title;
    this.title.hidden = !title;
    const hadFocus = this.kinds.contains(this.node.getRootNode().activeElement);
    this.kinds.replaceChildren(...kinds.map((entry, place) => this.kindButton(entry, place, place === kind, locked)));
    if (hadFocus) this.kinds.children[kind]?.focus();
  }

  kindButton({ text, key: canonical, color }, place, isChosen, locked) {
    const key = canonical && keyName(canonical);
    const button = make("button", {
      type: "button", class: "kind", role: "radio", "aria-checked": String(isChosen), "aria-keyshortcuts": key,
      tabindex: isChosen ? "0" : "-1", disabled: locked, onclick: () => this.handlers.onkind(place),
    }, [make("span", { class: "dot", "aria-hidden": "true" }), make("span", {}, [text]), ...(key ? [make("kbd", { class: "key", "aria-hidden": "true" }, [key])] : [])]);
    button.style.setProperty("--cat", color);
    return button;
  }

  /**
   * @param {{id: number, number: number, text: string, words: string, color: string, isChosen: boolean, isHidden: boolean,
   *   isLocked: boolean, said?: string}[]} shapes said: of its turn and attributes @param {{nothing: string, locked: boolean}} more
   */
  drawShapes(shapes, { nothing, locked }) {
    this.count.textContent = shapes.length ? shapes.length.toLocaleString() : "";
    this.nothing.textContent = shapes.length ? "" : nothing;
    this.nothing.hidden = shapes.length > 0;
    const wanted = new Set(shapes.map(({ id }) => id));
    for (const [id, row] of this.rows) if (!wanted.has(id)) this.drop(id, row);
    shapes.toReversed().forEach((shape, place) => this.drawRow(shape, place, locked));
  }

  drop(id, row) {
    row.node.remove();
    this.rows.delete(id);
  }

  drawRow(shape, place, locked) {
    const row = this.rows.get(shape.id) ?? this.makeRow(shape.id, locked);
    const said = JSON.stringify(shape);
    if (row.said !== said) this.fillRow(row, shape, said);
    const there = this.list.children[place];
    if (there !== row.node) this.list.insertBefore(row.node, there ?? null);
  }

  makeRow(id, locked) {
    const act = (name, paths) => make("button", { type: "button", class: "mini", tabindex: "-1", onclick: () => this.handlers[name](id) }, [icon(...paths)]);
    const [text, words, told] = [make("span", { dir: "auto" }), make("span", { class: "small words", dir: "auto" }), make("span", { class: "small told" })];
    const pick = make("button", { type: "button", class: "pick", onclick: () => this.handlers.onpick(id) }, [make("span", { class: "dot", "aria-hidden": "true" }), text, words, told]);
    const [hide, lock, copy, remove] = [act("onhide", EYE), act("onlock", LOCK), act("oncopy", TWICE), act("ondelete", TRASH)];
    const changes = this.handlers.oncopy ? [lock, copy, remove] : [lock, remove];
    const node = make("li", {}, [pick, make("div", { class: "acts" }, [hide, ...(locked ? [] : changes)])]);
    const row = { node, pick, text, words, told, hide, lock, copy, remove };
    this.rows.set(id, row);
    return row;
  }

  fillRow(row, { number, text, words, color, isChosen, isHidden, isLocked, said: told = "" }, said) {
    row.said = said;
    row.node.style.setProperty("--cat", color);
    row.node.toggleAttribute("data-chosen", isChosen);
    row.pick.setAttribute("aria-pressed", String(isChosen));
    row.text.textContent = `${number} ${text}`;
    row.words.textContent = words;
    row.told.textContent = told;
    const name = { name: `${text} ${number}` };
    const named = [
      [row.hide, say("hide", "Hide {name}", name), isHidden], [row.lock, say("lock", "Lock {name}", name), isLocked],
      [row.copy, say("duplicate", "Duplicate {name}", name), null], [row.remove, say("delete", "Delete {name}", name), null],
    ];
    for (const [button, label, pressed] of named) {
      button.setAttribute("aria-label", label);
      button.title = label;
      if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
    }
  }

  /** Bring a shape's row into sight. @param {number|null} id */
  reveal(id) { this.rows.get(id)?.node.scrollIntoView({ block: "nearest" }); }

  onArrow(event, buttons) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !buttons.length) return;
    event.preventDefault();
    event.stopPropagation();
    const there = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
    there.focus();
    there.click();
  }

  /** Say something without leading there. @param {string} text */
  note(text) { this.trouble.textContent = text; }

  /** @param {string} text */
  complain(text) {
    this.note(text);
    if (text) this.trouble.focus();
  }
}
