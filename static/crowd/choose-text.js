// A text, or whatever stands in <classification-target>, above the categories.

import { make } from "crowd/element";
import { say } from "crowd/host";
import { choicesStyles } from "crowd/choices";
import { slotLiveRegions } from "crowd/regions";

const styles = `
  ${choicesStyles}
  .annotation-area { display: grid; grid-template-rows: auto auto; }
  :host([data-fill]), :host([data-fill]) .annotation-area { block-size: 100%; }
  :host([data-fill]) .annotation-area { grid-template-rows: minmax(0, 1fr) auto; }
  .text { overflow: auto; padding: 24px; background: var(--bg, Canvas); }
  .text:focus-visible { outline-offset: -3px; }
  .target { max-inline-size: 68ch; margin-inline: auto; font: 1.0625rem/1.53 var(--font, system-ui); overflow-wrap: anywhere; }
  ::slotted([data-plain]) { white-space: pre-line; }
  ::slotted(classification-target) { display: block; }
  @media (max-width: 599px) { .text { padding: 16px; } }
`;

/** A choice of categories that shows a text. @param {typeof import("crowd/single-choice").SingleChoice} Choice */
export const ofText = (Choice) => class extends Choice {
  static attributes_ = { name: "text", categories: "json", header: "text", "exclusion-category": "json" };
  static styles = styles;

  build() {
    super.build();
    this.live = make("div", { class: "live" });
    const target = make("div", { class: "target" }, [make("slot", { name: "target" })]);
    const text = make("div", { class: "text", tabindex: "0", role: "group", "aria-label": say("text", "Text to judge") }, [target, this.live]);
    this.shadowRoot.append(make("div", { class: "annotation-area" }, [text, this.choices.node]));
  }

  render() {
    super.render();
    for (const region of this.regions("classification-target")) {
      region.slot = "target";
      region.toggleAttribute("data-plain", region.childElementCount === 0); // the line ends of a text count, those of HTML do not
    }
    slotLiveRegions(this, this.live);
  }
};
