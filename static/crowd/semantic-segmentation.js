// <crowd-semantic-segmentation>: each pixel has one category, or is background.

import { MaskEditor } from "crowd/mask-editor";
import { plainHex } from "geometry/colors";

export class SemanticSegmentation extends MaskEditor {
  get tellsModified() { return true; }

  /** Paint with a category: its region is there already, or begins. */
  takeCategory(place) {
    this.category = place;
    const label = this.categoryList[place];
    if (label === undefined) return;
    const region = this.regions_.find((one) => one.label === label);
    this.chosen = region ? region.id : this.addRegion({ label, color: this.freeColor(place) });
  }

  begin() { this.takeCategory(this.category); }

  // A value that was taken in may have used the category's colour for another.
  freeColor(place) {
    const taken = new Set(this.regions_.map(({ color }) => color));
    return [this.colors[place], ...this.colors].find((color) => !taken.has(color));
  }

  regionsOf(value) {
    const known = this.categoryList;
    return Object.entries(value?.labelMappings ?? {})
      .filter(([label, { color } = {}]) => known.includes(label) && plainHex(color))
      .map(([label, { color }]) => ({ label, color: plainHex(color) }));
  }

  valueOf_(regions) {
    return { labelMappings: Object.fromEntries(regions.map(({ label, color }) => [label, { color }])) };
  }
}

SemanticSegmentation.define("crowd-semantic-segmentation");
