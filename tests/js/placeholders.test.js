import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPlaceholder } from "../../static/js/lib/placeholders.js";

test("the first placeholder is the prompt", () => {
  assert.equal(nextPlaceholder(""), "prompt");
  assert.equal(nextPlaceholder("a poster, {} and {not this}"), "prompt");
});

test("one more gets the first detail that is free", () => {
  assert.equal(nextPlaceholder("{prompt}"), "detail");
  assert.equal(nextPlaceholder("{animal}"), "detail");
  assert.equal(nextPlaceholder("{prompt}, {detail}"), "detail2");
  assert.equal(nextPlaceholder("{prompt}, {detail}, {detail3}"), "detail2");
  assert.equal(nextPlaceholder("{detail2} {detail} {prompt}"), "detail3");
});
