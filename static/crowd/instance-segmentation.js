// <crowd-instance-segmentation>: each object is a region of its own; several may have one category.

import { MaskEditor } from "crowd/mask-editor";
import { say } from "crowd/host";
import { colorOf, plainHex } from "geometry/colors";
import { shift } from "geometry/masks";

const FAR = 10; // pixels from an object to its copy

export class InstanceSegmentation extends MaskEditor {
  get hasObjects() { return true; }

  /** Choose a category: the next stroke begins a new object of it. */
  takeCategory(place) {
    this.category = place;
    if (this.chosenRegion?.label !== this.categoryList[place]) this.chosen = null;
  }

  /** Begin an object; one that was begun and not painted is taken first. */
  begin() {
    const label = this.categoryList[this.category];
    if (label === undefined) return;
    const unpainted = this.regions_.find(({ id, label: own }) => own === label && !this.counts[id]);
    this.chosen = unpainted && !this.history.canRedo ? unpainted.id : this.addRegion({ label, color: this.freeColor() });
    this.refresh();
  }

  copy() {
    const { ids } = this.mask.map;
    if (this.counts[this.chosen] > 0) this.copied = [...ids.keys()].filter((place) => ids[place] === this.chosen);
  }

  /** Paint what was copied as another object of the category in hand, a little further on. */
  paste() {
    if (!this.copied || this.readOnly) return;
    this.begin();
    if (!this.chosenRegion) return;
    this.history.begin();
    const rect = shift(this.mask.map, this.copied, FAR, this.chosen, this.may());
    if (rect) this.mask.draw(rect);
    this.commit(rect);
  }

  duplicate(id) {
    this.choose(id);
    this.copy();
    this.paste();
  }

  freeColor() {
    const taken = new Set(this.regions_.map(({ color }) => color));
    for (let number = 0; ; number += 1) if (!taken.has(colorOf(number))) return colorOf(number);
  }

  regionsOf(value) {
    const known = this.categoryList;
    return (value?.instances ?? []).filter(({ label, color }) => known.includes(label) && plainHex(color)).map(({ label, color }) => ({ label, color: plainHex(color) }));
  }

  valueOf_(regions) { return { instances: regions.map(({ color, label }) => ({ color, label })) }; }

  get nothing() { return this.readOnly ? super.nothing : say("paint-object", "Nothing is painted yet. Choose a category and paint an object; “Next object” begins another."); }
}

InstanceSegmentation.define("crowd-instance-segmentation");
