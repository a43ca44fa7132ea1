import assert from "node:assert/strict";
import { test } from "node:test";
import { keyCaps, keyName } from "../../static/js/lib/key-names.js";

test("a key is named with what is held", () => {
  assert.equal(keyName({ key: "/" }), "/");
  assert.equal(keyName({ key: "Enter", ctrlKey: true }), "mod+enter");
  assert.equal(keyName({ key: "Enter", metaKey: true }), "mod+enter");
  assert.equal(keyName({ key: "ArrowUp", altKey: true }), "alt+arrowup");
  assert.equal(keyName({ key: "K", ctrlKey: true, altKey: true }), "mod+alt+k");
});

test("caps show what stands on the keyboard", () => {
  assert.deepEqual(keyCaps("mod+enter", false), ["Ctrl", "↵"]);
  assert.deepEqual(keyCaps("mod+enter", true), ["⌘", "↵"]);
  assert.deepEqual(keyCaps("alt+arrowup", false), ["Alt", "↑"]);
  assert.deepEqual(keyCaps("g", false), ["G"]);
  assert.deepEqual(keyCaps("escape", false), ["Escape"]);
});

test("plus is a key of its own", () => {
  assert.deepEqual(keyCaps("+", false), ["+"]);
});
