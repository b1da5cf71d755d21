// Earlier labels over the picture of a classifier, to be judged: boxes, or the colours of a mask. They cannot be changed.

import { categoryText } from "crowd/category-keys";
import { make } from "crowd/element";
import { say } from "crowd/host";
import { Layer, layerStyles } from "crowd/layers";
import { Mask, maskStyles } from "crowd/overlay-mask";
import { inksOf, paintShape, paintTag } from "crowd/paint";
import { wordsOf } from "crowd/shape-attributes";
import { toolButton } from "crowd/tool-button";
import { palette, plainHex } from "geometry/colors";
import { TURNED } from "geometry/turned";
import { toScreen } from "geometry/view";

const LAYERS = ["M12 4 3.5 9 12 14l8.5-5zM3.5 14.5 12 19.5l8.5-5"];

const styles = `
  ${layerStyles} ${maskStyles}
  .legend { position: absolute; z-index: 1; inset-block-start: 8px; inset-inline-start: 8px; display: grid; gap: 2px; max-inline-size: min(240px, 60%); max-block-size: calc(100% - 80px); margin: 0; padding: 6px 10px; overflow: auto; list-style: none; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 6px; font: var(--t-2, 0.75rem/1rem system-ui); cursor: default; }
  .legend[hidden] { display: none; }
  .legend li { display: flex; align-items: center; gap: 8px; overflow-wrap: anywhere; }
  .legend .dot { inline-size: 12px; block-size: 12px; border-radius: 3px; border: 1px solid var(--cat-edge, GrayText); background: var(--cat); flex: none; forced-color-adjust: none; }
`;

/** @typedef {{label: string, color: string}} Entry */
/** @typedef {{boxes: object[], masks: {src: string, colors: string[]}[], legend: Entry[]}} Marks */

// Templates hand on an earlier job's class map as it stands, which is keyed by the numbers of the classes.
const listed = (labels) => Object.values(labels ?? {});

// By the task that made the labels: what it left, as templates hand it on.
const READERS = {
  /** @returns {Marks} */
  boundingBox({ labels, value }, themed) {
    const boxes = (Array.isArray(value) ? value : value?.boundingBoxes ?? []).map((box) => ({ ...box, label: categoryText(box.label) }));
    const names = [...new Set([...listed(labels).map(categoryText), ...boxes.map(({ label }) => label)])];
    const colors = palette(names.length, [], themed);
    const legend = names.map((label, place) => ({ label, color: colors[place] }));
    return { boxes: boxes.map((box) => ({ ...box, color: colors[names.indexOf(box.label)], text: tagOf(box) })), masks: [], legend };
  },

  /** @returns {Marks} */
  semanticSegmentation({ labelMappings, src }) {
    return maskOf(src, Object.entries(labelMappings ?? {}).map(([label, entry]) => ({ label, color: plainHex(entry?.color) })));
  },

  /** @returns {Marks} */
  instanceSegmentation({ instances, src }) {
    return maskOf(src, (instances ?? []).map(({ label, color }, place) => ({ label: `${place + 1} ${categoryText(label)}`, color: plainHex(color) })));
  },
};

const tagOf = ({ label, attributes }) => [label, wordsOf(attributes ?? {})].filter(Boolean).join(" · ");

function maskOf(src, entries) {
  const legend = entries.filter(({ color }) => color);
  return { boxes: [], masks: src ? [{ src, colors: legend.map(({ color }) => color) }] : [], legend };
}

export class Overlay {
  /** @param {HTMLElement} host whose theme counts @param {import("crowd/stage").Stage} stage with the picture */
  constructor(host, stage) {
    Object.assign(this, { host, stage });
    this.boxes = [];
    this.masks = [];
    this.button = toolButton(LAYERS, say("marks", "Show or hide the labels"), () => this.toggle(), "h");
    this.legend = make("ul", { class: "legend", tabindex: "0", "aria-label": say("legend", "Labels on the picture") });
    for (const type of ["pointerdown", "wheel"]) this.legend.addEventListener(type, (event) => event.stopPropagation());
    this.layer = new Layer("marks", (ctx) => this.paint(ctx));
    this.isShown = true;
    stage.watch = this;
    stage.tools.prepend(this.button);
    stage.image.after(make("style", {}, [styles]), this.layer.node, this.legend);
  }

  /** @param {object|null} value the `overlay` attribute */
  draw(value) {
    const style = getComputedStyle(this.host);
    const themed = (number) => style.getPropertyValue(`--cat-${number + 1}`);
    const found = Object.entries(value ?? {}).filter(([kind, labels]) => READERS[kind] && labels).map(([kind, labels]) => READERS[kind](labels, themed));
    this.inks = inksOf(this.host);
    this.boxes = found.flatMap(({ boxes }) => boxes);
    this.drawLegend(found.flatMap(({ legend }) => legend));
    this.drawMasks(found.flatMap(({ masks }) => masks));
    this.button.hidden = found.length === 0;
    this.show();
  }

  drawLegend(entries) {
    this.legend.replaceChildren(...entries.map(({ label, color }) => {
      const row = make("li", {}, [make("span", { class: "dot", "aria-hidden": "true" }), label]);
      row.style.setProperty("--cat", color);
      return row;
    }));
  }

  drawMasks(masks) {
    const asked = JSON.stringify(masks);
    if (asked === this.asked) return;
    this.asked = asked;
    this.masks.forEach((mask) => mask.node.remove());
    this.masks = masks.map((mask) => new Mask(mask, () => this.moved()));
    this.layer.node.before(...this.masks.map(({ node }) => node));
  }

  toggle() {
    this.isShown = !this.isShown;
    this.show();
  }

  show() {
    this.button.setAttribute("aria-pressed", String(this.isShown));
    for (const node of [this.layer.node, ...this.masks.map((mask) => mask.node)]) node.hidden = !this.isShown;
    this.legend.hidden = !this.isShown || this.legend.children.length === 0;
    this.moved();
  }

  /** The picture lies elsewhere on the screen. */
  moved() {
    if (!this.stage.isLoaded) return;
    for (const mask of this.masks) mask.place(this.stage.view, this.stage.size);
    this.layer.ask();
  }

  paint(ctx) {
    for (const { text, color, ...box } of this.stage.isLoaded ? this.boxes : []) {
      const outline = TURNED.outline(box).map((point) => toScreen(this.stage.view, point));
      paintShape(ctx, { outline, closed: true, color, filled: true }, this.inks);
      paintTag(ctx, outline[0], text, color, this.inks);
    }
  }

  get keyWords() { return this.button.hidden ? [] : [["h", say("act-marks", "Show or hide the labels")]]; }

  /** @param {KeyboardEvent} event @returns {boolean} */
  onKey(event) {
    if (event.key !== "h" || this.button.hidden) return false;
    this.toggle();
    return true;
  }
}
