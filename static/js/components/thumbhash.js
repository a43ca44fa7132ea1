// Blurred placeholders: <img data-thumbhash="base64"> gets a small canvas behind it until its bytes are there.
// Written from the format's description (https://evanw.github.io/thumbhash/): a header with averages and scales,
// then 4-bit cosine coefficients of brightness (L), two colour differences (P, Q) and, where there is any, alpha (A).
const SIDE = 32;

// Coefficients lie in the upper left triangle of an nx by ny grid; the first, the average, stands in the header.
function* triangle(nx, ny) {
  for (let v = 0; v < ny; v++) for (let u = v ? 0 : 1; u * ny < nx * (ny - v); u++) yield [u, v];
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
    waves: [...triangle(cx, cy)].map(([u, v]) => {
      const value = (bytes[nibble >> 1] >> (nibble & 1 ? 4 : 0)) & 15;
      nibble += 1;
      return [u, v, (value / 7.5 - 1) * scale];
    }),
  });
  const ratio = wide ? long / (high & 7) : (high & 7) / long;
  // Read in the order in which they are stored. The colours' scales are widened, because quantising dulls them.
  const light = channel((low & 63) / 63, ((low >> 18) & 31) / 31, nx, ny);
  const yellow = channel(((low >> 6) & 63) / 31.5 - 1, (((high >> 3) & 63) / 63) * 1.25, 3, 3);
  const red = channel(((low >> 12) & 63) / 31.5 - 1, (((high >> 9) & 63) / 63) * 1.25, 3, 3);
  const cover = alpha ? channel((bytes[5] & 15) / 15, (bytes[5] >> 4) / 15, 5, 5) : { average: 1, waves: [] };
  return { ratio, light, yellow, red, cover };
}

function paint(canvas, { ratio, light, yellow, red, cover }) {
  const width = (canvas.width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio)));
  const height = (canvas.height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE)));
  const picture = new ImageData(width, height);
  const cosines = (size) =>
    Array.from({ length: size }, (_, at) =>
      Array.from({ length: 7 }, (_, n) => Math.cos((Math.PI / size) * (at + 0.5) * n)),
    );
  const [across, down] = [cosines(width), cosines(height)];
  const level = ({ average, waves }, x, y) =>
    waves.reduce((sum, [u, v, weight]) => sum + weight * across[x][u] * down[y][v] * 2, average);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [l, p, q] = [level(light, x, y), level(yellow, x, y), level(red, x, y)];
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      // Uint8ClampedArray rounds and keeps each value within 0 and 255.
      picture.data.set([r * 255, (r - q) * 255, b * 255, level(cover, x, y) * 255], (y * width + x) * 4);
    }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function cover(image) {
  const hash = image.dataset.thumbhash;
  image.removeAttribute("data-thumbhash");
  if (!hash || (image.complete && image.naturalWidth)) return;
  const canvas = document.createElement("canvas");
  canvas.className = "placeholder";
  canvas.ariaHidden = "true";
  try {
    paint(canvas, parse(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0))));
  } catch {
    return; // a placeholder is never worth an error
  }
  image.before(canvas);
  for (const end of ["load", "error"]) image.addEventListener(end, () => canvas.remove(), { once: true });
}

const coverAll = (scope) => {
  for (const image of scope.querySelectorAll("img[data-thumbhash]")) cover(image);
};
document.addEventListener("htmx:load", (event) => coverAll(event.target.parentElement ?? document));
coverAll(document);
