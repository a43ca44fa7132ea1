// Sizes and places in the painter, in pixels.
const MOST = 2048;
const FINE = 50;
const FAR = 5;
const ZOOM = 1.5;
const NEAREST = 8;

// The size at which a mask of a picture is worked on: its own, or with a longer edge of 2,048.
export function workingScale(width, height) {
  return Math.min(1, MOST / Math.max(width, height));
}

// What the brush is for a picture: a 28th of the longer edge, up to a fifth of it.
export function brushSizes(width, height) {
  const edge = Math.max(width, height);
  return { size: Math.max(4, Math.round(edge / 28)), most: Math.max(120, Math.round(edge / 5)) };
}

// The next size of the brush by the keyboard: an eighth more (1) or less (-1), at least two pixels.
export const nextBrush = (size, way) => size + way * Math.max(2, Math.round(size / 8));

const within = (value, most) => Math.min(most, Math.max(0, value));

// Where a step of the keyboard leads: a fiftieth of the longer edge, five times as far with `far`, within the surface.
export function stepFrom([x, y], [across, down], { width, height }, far) {
  const step = (Math.max(width, height) / FINE) * (far ? FAR : 1);
  return [within(x + across * step, width), within(y + down * step, height)];
}

// How much smaller a picture has to be to fit.
export const fitting = (picture, space) =>
  Math.max(0.01, Math.min(space.width / picture.width, space.height / picture.height));

// The zoom after "in", "out" or "fit", in terms of what fits.
export function nextZoom(zoom, way) {
  if (way === "fit") return 1;
  return Math.min(NEAREST, Math.max(1, way === "in" ? zoom * ZOOM : zoom / ZOOM));
}

// How much of a picture is painted, from 0 to 1, by the alpha of its pixels (four bytes each).
export function paintedShare(pixels) {
  let sum = 0;
  for (let index = 3; index < pixels.length; index += 4) sum += pixels[index];
  return (4 * sum) / (255 * pixels.length);
}
