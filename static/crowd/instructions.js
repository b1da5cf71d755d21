// <crowd-instructions>: a link or button that opens a window with a summary, details and examples in tabs.

import { CrowdElement, make } from "crowd/element";
import { Dialog, dialogStyles } from "crowd/dialog";
import { say } from "crowd/host";
import { Tablist, tablistStyles } from "crowd/tablist";

const TABS = [
  { regions: ["short-summary"], title: () => say("summary", "Summary") },
  { regions: ["detailed-instructions"], title: () => say("detailed", "Detailed Instructions") },
  { regions: ["positive-example", "negative-example"], title: () => say("examples", "Examples") },
];
const REGIONS = TABS.flatMap(({ regions }) => regions);
const EXAMPLES = {
  "positive-example": { look: "good", title: () => say("good-example", "Good example") },
  "negative-example": { look: "bad", title: () => say("bad-example", "Bad example") },
};

export class Instructions extends CrowdElement {
  static attributes_ = { "link-text": "text", "link-type": "text" };
  static isStray = (node) => node.nodeType === Node.ELEMENT_NODE && !REGIONS.includes(node.localName);
  static styles = `
    ${dialogStyles} ${tablistStyles}
    .panel { padding-block-start: 12px; }
    .panel[hidden], .example[hidden] { display: none; }
    .example { margin-block-end: 16px; padding-inline-start: 12px; border-inline-start: 3px solid var(--ink, CanvasText); }
    .example h3 { margin: 0 0 4px; color: var(--ink, CanvasText); font: 600 0.875rem/1.25rem var(--font, system-ui); }
    .good { --ink: var(--good, CanvasText); }
    .bad { --ink: var(--bad, CanvasText); }
    ::slotted(*) { display: block; max-inline-size: 68ch; margin-block-end: 8px; }
  `;

  build() {
    this.list = new Tablist(() => this.show());
    this.panels = TABS.map(({ regions }, place) => this.panel(regions, place));
    this.dialog = new Dialog([this.list.node, ...this.panels]);
    this.shadowRoot.append(this.dialog.opener, this.dialog.node);
  }

  panel(regions, place) {
    const parts = regions.map((name) => {
      const slot = make("slot", { name, onslotchange: () => this.askRender() });
      const example = EXAMPLES[name];
      return example ? make("section", { class: `example ${example.look}`, "data-region": name }, [make("h3", {}, [example.title()]), slot]) : slot;
    });
    return make("div", { class: "panel", role: "tabpanel", id: `panel-${place}`, "aria-label": TABS[place].title() }, parts);
  }

  render() {
    for (const region of [...this.children].filter(({ localName }) => REGIONS.includes(localName))) {
      region.slot = region.localName;
      region.hidden = false; // the page shows some of them beside the task too
    }
    this.used = TABS.map(({ regions }) => regions.some((name) => this.regions(name).length > 0));
    for (const section of this.shadowRoot.querySelectorAll("[data-region]")) section.hidden = this.regions(section.dataset.region).length === 0;
    const places = this.places;
    this.list.draw(places.map((place) => TABS[place].title()), places.map((place) => `panel-${place}`));
    this.dialog.draw({ text: this.linkText || say("open-instructions", "Click for instructions"), type: this.linkType, title: say("instructions", "Instructions") });
    this.show();
  }

  /** The tabs that there is something for. */
  get places() { return [...TABS.keys()].filter((place) => this.used[place]); }

  show() {
    const shown = this.places[this.list.chosen];
    this.panels.forEach((panel, place) => { panel.hidden = place !== shown; });
  }

  /** Show a control that stands in the window: it keeps the form from being sent. @param {Node} node */
  reveal(node) {
    const region = [...this.children].find((child) => child.contains(node));
    const place = this.places.findIndex((one) => TABS[one].regions.includes(region?.localName));
    if (place >= 0) this.list.choose(place);
    this.dialog.open();
  }
}

Instructions.define("crowd-instructions");
