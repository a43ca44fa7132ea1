import assert from "node:assert/strict";
import { test } from "node:test";
import { between, nextIndex } from "../../static/js/lib/lists.js";

const LETTERS = ["a", "b", "c", "d"];
const after = (key, letter, axis = "across") => {
  const index = nextIndex(key, LETTERS.indexOf(letter), LETTERS.length, axis);
  return index === undefined ? undefined : LETTERS.at(index);
};

test("arrows lead to the neighbor, around both ends", () => {
  assert.equal(after("ArrowRight", "a"), "b");
  assert.equal(after("ArrowRight", "d"), "a");
  assert.equal(after("ArrowLeft", "b"), "a");
  assert.equal(after("ArrowLeft", "a"), "d");
});

test("Home and End lead to the ends", () => {
  assert.equal(after("Home", "c"), "a");
  assert.equal(after("End", "b"), "d");
});

test("only the arrows of the list's own axis lead anywhere", () => {
  assert.equal(after("ArrowDown", "a"), undefined);
  assert.equal(after("ArrowDown", "a", "down"), "b");
  assert.equal(after("ArrowRight", "a", "down"), undefined);
  assert.equal(after("x", "a"), undefined);
});

test("whoever is nowhere in the list begins at its first entry", () => {
  assert.equal(after("ArrowRight", "z"), "a");
});

test("between holds both ends, whichever comes first", () => {
  assert.deepEqual(between(LETTERS, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(LETTERS, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(LETTERS, "c", "c"), ["c"]);
});
