// <crowd-card>: a box with a heading and a picture around anything.

import { CrowdElement, make } from "crowd/element";

export class Card extends CrowdElement {
  static attributes_ = { heading: "text", image: "text" };
  static styles = `
    :host { margin-block: 0 16px; }
    .card { overflow: hidden; background: var(--surface, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; }
    .card > img { display: block; inline-size: 100%; max-block-size: 40vh; object-fit: cover; }
    .card > h2 { padding: 16px 16px 0; font: var(--t-h2, 600 1rem/1.5rem system-ui); overflow-wrap: anywhere; }
    .card > :is(h2, img):is([hidden]) { display: none; }
    .body { padding: 12px 16px 16px; }
  `;

  build() {
    this.picture = make("img", { alt: "" });
    this.title_ = make("h2");
    this.shadowRoot.append(make("section", { class: "card" }, [this.picture, this.title_, make("div", { class: "body" }, [make("slot")])]));
  }

  render() {
    this.title_.textContent = this.heading;
    this.title_.hidden = !this.heading;
    this.picture.hidden = !this.image;
    if (this.image && this.picture.getAttribute("src") !== this.image) this.picture.src = this.image;
  }
}

Card.define("crowd-card");
