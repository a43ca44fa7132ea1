import assert from "node:assert/strict";
import { test } from "node:test";
import {
  brushSizes,
  fitting,
  nextBrush,
  nextZoom,
  paintedShare,
  stepFrom,
  workingScale,
} from "../../static/js/studio/mask-geometry.js";

const RIGHT = [1, 0];
const UP = [0, -1];

test("a large picture is worked on with a longer edge of 2,048", () => {
  assert.equal(workingScale(4096, 1024), 0.5);
  assert.equal(workingScale(2048, 2048), 1);
  assert.equal(workingScale(512, 256), 1);
});

test("the brush follows the longer edge and has a least size", () => {
  assert.deepEqual(brushSizes(1400, 700), { size: 50, most: 280 });
  assert.deepEqual(brushSizes("1400", "700"), { size: 50, most: 280 });
  assert.deepEqual(brushSizes(64, 64), { size: 4, most: 120 });
});

test("a step of the brush is an eighth and at least two pixels", () => {
  assert.equal(nextBrush(80, 1), 90);
  assert.equal(nextBrush(80, -1), 70);
  assert.equal(nextBrush(4, -1), 2);
});

test("a step of the keyboard is a fiftieth of the longer edge, or a tenth", () => {
  const surface = { width: 1000, height: 500 };
  assert.deepEqual(stepFrom([100, 100], RIGHT, surface, false), [120, 100]);
  assert.deepEqual(stepFrom([100, 100], RIGHT, surface, true), [200, 100]);
  assert.deepEqual(stepFrom([100, 100], UP, surface, false), [100, 80]);
});

test("no step leaves the surface", () => {
  const surface = { width: 1000, height: 500 };
  assert.deepEqual(stepFrom([990, 10], RIGHT, surface, true), [1000, 10]);
  assert.deepEqual(stepFrom([990, 10], UP, surface, true), [990, 0]);
});

test("a picture fits by its tighter side", () => {
  assert.equal(fitting({ width: 1000, height: 500 }, { width: 500, height: 500 }), 0.5);
  assert.equal(fitting({ width: 500, height: 1000 }, { width: 500, height: 250 }), 0.25);
  assert.equal(fitting({ width: 500, height: 500 }, { width: -8, height: 100 }), 0.01);
});

test("zoom goes by half, from what fits to eight times that", () => {
  assert.equal(nextZoom(1, "in"), 1.5);
  assert.equal(nextZoom(1.5, "out"), 1);
  assert.equal(nextZoom(1, "out"), 1);
  assert.equal(nextZoom(7, "in"), 8);
  assert.equal(nextZoom(5, "fit"), 1);
});

test("the painted share is the mean alpha", () => {
  assert.equal(paintedShare([9, 9, 9, 255, 9, 9, 9, 255]), 1);
  assert.equal(paintedShare([9, 9, 9, 255, 9, 9, 9, 0]), 0.5);
  assert.equal(paintedShare([9, 9, 9, 0]), 0);
});
