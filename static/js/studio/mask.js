// A click on a reference opens the painter; "Use mask" sends the mask and hangs it on that reference, which becomes the
// first, because a mask is always for the first. Models without masks are said so, with one that can.
import { composerForm, referenceList } from "../lib/composer-form.js";
import { whenBack } from "../lib/connection.js";
import { upload } from "../lib/upload.js";
import { brushSizes } from "./mask-geometry.js";

const dialog = document.getElementById("painter");
const part = (name) => dialog.querySelector(`[data-painter-${name}]`);
const size = document.getElementById("mask-size");
const words = document.getElementById("mask-words");

const OFFLINE = "No connection. The mask was not sent; try again in a moment.";

let chip = null;
let opened = "";
let share = 0;

const models = () => [...document.querySelectorAll("#models input[name=model]")];
const button = () => chip.querySelector("[data-paint]");
const changed = () => document.dispatchEvent(new Event("references:changed"));

function fail(sentence) {
  part("error").hidden = !sentence;
  part("error").textContent = sentence;
}

function ready() {
  const model = models().find((one) => one.checked);
  const able = !model || "masks" in model.dataset;
  const other = models().find((one) => "masks" in one.dataset);
  dialog.querySelector("[data-no-mask]").hidden = able;
  if (!able) {
    dialog.querySelector("[data-no-mask-words]").textContent =
      `${model.dataset.label} can’t work with a mask.${other ? "" : " No other model can just now."}`;
    const swap = dialog.querySelector("[data-use-model]");
    swap.hidden = !other;
    swap.textContent = `Use ${other?.dataset.label}`;
    swap.value = other?.value;
  }
  part("use").disabled = !able || share === 0;
}

function open(pressed) {
  chip = pressed.closest("li");
  const { paint, picture, mask = "", width, height } = pressed.dataset;
  const number = [...referenceList().children].indexOf(chip) + 1;
  part("facts").textContent = `Image ${number} · ${width} × ${height}`;
  part("picture").src = picture;
  part("picture").alt = pressed.ariaLabel.split(".")[0];
  part("unmask").hidden = !mask;
  words.value = document.getElementById("prompt").value;
  fail("");
  dialog.showModal();
  const state = `${paint} ${mask}`;
  if (state !== opened) {
    const brush = brushSizes(width, height);
    size.max = brush.most;
    size.value = brush.size;
    size.dispatchEvent(new Event("input"));
    dialog.dispatchEvent(
      new CustomEvent("mask:open", { detail: { width: Number(width), height: Number(height), mask } }),
    );
  }
  // Closed by Escape, what was painted is still there; closed by Cancel it is not.
  opened = state;
  ready();
}

function cancel() {
  opened = "";
  dialog.close();
}

function unmask() {
  for (const item of referenceList().children) {
    item.querySelector("input[name=mask]")?.remove();
    const one = item.querySelector("[data-paint]");
    delete one.dataset.mask;
    one.ariaLabel = one.ariaLabel.replace(", with a mask", "");
  }
}

async function use() {
  const { paint, width, height } = button().dataset;
  const blob = await new Promise((resolve) => {
    dialog.dispatchEvent(
      new CustomEvent("mask:export", { detail: { width: Number(width), height: Number(height), resolve } }),
    );
  });
  const { chip: fresh, error } = await upload(
    composerForm().dataset.references,
    composerForm(),
    [
      ["mask", blob, "mask.png"],
      ["of", paint],
    ],
    "The mask could not be sent. Nothing was charged; try again.",
  );
  if (!fresh) return error;
  unmask();
  chip.remove();
  chip = fresh;
  referenceList().prepend(chip);
  cancel();
  changed();
  button().focus();
  document.dispatchEvent(new CustomEvent("references:said", { detail: "The mask is set on reference 1" }));
  return "";
}

async function send() {
  if (part("use").ariaBusy === "true") return;
  part("use").ariaBusy = "true";
  fail("");
  try {
    fail(await use());
  } catch {
    fail(OFFLINE);
    whenBack(() => {
      if (part("error").textContent === OFFLINE) fail("");
    });
  }
  part("use").ariaBusy = "false";
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("#references [data-paint]");
  if (pressed && dialog && composerForm()) open(pressed);
});
if (dialog) {
  dialog.addEventListener("mask:changed", (event) => {
    share = event.detail.share;
    const sentence = share
      ? `${(share * 100).toLocaleString(undefined, { maximumFractionDigits: 1 })} % of the image may change`
      : "Paint over what may change";
    part("share").textContent = sentence;
    part("says").textContent = sentence;
    ready();
  });
  size.addEventListener("input", () => {
    dialog.querySelector("[data-mask-size]").textContent = size.value;
  });
  words.addEventListener("input", () => {
    const prompt = document.getElementById("prompt");
    prompt.value = words.value;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
  });
  dialog.addEventListener("click", (event) => {
    const asked = (name) => event.target.closest(name);
    if (asked("[data-painter-cancel]")) cancel();
    else if (asked("[data-painter-use]")) send();
    else if (asked("[data-painter-unmask]")) {
      unmask();
      cancel();
      changed();
    } else if (asked("[data-painter-remove]")) {
      cancel();
      chip.dispatchEvent(new Event("references:remove", { bubbles: true }));
    } else if (asked("[data-use-model]")) {
      const model = models().find((one) => one.value === event.target.closest("[data-use-model]").value);
      model.checked = true;
      model.dispatchEvent(new Event("change", { bubbles: true }));
      ready();
    }
  });
}
