// Blurred placeholders: <img data-thumbhash="base64"> gets a small canvas behind it until its bytes are there.
import { onLoad } from "../lib/page-load.js";
import { decodeThumbhash } from "../lib/thumbhash.js";

function placeholder(hash) {
  const { width, height, data } = decodeThumbhash(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0)));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { className: "placeholder", ariaHidden: "true", width, height });
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

function cover(image) {
  const hash = image.dataset.thumbhash;
  delete image.dataset.thumbhash;
  if (!hash || (image.complete && image.naturalWidth)) return;
  let canvas;
  try {
    canvas = placeholder(hash);
  } catch {
    // A placeholder is never worth an error.
    return;
  }
  image.before(canvas);
  for (const end of ["load", "error"]) image.addEventListener(end, () => canvas.remove(), { once: true });
}

onLoad((scope) => {
  for (const image of scope.querySelectorAll("img[data-thumbhash]")) cover(image);
});
