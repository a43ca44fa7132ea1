// The painting surface of #painter: what is painted, and how it is shown. `mask:open` on the dialog starts a picture,
// `mask:paint` paints from the keyboard, `mask:export` hands the mask out; `mask:changed` tells how much is painted.
// The mask is worked on at no more than 2,048 pixels an edge and written at the picture's own size.
import { paintedShare, workingScale } from "./mask-geometry.js";

const dialog = document.getElementById("painter");
const surface = document.getElementById("painter-surface");
const size = document.getElementById("mask-size");
const SAMPLE = 128;
const SOLID = "#000";

// Opaque where the picture may change.
const painted = document.createElement("canvas");
const sample = Object.assign(document.createElement("canvas"), { width: SAMPLE, height: SAMPLE });
let scale = 1;
let base = null;
let done = [];
let undone = [];
let tool = "brush";
// Where the brush is, as [x, y] of the surface.
let spot = null;
// The first corner of a rectangle that is being drawn.
let corner = null;
let stroke = null;
let frame = 0;
let hatch = null;

const ink = () => painted.getContext("2d");
const brush = () => Math.max(1, size.value * scale);

const ACTIONS = {
  stroke({ points, width, erase }, from = 0) {
    const context = ink();
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[from]);
    for (const point of points.slice(from)) context.lineTo(...point);
    // A line of no length has no ends to be round: a hair's breadth makes a touch a dot.
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
    context.stroke();
  },
  rectangle({ points: [[x, y], [right, bottom]], erase }) {
    ink().globalCompositeOperation = erase ? "destination-out" : "source-over";
    ink().fillRect(Math.min(x, right), Math.min(y, bottom), Math.abs(right - x), Math.abs(bottom - y));
  },
  invert() {
    ink().globalCompositeOperation = "xor";
    ink().fillRect(0, 0, painted.width, painted.height);
  },
  clear() {
    ink().clearRect(0, 0, painted.width, painted.height);
  },
};

function apply(action, from) {
  ink().fillStyle = ink().strokeStyle = SOLID;
  ACTIONS[action.kind](action, from);
}

function replay() {
  ACTIONS.clear();
  ink().globalCompositeOperation = "source-over";
  if (base) ink().drawImage(base, 0, 0, painted.width, painted.height);
  for (const action of done) apply(action);
}

function commit(action) {
  done.push(action);
  undone = [];
  changed();
}

function share() {
  const context = sample.getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, SAMPLE, SAMPLE);
  context.drawImage(painted, 0, 0, SAMPLE, SAMPLE);
  const { data } = context.getImageData(0, 0, SAMPLE, SAMPLE);
  return paintedShare(data);
}

function changed() {
  show();
  dialog.querySelector('[data-mask-do="undo"]').ariaDisabled = String(!done.length);
  dialog.querySelector('[data-mask-do="redo"]').ariaDisabled = String(!undone.length);
  // So that a click beside the dialog doesn't close it.
  dialog.dispatchEvent(new Event("input", { bubbles: true }));
  dialog.dispatchEvent(new CustomEvent("mask:changed", { detail: { share: share() } }));
}

// Stripes of the accent, so that what is painted shows on every picture.
function stripes(context) {
  const tile = Object.assign(document.createElement("canvas"), { width: 14, height: 14 });
  const pen = tile.getContext("2d");
  pen.globalAlpha = 0.72;
  pen.fillStyle = getComputedStyle(surface).color;
  pen.fillRect(0, 0, 14, 14);
  pen.globalAlpha = 0.38;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 5, 14);
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().rotate(45).scale(thickness()));
  return pattern;
}

const thickness = () => Math.max(0.5, surface.width / Math.max(1, surface.clientWidth));

function outline(context, path) {
  for (const [width, color] of [
    [3, "#fff"],
    [1, "rgb(0 0 0 / .6)"],
  ]) {
    context.lineWidth = width * thickness();
    context.strokeStyle = color;
    context.stroke(path);
  }
}

