// The two grips at the ends of a span, to be dragged: large enough for a finger, placed after the text was laid out.

import { make } from "crowd/element";

export const gripStyles = `
  .grips { position: absolute; inset-block-start: 0; inset-inline-start: 0; inline-size: 0; block-size: 0; }
  .grip { position: absolute; left: 0; top: 0; inline-size: 28px; block-size: 28px; margin: -3px -14px; touch-action: none; cursor: ew-resize; }
  .grip::after { content: ""; position: absolute; inset: 3px 7px 11px; border: 2px solid var(--bg, Canvas); border-radius: 50%; background: var(--accent, Highlight); }
  .grip[hidden] { display: none; }
  @media (pointer: coarse) { .grip { inline-size: 44px; block-size: 44px; margin-inline: -22px; } .grip::after { inset: 3px 13px 23px; } }
`;

export class Grips {
  /** @param {{onmove: (edge: "start"|"end", x: number, y: number) => void, onend: () => void}} handlers */
  constructor({ onmove, onend }) {
    Object.assign(this, { onmove, onend });
    this.edges = { start: this.grip("start"), end: this.grip("end") };
    this.node = make("div", { class: "grips", "aria-hidden": "true" }, Object.values(this.edges));
  }

  grip(edge) {
    const node = make("div", { class: "grip", hidden: true });
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.setPointerCapture(event.pointerId);
      this.isHeld = true;
    });
    // The finger lies on the grip, and the line that it means is above.
    node.addEventListener("pointermove", (event) => { if (this.isHeld) this.onmove(edge, event.clientX, event.clientY - 16); });
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, () => this.letGo());
    return node;
  }

  letGo() {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.onend();
  }

  /** Show them at a span's ends once its text is laid out, so that no key waits for that. */
  show(span, text) {
    this.span = span;
    for (const grip of Object.values(this.edges)) grip.hidden ||= !span;
    if (!span) return;
    requestAnimationFrame(() => setTimeout(() => { if (this.span === span && !this.isHeld) this.place(span, text); }));
  }

  place(span, text) {
    const rects = [...text.range(span).getClientRects()].filter(({ width }) => width > 0);
    if (!rects.length) return;
    const origin = this.node.getBoundingClientRect();
    const isBackward = text.isRightToLeft(span.start);
    const put = (grip, rect, atRight) => {
      grip.hidden = false;
      grip.style.transform = `translate(${(atRight ? rect.right : rect.left) - origin.left}px, ${rect.bottom - origin.top}px)`;
    };
    put(this.edges.start, rects[0], isBackward);
    put(this.edges.end, rects.at(-1), !isBackward);
  }
}
