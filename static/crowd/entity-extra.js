// What a template puts inside crowd-entity-annotation, or adds to the form that it finds in the shadow root: it stands
// under the text and is sent with the form around the element.

import { make } from "crowd/element";

export const extraStyles = `
  .extra { max-block-size: 40dvh; overflow: auto; padding: 12px 24px; background: var(--surface, Canvas); border-block-start: 1px solid var(--line, GrayText); }
  .extra[hidden] { display: none; }
`;

const isSeen = (node) => node.childElementCount > 0 || node.textContent.trim() !== "" || node.matches("input, select, textarea");

/**
 * The place for it, to be put into the shadow tree. `host.extra` takes what the stand-in of the form is given.
 * @param {HTMLElement} host @returns {{place: HTMLElement, facade: HTMLElement}}
 */
export function extraPlace(host) {
  const slots = [make("slot"), make("slot", { name: "extra" })];
  const place = make("div", { class: "extra", hidden: true }, slots);
  const fit = () => { place.hidden = !slots.some((slot) => slot.assignedElements().some(isSeen)); };
  for (const slot of slots) slot.addEventListener("slotchange", fit);
  host.extra = make("div", { slot: "extra" });
  new MutationObserver(fit).observe(host.extra, { childList: true });
  host.append(host.extra);
  return { place, facade: make("crowd-form", { hidden: true }) };
}

/**
 * Fire the form's `submit` here too: a template may listen at the element, or at the stand-in, and hold the answer back.
 * @param {Element|null} form @param {Element[]} targets
 */
export function passSubmit(form, targets) {
  form?.addEventListener("submit", (event) => {
    if (event.target.parentElement !== form) return;
    for (const target of targets) {
      if (!target.dispatchEvent(new Event("submit", { cancelable: true }))) event.preventDefault();
    }
  }, true);
}
