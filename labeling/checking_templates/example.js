// A text that a pattern takes, as short as the pattern allows, for the patterns that people write for fields.
(pattern) => {
  const SETS = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a" };
  let at = 0;

  function quantified(piece) {
    const found = /^(?:\{(\d+)(?:,\d*)?\}|[*+?])\??/.exec(pattern.slice(at));
    if (!found) return piece;
    at += found[0].length;
    return piece.repeat(found[1] === undefined ? 1 : Number(found[1])); // a part that may be left out is shown
  }

  function set() {
    const from = at;
    if (pattern[at] === "^") at += 1;
    if (pattern[at] === "]") at += 1;
    while (at < pattern.length && pattern[at] !== "]") at += pattern[at] === "\\" ? 2 : 1;
    const body = pattern.slice(from, at);
    at += 1;
    const one = new RegExp(`[${body}]`);
    return [..."1aA0 -_.,:/@#!?+*()"].find((character) => one.test(character)) ?? body.replace(/^\^?\\?/, "")[0] ?? "";
  }

  function atom() {
    const character = pattern[at++];
    if (character === "[") return set();
    if (character === "(") {
      at += /^\?(?:[:=]|<\w+>)/.exec(pattern.slice(at))?.[0].length ?? 0;
      const inside = either();
      at += 1;
      return inside;
    }
    if (character === ".") return "a";
    if (character === "^" || character === "$") return "";
    if (character !== "\\") return character;
    const escaped = pattern[at++];
    return SETS[escaped] ?? (escaped === "b" ? "" : escaped);
  }

  // The first of several ways; the others are read past.
  function either() {
    let first = null, text = "";
    while (at < pattern.length && pattern[at] !== ")") {
      if (pattern[at] !== "|") text += quantified(atom());
      else [at, first, text] = [at + 1, first ?? text, ""];
    }
    return first ?? text;
  }

  try {
    return either();
  } catch {
    return ""; // what is no pattern
  }
}
