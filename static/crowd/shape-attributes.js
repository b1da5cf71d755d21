// What a job asks about each shape beside its category (`shape-attributes`), and the panel where it is said.

import { make } from "crowd/element";
import { say } from "crowd/host";

/** @typedef {{name: string, values: string[]}} Asked one attribute; without values it is yes or no */
/** @typedef {Record<string, true|string>} Said by name; what was not said is not there */

const textsOf = (given) => (Array.isArray(given) ? given.filter((value) => typeof value === "string") : []);

/** @param {unknown} given the attribute's JSON @returns {Asked[]} */
export function askedOf(given) {
  const entries = (Array.isArray(given) ? given : []).filter((entry) => entry && typeof entry.name === "string");
  return entries.map(({ name, values }) => ({ name, values: textsOf(values) }));
}

/** What an entry says of what is asked, and nothing else. @param {object} entry @param {Asked[]} asked @returns {Said} */
export function saidOf({ attributes }, asked) {
  const given = attributes !== null && typeof attributes === "object" ? attributes : {};
  const isSaid = ({ name, values }) => Object.hasOwn(given, name) && (values.length ? values.includes(given[name]) : given[name] === true);
  return Object.fromEntries(asked.filter(isSaid).map(({ name }) => [name, given[name]]));
}

/** Said anew of one attribute; null takes it back. @param {Said} said @param {Asked[]} asked @returns {Said} */
export function sayOf(said, { name }, value, asked) {
  const others = Object.entries(said).filter(([other]) => other !== name);
  const all = new Map(value === null ? others : [...others, [name, value]]);
  return Object.fromEntries(asked.filter((one) => all.has(one.name)).map((one) => [one.name, all.get(one.name)]));
}

/** In a few words, for the list of shapes. @param {Said} said @returns {string} */
export const wordsOf = (said) => Object.entries(said).map(([name, value]) => (value === true ? name : value)).join(" · ");

export const attributeStyles = `
  .said { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 4px 8px; flex: none; max-block-size: 40%; min-inline-size: 0; margin: 0; padding: 8px 0 0; overflow: auto; border: 0; border-block-start: 1px solid var(--line, GrayText); }
  .said[hidden] { display: none; }
  .said legend { float: inline-start; grid-column: 1 / -1; padding: 0; font: 550 0.75rem/1rem var(--font, system-ui); color: var(--text-2, CanvasText); overflow-wrap: anywhere; }
  .said label { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: center; min-block-size: 32px; padding-inline-start: 2px; overflow-wrap: anywhere; cursor: pointer; }
  .said input { justify-self: start; inline-size: 18px; block-size: 18px; margin: 0 1px; accent-color: var(--accent, auto); cursor: inherit; }
  .said select { min-inline-size: 0; min-block-size: 28px; padding-inline: 6px; font: inherit; color: inherit; background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; cursor: inherit; }
  .said :disabled { opacity: 0.7; cursor: not-allowed; }
  @media (pointer: coarse) { .said label { min-block-size: 44px; } .said select { min-block-size: 40px; } }
  @media (max-width: 599px) {
    .said { display: flex; flex-wrap: wrap; column-gap: 20px; max-block-size: 132px; padding-block-start: 4px; }
    .said legend { flex-basis: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .said label { display: flex; gap: 8px; }
  }
`;

export class AttributePanel {
  /** @param {{onsay: (one: Asked, value: true|string|null) => void, onleave: () => void}} handlers */
  constructor({ onsay, onleave }) {
    Object.assign(this, { onsay, onleave });
    this.legend = make("legend");
    this.node = make("fieldset", { class: "said", hidden: true }, [this.legend]);
    this.node.addEventListener("pointerdown", () => { this.isPointed = true; });
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    this.asked = [];
    this.controls = [];
  }

  /**
   * Show what is said of the chosen shape. The panel stays where none is chosen, so that the picture keeps its place.
   * @param {{asked: Asked[], said: Said|null, name: string, locked: boolean}} state said: null, none is chosen
   */
  draw({ asked, said, name, locked }) {
    const hadFocus = this.node.contains(this.node.getRootNode().activeElement);
    this.build(asked);
    this.legend.textContent = said ? say("attributes", "Attributes of {name}", { name }) : say("attributes-of-chosen", "Attributes of the chosen shape");
    this.node.hidden = !asked.length;
    this.node.disabled = locked || !said;
    asked.forEach((one, place) => this.show(this.controls[place], one, said ?? {}));
    if (hadFocus && this.node.disabled) this.onleave();
  }

  build(asked) {
    if (JSON.stringify(asked) === JSON.stringify(this.asked)) return;
    this.asked = asked;
    this.controls = asked.map((one) => (one.values.length ? this.choice(one) : this.flag(one)));
    const rows = asked.map(({ name }, place) => make("label", {}, [make("span", {}, [name]), this.controls[place]]));
    this.node.replaceChildren(this.legend, ...rows);
  }

  flag(one) {
    return make("input", { type: "checkbox", onchange: ({ target }) => this.take(one, target.checked || null) });
  }

  choice(one) {
    const options = ["–", ...one.values].map((text, place) => make("option", { value: place || "" }, [text]));
    options[0].setAttribute("aria-label", say("not-said", "Not said"));
    return make("select", { onchange: ({ target }) => this.take(one, one.values[target.value - 1] ?? null) }, options);
  }

  show(control, { name, values }, said) {
    const value = Object.hasOwn(said, name) ? said[name] : null;
    if (values.length) control.value = value === null ? "" : String(values.indexOf(value) + 1);
    else control.checked = value === true;
  }

  // Who points goes on at the picture; who came by keys stays, until Escape.
  take(one, value) {
    this.onsay(one, value);
    if (this.isPointed) this.onleave();
  }

  onKey(event) {
    this.isPointed = false;
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.onleave();
  }

  /** @returns {boolean} whether there was something to go to */
  focus() {
    if (!this.controls.length || this.node.disabled) return false;
    this.isPointed = false;
    this.controls[0].focus();
    return true;
  }
}
