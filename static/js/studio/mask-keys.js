// The painter from the keyboard: arrows move the brush and Space paints; letters choose tools, brackets the brush size.
import { nextBrush, stepFrom } from "./mask-geometry.js";

const dialog = document.getElementById("painter");
const surface = document.getElementById("painter-surface");
const size = document.getElementById("mask-size");
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let spot = null;
let corner = null;
let held = false;

const tell = (name, detail) => dialog.dispatchEvent(new CustomEvent(name, { detail }));
const tool = () => dialog.querySelector('[data-mask-tool][aria-pressed="true"]').dataset.maskTool;
const say = (words) => dialog.querySelector("[data-painter-says]").replaceChildren(words);
const where = () =>
  `${percent(spot[0], surface.width)} from the left, ${percent(spot[1], surface.height)} from the top`;
const percent = (part, whole) => `${Math.round((100 * part) / whole)} %`;

function go(way, far) {
  const last = spot;
  spot = stepFrom(spot, way, surface, far);
  if (held && tool() !== "rectangle") tell("mask:paint", { points: [last, spot], joined: true });
  tell("mask:spot", { spot, corner });
  say(where());
}

function press() {
  if (tool() !== "rectangle") {
    held = true;
    tell("mask:paint", { points: [spot, spot] });
  } else if (corner) {
    tell("mask:paint", { points: [corner, spot] });
    corner = null;
    tell("mask:spot", { spot, corner });
  } else {
    corner = spot;
    tell("mask:spot", { spot, corner });
    say(`First corner ${where()}. Move, then press Space again.`);
  }
}

function forgetCorner() {
  corner = null;
}

function onSurface(event) {
  spot ??= [surface.width / 2, surface.height / 2];
  if (event.key in STEPS) go(STEPS[event.key], event.shiftKey);
  else if (event.key === " ") {
    if (!event.repeat) press();
  } else if (event.key === "Escape" && corner) {
    corner = null;
    tell("mask:spot", { spot, corner });
  } else return false;
  return true;
}

function along(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

function shortcut(event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    const what = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" && "undo";
    if (what) dialog.querySelector(`[data-mask-do="${what}"]`).click();
    return Boolean(what);
  }
  if (key === "[" || key === "]") {
    size.value = nextBrush(Number(size.value), key === "]" ? 1 : -1);
    size.dispatchEvent(new Event("input", { bubbles: true }));
    say(`Brush ${size.value} pixels`);
    return true;
  }
  const button = [...dialog.querySelectorAll("[aria-keyshortcuts]")].find(
    (one) => one.getAttribute("aria-keyshortcuts") === key,
  );
  button?.click();
  if (button) say(button.ariaLabel);
  return Boolean(button);
}

if (dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("textarea")) return;
    if ((event.target === surface && !event.ctrlKey && !event.metaKey && onSurface(event)) || shortcut(event))
      event.preventDefault();
  });
  dialog.addEventListener("keyup", (event) => {
    if (event.key === " ") held = false;
  });
  surface.addEventListener("blur", () => {
    held = false;
  });
  surface.addEventListener("pointerdown", () => {
    spot = corner = null;
  });
  surface.addEventListener("focus", () => {
    if (!surface.matches(":focus-visible")) return;
    spot ??= [surface.width / 2, surface.height / 2];
    tell("mask:spot", { spot, corner });
  });
  dialog.addEventListener("mask:open", () => {
    spot = corner = null;
    held = false;
  });
  dialog.querySelector("[role=toolbar]").addEventListener("keydown", along);
  for (const one of dialog.querySelectorAll("[data-mask-tool]")) one.addEventListener("click", forgetCorner);
}
