// How large the picture stands in the painter: as large as fits, or nearer, scrolled then.
import { fitting, nextZoom } from "./mask-geometry.js";

const dialog = document.getElementById("painter");
const pan = dialog?.querySelector("[data-pan]");
const sheet = dialog?.querySelector("[data-sheet]");

let whole = null;
let zoom = 1;

function fit() {
  const space = getComputedStyle(pan);
  const width =
    pan.clientWidth - Number.parseFloat(space.paddingLeft) - Number.parseFloat(space.paddingRight);
  const height =
    pan.clientHeight - Number.parseFloat(space.paddingTop) - Number.parseFloat(space.paddingBottom);
  return fitting(whole, { width, height });
}

function lay() {
  if (!whole || !dialog.open) return;
  const level = fit() * zoom;
  sheet.style.setProperty("inline-size", `${Math.floor(whole.width * level)}px`);
  sheet.style.setProperty("block-size", `${Math.floor(whole.height * level)}px`);
  dialog.querySelector("[data-zoom-level]").textContent = `${Math.round(level * 100)} %`;
  dialog.dispatchEvent(new Event("mask:zoomed"));
}

if (dialog) {
  dialog.addEventListener("mask:open", (event) => {
    whole = event.detail;
    zoom = 1;
    lay();
  });
  dialog.addEventListener("click", (event) => {
    const way = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (!way) return;
    const [x, y] = [
      (pan.scrollLeft + pan.clientWidth / 2) / pan.scrollWidth,
      (pan.scrollTop + pan.clientHeight / 2) / pan.scrollHeight,
    ];
    zoom = nextZoom(zoom, way);
    lay();
    pan.scrollTo(x * pan.scrollWidth - pan.clientWidth / 2, y * pan.scrollHeight - pan.clientHeight / 2);
  });
  new ResizeObserver(lay).observe(pan);
}
