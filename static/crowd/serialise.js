// What a form sends (spec/templates.md 6): one object, keyed by name, from native controls and crowd- elements.

const SILENT_TYPES = new Set(["submit", "button", "reset", "image", "file"]);
const isNative = (node) => node.matches("input, select, textarea");
// A template's own element that takes part in forms as native controls do.
const isOwn = (node) => node.constructor.formAssociated === true && Boolean(node.getAttribute("name")) && !node.matches(":disabled");

function controlsOf(form) {
  return [...form.querySelectorAll("*")].filter((node) => typeof node.collect === "function" || (isNative(node) ? sends(node) : isOwn(node)));
}

function sends(node) {
  return node.name !== "" && !node.matches(":disabled") && !SILENT_TYPES.has(node.type);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// Check boxes and radio buttons of one name share one object with every value; anything else: the last one wins.
function addFlag(answer, name, value, on) {
  const before = Object.hasOwn(answer, name) && isObject(answer[name]) ? answer[name] : {};
  answer[name] = { ...before, [value]: on };
}

function addNative(answer, node) {
  if (node.type === "checkbox" || node.type === "radio") addFlag(answer, node.name, node.value, node.checked);
  else if (node.multiple && node.localName === "select") answer[node.name] = [...node.selectedOptions].map((option) => option.value);
  else answer[node.name] = node.value.replaceAll("\r\n", "\n");
}

function addElement(answer, node, part) {
  for (const [name, value] of Object.entries(part)) {
    if (node.isFlag) Object.entries(value).forEach(([key, on]) => addFlag(answer, name, key, on));
    else answer[name] = value;
  }
}

function addOwn(answer, node) {
  const name = node.getAttribute("name");
  const said = new FormData(node.closest("form")).getAll(name).filter((value) => typeof value === "string");
  if (said.length) answer[name] = said.at(-1);
}

function gather(form, read) {
  const answer = {};
  for (const node of controlsOf(form)) {
    if (typeof node.collect === "function") addElement(answer, node, read(node));
    else if (isNative(node)) addNative(answer, node);
    else addOwn(answer, node);
  }
  return answer;
}

/** @param {HTMLElement} form @returns {object} the answer */
export const collectAnswer = (form) => gather(form, (element) => element.collect());

/** @param {HTMLElement} form @returns {object} what there is of an answer, to be restored later */
export const collectDraft = (form) => gather(form, (element) => element.draft());

function restoreNative(node, value) {
  if (node.type === "checkbox" || node.type === "radio") node.checked = Boolean(value?.[node.value]);
  else if (node.multiple && Array.isArray(value)) [...node.options].forEach((option) => { option.selected = value.includes(option.value); });
  else node.value = value ?? "";
}

/**
 * Show an earlier answer, or a draft, in the form's controls.
 * @param {HTMLElement} form
 * @param {object} answer
 */
export function restoreAnswer(form, answer) {
  for (const node of controlsOf(form)) {
    if (!Object.hasOwn(answer ?? {}, node.name ?? "")) node.restoreNothing?.();
    else if (typeof node.collect === "function") node.restore(answer[node.name]);
    else if (isNative(node)) restoreNative(node, answer[node.name]);
  }
}
