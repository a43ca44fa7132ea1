import assert from "node:assert/strict";
import { test } from "node:test";
import { relativeWords } from "../../static/js/lib/relative-time.js";

const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

for (const [seconds, words] of [
  [0, "just now"],
  [-59, "just now"],
  [59, "just now"],
  [-60, "1 minute ago"],
  [-3599, "59 minutes ago"],
  [-3600, "1 hour ago"],
  [-86_400, "yesterday"],
  [86_400, "tomorrow"],
  [-13 * 86_400, "last week"],
  [-2_592_000, "last month"],
  [2 * 31_536_000, "in 2 years"],
])
  test(`${seconds} seconds from now is "${words}"`, () => {
    assert.equal(relativeWords(format, seconds), words);
  });
