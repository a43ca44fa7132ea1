// References: chosen, dropped, pasted, read from a link, or taken from an image of the page. Each is uploaded at once and becomes a
// numbered chip; a click on it opens the painter (mask.js), Delete takes it out again. Without scripts the file
// goes along with the form.
import { note, noteOffline } from "../lib/announce.js";
import { composerForm, referenceList } from "../lib/composer-form.js";
import { unfit, upload } from "../lib/upload.js";
import { firstLink, pastedLink } from "./links.js";

const CARRIED = "application/x-image-id";
const NOTE = "reference-note";
const LINKS = "text/uri-list";
const linked = document.getElementById("from-link");

function changed() {
  for (const [index, item] of [...referenceList().children].entries()) {
    item.querySelector("[data-number]").textContent = index + 1;
    const button = item.querySelector("button");
    button.ariaLabel = button.ariaLabel.replace(/^Reference \d+/, `Reference ${index + 1}`);
  }
  document.getElementById("choices").dispatchEvent(new Event("quote"));
}

async function send(field, value, place = NOTE) {
  let kept = false;
  composerForm().ariaBusy = "true";
  note(place, "");
  try {
    const { chip, error } = await upload(
      composerForm().dataset.references,
      composerForm(),
      [
        [field, value],
        ["paint", "1"],
      ],
      "That file could not be sent. Nothing was charged; try again.",
    );
    kept = Boolean(chip);
    if (chip) {
      add(chip);
      note(NOTE, chip.dataset.note, "hint");
    } else note(place, error);
  } catch {
    noteOffline(place, "No connection. The image was not sent; try again in a moment.");
  }
  composerForm().ariaBusy = "false";
  return kept;
}

function add(chip) {
  referenceList().append(chip);
  changed();
  const [name] = chip.querySelector("button").ariaLabel.split(".");
  document.dispatchEvent(new CustomEvent("references:said", { detail: `${name} added` }));
}

// Says at the end what there is to say of each: the next file's note would replace it.
async function take(files) {
  const told = [];
  for (const file of files) {
    const why = unfit(file, document.getElementById("upload"));
    if (why) note(NOTE, why);
    else await send("upload", file);
    const { textContent: words, className: kind } = document.getElementById(NOTE);
    if (words) told.push({ words: files.length > 1 ? `${file.name}: ${words}` : words, kind });
  }
  const kind = told.some((one) => one.kind === "error") ? "error" : "hint";
  note(NOTE, told.map((one) => one.words).join(" "), kind);
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "upload" || !composerForm()) return;
  const files = [...event.target.files];
  event.target.value = "";
  take(files);
});
document.addEventListener("paste", (event) => {
  if (!composerForm() || !event.clipboardData) return;
  const typing = event.target.closest?.("input, textarea, select");
  const link = typing ? "" : pastedLink(event.clipboardData.getData("text"));
  if (event.clipboardData.files.length) take(event.clipboardData.files);
  else if (link) send("url", link);
  else return;
  event.preventDefault();
});

// From a link: asked for in a popover of its own, which stays open with the sentence where the link gives nothing.
linked?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (linked.ariaBusy === "true") return;
  linked.ariaBusy = "true";
  const kept = await send("url", linked.elements.url.value.trim(), "link-note");
  linked.ariaBusy = "false";
  if (!kept) return linked.elements.url.select();
  linked.reset();
  linked.hidePopover();
});
linked?.addEventListener("toggle", () => {
  note("link-note", "");
  note(NOTE, "");
});
document.addEventListener("click", (event) => {
  if (!composerForm()) return;
  const refer = event.target.closest("[data-refer]");
  if (refer) {
    event.preventDefault();
    send("image", refer.dataset.refer);
  }
});

function remove(chip) {
  const next = chip.nextElementSibling ?? chip.previousElementSibling;
  chip.remove();
  (next?.querySelector("button") ?? document.getElementById("upload")).focus();
  changed();
}

document.addEventListener("keydown", (event) => {
  const chip =
    (event.key === "Delete" || event.key === "Backspace") &&
    event.target.closest?.("#references [data-paint]")?.closest("li");
  if (!chip || !composerForm()) return;
  event.preventDefault();
  remove(chip);
});
// From the painter: a chip that is to go, or chips that were put in another order.
document.addEventListener("references:remove", (event) => remove(event.target));
document.addEventListener("references:changed", changed);

// Dragging: files from the desk, an image of the strip, or a picture or link of another page.
const over = (event) =>
  composerForm()?.contains(event.target) &&
  [...event.dataTransfer.types].some((type) => ["Files", CARRIED, LINKS].includes(type));
document.addEventListener("dragstart", (event) => {
  const image = event.target.closest?.("[data-image]");
  if (image) event.dataTransfer.setData(CARRIED, image.dataset.image);
});
document.addEventListener("dragover", (event) => {
  const inside = over(event);
  composerForm()?.querySelector("[data-drop]").toggleAttribute("data-over", Boolean(inside));
  if (inside) event.preventDefault();
});
for (const end of ["dragend", "dragleave", "drop"])
  document.addEventListener(end, () =>
    composerForm()?.querySelector("[data-drop]").toggleAttribute("data-over", false),
  );
document.addEventListener("drop", (event) => {
  if (!over(event)) return;
  event.preventDefault();
  const carried = event.dataTransfer.getData(CARRIED);
  const link = firstLink(event.dataTransfer.getData(LINKS));
  if (carried) send("image", carried);
  else if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  else if (link) send("url", link);
});
