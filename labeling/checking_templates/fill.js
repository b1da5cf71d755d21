// Evaluated in the frame: gives every control that is still empty a plausible answer, as a person would. exampleOf: see example.js.
// seenAlone: leave what is hidden by itself, which scripts fill in.
(exampleOf, seenAlone) => {
  // Tools whose inner controls are no part of the answer; they are drawn in with the mouse, or picked from.
  const OWN_WAYS = /^crowd-(bounding-box|polygon|polyline|line|keypoint|(semantic|instance)-segmentation|entity-annotation|(image-)?classifier(-multi-select)?)$/;
  const TEXTS = {
    email: "ada@example.com", url: "https://example.com/", tel: "+1 555 0100", color: "#2ca02c", date: "2026-01-15",
    time: "10:30", "datetime-local": "2026-01-15T10:30", month: "2026-01", week: "2026-W03",
  };
  const WORDS = ["A plausible answer.", "answer", "Abc", "abc", "ABC", "A1", "123", "12", "1", "12345", "2026-01-15", "ada@example.com", "#2ca02c"];

  const NOTHING = /\b(none|nothing|exclusion|not applicable|n\/a)\b/i; // what excludes the other choices

  const say = (node, ...types) => types.forEach((type) => node.dispatchEvent(new Event(type, { bubbles: true, composed: true })));

  function* controls(root) {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches("input, select, textarea")) yield node;
      if (node.shadowRoot && !OWN_WAYS.test(node.localName)) yield* controls(node.shadowRoot);
    }
  }

  function set(node, value) {
    node.value = value;
    say(node, "input", "change");
  }

  function number(node) {
    const [low, high] = [node.min, node.max].map((text) => (text === "" ? null : Number(text)));
    const step = Number(node.step) || 1;
    const from = low ?? (high === null ? 0 : high - step);
    const next = from + step;
    return String(high !== null && next > high ? from : next);
  }

  // Hidden by itself, and not with the page or tab around it.
  const isKept = (node) => node.getRootNode() === document && node.matches("input, textarea") && !/checkbox|radio/.test(node.type)
    && getComputedStyle(node).display === "none" && node.parentElement.checkVisibility();

  // As many words as the element around asks for, and no more than it takes: a question's field is the first of two.
  function worded(node, text) {
    const card = node.localName === "textarea" && node.closest(".question");
    const limits = card && node.getRootNode().host;
    if (!limits) return text;
    const part = card.querySelector("textarea") === node ? "question" : "answer";
    const [least, most] = ["min", "max"].map((end) => parseInt(limits.getAttribute(`${part}-${end}-words`) ?? "", 10));
    const words = text.split(" ");
    while (words.length < least) words.push("more");
    return words.slice(0, most >= 1 ? most : undefined).join(" ");
  }

  const patternOf = (node) => node.pattern || node.getRootNode().host?.getAttribute("allowed-pattern") || "";

  // Any text where anything goes; else the first that the control takes, its own length limits minded.
  function write(node) {
    for (const word of [...WORDS, exampleOf(patternOf(node))]) {
      const least = node.minLength > 0 ? node.minLength : 0;
      const text = worded(node, word).padEnd(least, " more").slice(0, node.maxLength >= 0 ? node.maxLength : undefined);
      node.value = text;
      say(node, "input"); // which may take characters out again
      if (node.value && node.value.length < least) set(node, node.value.repeat(least).slice(0, least));
      if (node.value && node.validity.valid) return say(node, "change"); // which may take it all, as a list of tags does
    }
  }

  const isPreset = (node) => node.hasAttribute("value") || Boolean(node.getRootNode().host?.getAttribute("value"));

  // A range of choices is answered once: its first that can be.
  function tick(node, asked) {
    const key = `${node.type} ${node.name || "?"} ${node.getRootNode().host?.getAttribute("name") ?? ""}`;
    if (asked.has(key)) return;
    if (NOTHING.test(`${node.name} ${node.value} ${node.getRootNode().host?.getAttribute("value") ?? ""}`) && !node.required) return;
    asked.add(key);
    if (!node.checked) node.click();
  }

  const asked = new Set();
  const groups = new WeakSet();
  for (const node of [...controls(document)]) {
    const group = node.type === "radio" && node.getRootNode().host?.closest("crowd-radio-group");
    if (node.matches(":disabled") || node.readOnly || (seenAlone && isKept(node)) || (group && groups.has(group))) continue;
    if (group) groups.add(group);
    if (node.localName === "select") {
      const option = [...node.options].find((one) => one.value !== "" && !one.disabled);
      if (option && !node.value) option.selected = true;
      say(node, "input", "change");
    } else if (node.type === "checkbox" || node.type === "radio") tick(node, asked);
    else if (["hidden", "submit", "button", "reset", "image", "file"].includes(node.type)) continue;
    else if (node.type === "range") set(node, isPreset(node) ? node.value : number(node));
    else if (node.type === "number" && node.value === "") set(node, number(node));
    else if (node.value === "") {
      if (TEXTS[node.type]) set(node, TEXTS[node.type]);
      if (!node.value || !node.validity.valid) write(node);
    }
  }
}
