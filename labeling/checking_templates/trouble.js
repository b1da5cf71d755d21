// Evaluated in the frame: what keeps the form from being sent, as sentences.
() => {
  const nameOf = (node) => node.getAttribute("name") || node.id || node.localName;
  const refused = [...document.querySelectorAll("crowd-form :invalid:not(form, fieldset)")].map((node) => `${nameOf(node)}: ${node.validationMessage}`);
  const troubled = [...document.querySelectorAll("*")].filter((node) => typeof node.problem === "function" && node.problem()).map((node) => `${nameOf(node)}: ${node.problem()}`);
  return [...refused, ...troubled];
}
