// A button of a tool: an icon whose name says its key too, the one that the worker gave it.

import { icon, make } from "crowd/element";
import { hear, keyName, say } from "crowd/host";

function spoken(canonical) {
  const key = keyName(canonical);
  if (key === "-") return say("minus", "minus");
  if (key === "+") return say("plus", "plus");
  return key.length === 1 && key !== key.toLowerCase() ? say("with-shift", "shift {key}", { key: key.toLowerCase() }) : key;
}

/**
 * @param {string[]} paths of the icon @param {string} name @param {() => void} onclick
 * @param {string} [key] that does the same, as the tool knows it @param {object} [more] attributes
 * @returns {HTMLButtonElement}
 */
export function toolButton(paths, name, onclick, key = "", more = {}) {
  const button = make("button", { type: "button", class: "btn btn-icon", onclick, ...more }, [icon(...paths)]);
  const label = () => {
    button.title = key ? say("with-key", "{name}, key {key}", { name, key: spoken(key) }) : name;
    button.setAttribute("aria-label", button.title);
  };
  label();
  if (key) hear("keys", label);
  return button;
}
