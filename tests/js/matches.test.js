import assert from "node:assert/strict";
import { test } from "node:test";

import { matches, nearest, prepared } from "../../static/js/manual/matches.js";

const ENTRIES = prepared([
  {
    page: "Webhooks",
    title: "Verify it",
    url: "/a",
    text: "Headers and signature are those of Standard Webhooks.",
  },
  { page: "Errors", title: "insufficient_credits", url: "/b", text: "Too few credits." },
  { page: "Quick start", title: "Buy credits", url: "/c", text: "A person pays." },
]);
const found = (query) => matches(ENTRIES, query).map((entry) => entry.url);

test("the beginnings of words are enough, and all of them are needed", () => {
  assert.deepEqual(found("verif webh"), ["/a"]);
  assert.deepEqual(found("verif credits"), []);
  assert.deepEqual(found("SIGN"), ["/a"]);
});

test("words of a title count most", () => {
  assert.deepEqual(found("credits"), ["/b", "/c"]);
  assert.deepEqual(found("buy"), ["/c"]);
});

test("codes are found by their parts", () => {
  assert.deepEqual(found("insufficient"), ["/b"]);
});

test("nothing is found by nothing", () => {
  assert.deepEqual(found(" "), []);
});

test("what is near is told by how words begin", () => {
  assert.deepEqual(nearest(ENTRIES, "webhoks"), ["webhooks"]);
  assert.deepEqual(nearest(ENTRIES, "zzz"), []);
});
