import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeThumbhash } from "../../static/js/lib/thumbhash.js";

// Made by generation/media/small/thumbhash.py, which writes what this reads: 90 × 60, red on the left and blue on the right; 80 × 80 of
// one green; 40 × 80, clear above and gray below.
const HALVES = "E+YC3aRpZ1mPh4d0eHiHc4+I+Ih4";
const GREEN = "lxgBBwAvPjuGiIiCiMiIOIiKpfNI8oMM";
const FLOATING = "MQiCAwBYeICIqHgAAAAAAHiIgIiHqHg=";
const shape = ({ width, height }) => [width, height];

function decoded(hash) {
  const { width, height, data } = decodeThumbhash(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0)));
  const pixel = (x, y) => Array.from(data.subarray((y * width + x) * 4, (y * width + x + 1) * 4));
  return { width, height, size: data.length, pixel };
}

test("a picture keeps its shape, 32 pixels along the longer side", () => {
  assert.deepEqual(shape(decoded(HALVES)), [32, 23]);
  assert.deepEqual(shape(decoded(GREEN)), [32, 32]);
  assert.deepEqual(shape(decoded(FLOATING)), [19, 32]);
  assert.equal(decoded(HALVES).size, 32 * 23 * 4);
});

test("colors stand where they were", () => {
  const { pixel } = decoded(HALVES);
  assert.deepEqual(pixel(2, 11), [255, 0, 0, 255]);
  assert.deepEqual(pixel(29, 11), [0, 0, 255, 255]);
});

test("one color comes back within a step of its six bits", () => {
  for (const [x, y] of [
    [0, 0],
    [16, 16],
    [31, 31],
  ])
    for (const [index, value] of [40, 160, 80].entries())
      assert.ok(Math.abs(decoded(GREEN).pixel(x, y)[index] - value) <= 4);
});

test("what was clear is clear", () => {
  const { pixel } = decoded(FLOATING);
  assert.equal(pixel(9, 2)[3], 0);
  assert.equal(pixel(9, 29)[3], 255);
});
