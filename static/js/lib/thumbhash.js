// Decodes a ThumbHash. Written from the format's description (https://evanw.github.io/thumbhash/): a header with averages
// and scales, then 4-bit cosine coefficients of brightness (L), two color differences (P, Q) and, where there is any,
// alpha (A).
const SIDE = 32;

// Coefficients lie in the upper left triangle of an nx by ny grid; the first, the average, stands in the header.
function* triangle(nx, ny) {
  for (let v = 0; v < ny; v += 1) for (let u = v ? 0 : 1; u * ny < nx * (ny - v); u += 1) yield [u, v];
}

function parse(bytes) {
  const low = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const high = bytes[3] | (bytes[4] << 8);
  const alpha = low >> 23 === 1;
  const wide = high >> 15 === 1;
  const long = alpha ? 5 : 7;
  const short = Math.max(3, high & 7);
  const [nx, ny] = wide ? [long, short] : [short, long];
  let nibble = 2 * (alpha ? 6 : 5);
  const channel = (average, scale, cx, cy) => ({
    average,
    waves: Array.from(triangle(cx, cy), ([u, v]) => {
      const value = (bytes[nibble >> 1] >> (nibble & 1 ? 4 : 0)) & 15;
      nibble += 1;
      return [u, v, (value / 7.5 - 1) * scale];
    }),
  });
  const ratio = wide ? long / (high & 7) : (high & 7) / long;
  // Read in the order in which they are stored. The colors' scales are widened, because quantizing dulls them.
  const light = channel((low & 63) / 63, ((low >> 18) & 31) / 31, nx, ny);
  const yellow = channel(((low >> 6) & 63) / 31.5 - 1, (((high >> 3) & 63) / 63) * 1.25, 3, 3);
  const red = channel(((low >> 12) & 63) / 31.5 - 1, (((high >> 9) & 63) / 63) * 1.25, 3, 3);
  const cover = alpha ? channel((bytes[5] & 15) / 15, (bytes[5] >> 4) / 15, 5, 5) : { average: 1, waves: [] };
  return { ratio, light, yellow, red, cover };
}

const cosines = (size) =>
  Array.from({ length: size }, (_size, at) =>
    Array.from({ length: 7 }, (_seven, n) => Math.cos((Math.PI / size) * (at + 0.5) * n)),
  );

// Gives { width, height, data }, the longer side 32 pixels, with four bytes a pixel: red, green, blue and alpha.
export function decodeThumbhash(bytes) {
  const { ratio, light, yellow, red, cover } = parse(bytes);
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const data = new Uint8ClampedArray(width * height * 4);
  const [across, down] = [cosines(width), cosines(height)];
  const level = ({ average, waves }, x, y) =>
    waves.reduce((sum, [u, v, weight]) => sum + weight * across[x][u] * down[y][v] * 2, average);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const [l, p, q] = [level(light, x, y), level(yellow, x, y), level(red, x, y)];
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      // Uint8ClampedArray rounds and keeps each value within 0 and 255.
      data.set([r * 255, (r - q) * 255, b * 255, level(cover, x, y) * 255], (y * width + x) * 4);
    }
  return { width, height, data };
}
