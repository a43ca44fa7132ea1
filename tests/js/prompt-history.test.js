import assert from "node:assert/strict";
import { test } from "node:test";
import { PromptHistory } from "../../static/js/studio/prompt-history.js";

const USED = ["newest", "older", "oldest"];

test("one goes back through the prompts and stops at the oldest", () => {
  const history = new PromptHistory();
  assert.equal(history.travel(USED, 1, "draft"), "newest");
  assert.equal(history.travel(USED, 1, "newest"), "older");
  assert.equal(history.travel(USED, 1, "older"), "oldest");
  assert.equal(history.travel(USED, 1, "oldest"), null);
});

test("what one was writing waits in front", () => {
  const history = new PromptHistory();
  history.travel(USED, 1, "draft");
  assert.equal(history.travel(USED, -1, "newest"), "draft");
  assert.equal(history.travel(USED, -1, "draft"), null);
});

test("whoever writes begins from there", () => {
  const history = new PromptHistory();
  history.travel(USED, 1, "draft");
  history.travel(USED, 1, "newest");
  history.leave();
  assert.equal(history.travel(USED, 1, "another draft"), "newest");
  assert.equal(history.travel(USED, -1, "newest"), "another draft");
});

test("without prompts there is nowhere to go", () => {
  assert.equal(new PromptHistory().travel([], 1, "draft"), null);
});
