import assert from "node:assert/strict";
import { test } from "node:test";
import { firstLink, pastedLink } from "../../static/js/studio/links.js";

test("a link alone is a link", () => {
  assert.equal(pastedLink("  https://example.com/a.png\n"), "https://example.com/a.png");
});

for (const text of [
  "",
  "http://example.com/a.png",
  "see https://example.com/a.png",
  "https://a b",
  "javascript:x",
])
  test(`${JSON.stringify(text)} is none`, () => {
    assert.equal(pastedLink(text), "");
  });

test("the first address of a list counts, not its remarks", () => {
  assert.equal(
    firstLink("# from a page\r\nhttps://a.example/1\r\nhttps://a.example/2"),
    "https://a.example/1",
  );
  assert.equal(firstLink(""), "");
  assert.equal(firstLink("# only a remark\n"), "");
});
