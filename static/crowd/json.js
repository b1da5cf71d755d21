// The JSON that people write into attributes: single quotes, bare keys, trailing commas, comments.

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;
const ESCAPES = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", 0: "\0" };
const WORDS = new Map([["true", true], ["false", false], ["null", null], ["undefined", null], ["NaN", null]]);

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0] ?? null;
  }

  peek() {
    this.match(SPACE);
    return this.text[this.at];
  }

  take(char) {
    if (this.peek() !== char) return false;
    this.at += 1;
    return true;
  }

  expect(char) {
    if (!this.take(char)) this.fail(`"${char}" expected`);
  }

  fail(what) {
    throw new SyntaxError(`${what} at character ${this.at + 1}`);
  }

  value() {
    const char = this.peek();
    if (char === "[") return this.array();
    if (char === "{") return this.object();
    if (char === '"' || char === "'" || char === "`") return this.string();
    const number = this.match(NUMBER);
    if (number !== null) return Number(number);
    const word = this.match(WORD);
    if (word !== null && WORDS.has(word)) return WORDS.get(word);
    return this.fail("a value expected");
  }

  array() {
    const items = [];
    this.expect("[");
    while (!this.take("]")) {
      if (this.take(",")) continue; // a loop of a template may leave one too many
      items.push(this.value());
      if (this.peek() !== "]") this.expect(",");
    }
    return items;
  }

  object() {
    const pairs = [];
    this.expect("{");
    while (!this.take("}")) {
      if (this.take(",")) continue;
      const key = this.key();
      this.expect(":");
      pairs.push([key, this.value()]);
      if (this.peek() !== "}") this.expect(",");
    }
    return Object.fromEntries(pairs);
  }

  key() {
    const char = this.peek();
    if (char === '"' || char === "'") return this.string();
    return this.match(WORD) ?? this.match(NUMBER) ?? this.fail("a key expected");
  }

  string() {
    const quote = this.text[this.at++];
    let out = "";
    while (this.at < this.text.length) {
      const char = this.text[this.at++];
      if (char === quote) return out;
      out += char === "\\" ? this.escaped() : char;
    }
    return this.fail("a string is not closed");
  }

  escaped() {
    const char = this.text[this.at++];
    if (char !== "u" && char !== "x") return ESCAPES[char] ?? (char === "\n" ? "" : char ?? "");
    const digits = this.match(char === "u" ? /[0-9a-fA-F]{4}/y : /[0-9a-fA-F]{2}/y);
    return digits ? String.fromCharCode(parseInt(digits, 16)) : char;
  }
}

/**
 * Parse JSON as browsers' object literals allow it.
 * @param {string} text
 * @returns {unknown} throws SyntaxError
 */
export function parseLenient(text) {
  try {
    return JSON.parse(text);
  } catch {
    const reader = new Reader(text);
    const value = reader.value();
    if (reader.peek() !== undefined) reader.fail("nothing more expected");
    return value;
  }
}
