import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlainClick, strokeWay } from "../../static/js/lib/gestures.js";

const click = (change = {}) => ({ defaultPrevented: false, button: 0, ...change });
const stroke = (across, down) =>
  strokeWay({ clientX: 200, clientY: 200 }, { clientX: 200 + across, clientY: 200 + down });

test("a click with the first button and no key is plain", () => {
  assert.equal(isPlainClick(click()), true);
});

for (const change of [
  { button: 1 },
  { metaKey: true },
  { ctrlKey: true },
  { shiftKey: true },
  { altKey: true },
  { defaultPrevented: true },
])
  test(`a click with ${JSON.stringify(change)} is the browser's`, () => {
    assert.equal(isPlainClick(click(change)), false);
  });

test("a long stroke goes back or on", () => {
  assert.equal(stroke(61, 0), "back");
  assert.equal(stroke(-61, 30), "on");
});

test("a short or a steep stroke means nothing", () => {
  assert.equal(stroke(60, 0), "");
  assert.equal(stroke(-100, 50), "");
  assert.equal(stroke(0, 300), "");
});