function draw() {
  frame = 0;
  const context = surface.getContext("2d");
  context.globalCompositeOperation = "source-over";
  context.clearRect(0, 0, surface.width, surface.height);
  context.drawImage(painted, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = hatch ??= stripes(context);
  context.fillRect(0, 0, surface.width, surface.height);
  context.globalCompositeOperation = "source-over";
  if (!spot) return;
  const path = new Path2D();
  if (corner) path.rect(corner[0], corner[1], spot[0] - corner[0], spot[1] - corner[1]);
  else if (tool === "rectangle") {
    const arm = 9 * thickness();
    path.moveTo(spot[0] - arm, spot[1]);
    path.lineTo(spot[0] + arm, spot[1]);
    path.moveTo(spot[0], spot[1] - arm);
    path.lineTo(spot[0], spot[1] + arm);
  } else path.arc(spot[0], spot[1], brush() / 2, 0, 2 * Math.PI);
  outline(context, path);
}

function show() {
  frame ||= requestAnimationFrame(draw);
}

function picture(address) {
  return new Promise((resolve) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", () => resolve(null));
    image.src = address;
  });
}

// A stored mask is transparent where the picture may change; painted is the other way round.
async function painting(address, width, height) {
  const image = address && (await picture(address));
  if (!image) return null;
  const turned = Object.assign(document.createElement("canvas"), { width, height });
  const context = turned.getContext("2d");
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(image, 0, 0, width, height);
  return turned;
}

async function open({ width, height, mask }) {
  scale = workingScale(width, height);
  for (const canvas of [painted, surface])
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  [done, undone, stroke, spot, corner, base, hatch] = [[], [], null, null, null, null, null];
  base = await painting(mask, painted.width, painted.height);
  replay();
  changed();
}

function written({ width, height, resolve }) {
  const whole = Object.assign(document.createElement("canvas"), { width, height });
  const context = whole.getContext("2d");
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(painted, 0, 0, width, height);
  whole.toBlob(resolve, "image/png");
}

function choose(button) {
  tool = button.dataset.maskTool;
  corner = null;
  for (const one of dialog.querySelectorAll("[data-mask-tool]")) one.ariaPressed = String(one === button);
  show();
}

function act(what) {
  if (what === "undo" || what === "redo") {
    const [from, to] = what === "undo" ? [done, undone] : [undone, done];
    if (!from.length) return;
    to.push(from.pop());
    replay();
    changed();
  } else {
    apply({ kind: what });
    commit({ kind: what });
  }
}

function at(event) {
  const box = surface.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * surface.width,
    ((event.clientY - box.top) / box.height) * surface.height,
  ];
}

function begin(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  surface.focus({ preventScroll: true });
  surface.setPointerCapture(event.pointerId);
  spot = at(event);
  if (tool === "rectangle") corner = spot;
  else {
    stroke = { kind: "stroke", points: [spot], width: brush(), erase: tool === "erase" || event.altKey };
    apply(stroke);
  }
  show();
}

function move(event) {
  spot = at(event);
  if (stroke) {
    stroke.points.push(spot);
    apply(stroke, stroke.points.length - 2);
  }
  show();
}

function end(event) {
  if (stroke) commit(stroke);
  else if (corner && event.type === "pointerup") rectangle(corner, at(event), event.altKey);
  stroke = corner = null;
  show();
}

function rectangle(first, second, erase = false) {
  const action = { kind: "rectangle", points: [first, second], erase };
  apply(action);
  commit(action);
}

// From the keyboard: a spot, a line from the last one, or a rectangle's corners.
function paint({ points, joined }) {
  spot = points.at(-1);
  if (tool === "rectangle") return rectangle(...points);
  const last = done.at(-1);
  if (joined && last?.kind === "stroke") {
    last.points.push(spot);
    apply(last, last.points.length - 2);
    return changed();
  }
  const action = { kind: "stroke", points, width: brush(), erase: tool === "erase" };
  apply(action);
  commit(action);
}

if (dialog) {
  surface.addEventListener("pointerdown", begin);
  surface.addEventListener("pointermove", move);
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
  surface.addEventListener("pointerleave", () => {
    if (!stroke && !corner) {
      spot = null;
      show();
    }
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mask-tool], [data-mask-do]");
    if (button?.dataset.maskTool) choose(button);
    else if (button) act(button.dataset.maskDo);
  });
  size.addEventListener("input", show);
  dialog.addEventListener("mask:open", (event) => open(event.detail));
  dialog.addEventListener("mask:paint", (event) => paint(event.detail));
  dialog.addEventListener("mask:spot", (event) => {
    ({ spot, corner } = event.detail);
    show();
  });
  dialog.addEventListener("mask:zoomed", () => {
    hatch = null;
    show();
  });
  dialog.addEventListener("mask:export", (event) => written(event.detail));
}
