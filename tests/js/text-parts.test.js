import assert from "node:assert/strict";
import { test } from "node:test";
import { textParts } from "../../static/js/lib/text-parts.js";

const BRACES = /\{\w+\}/g;
const shown = (text, pattern = BRACES) =>
  textParts(text, pattern).map(({ words, matched }) => (matched ? `[${words}]` : words));

test("what matches stands apart from what does not", () => {
  assert.deepEqual(shown("a {b} c {d}"), ["a ", "[{b}]", " c ", "[{d}]"]);
  assert.deepEqual(shown("{a}{b}"), ["[{a}]", "[{b}]"]);
});

test("a text without a match is one part, an empty one none", () => {
  assert.deepEqual(shown("nothing"), ["nothing"]);
  assert.deepEqual(shown(""), []);
});

test("the parts are the text", () => {
  for (const text of ["{a} b", "a\n\n{b}\n", "ä {ö} 🌊 {x}", "{}"])
    assert.equal(
      textParts(text, BRACES)
        .map(({ words }) => words)
        .join(""),
      text,
    );
});
