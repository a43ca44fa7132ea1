// The style editor: placeholders, colors and references that come and go; each change asks what would be sent now.
import { announce, note, noteOffline } from "../lib/announce.js";
import { nextPlaceholder } from "../lib/placeholders.js";
import { unfit, upload } from "../lib/upload.js";

const page = document.querySelector("[data-style-editor]");
const form = () => document.getElementById("style");
const list = () => document.getElementById("references");
const changed = () => form().dispatchEvent(new Event("input", { bubbles: true }));
const FIRST = "#c9572f";
const NOTE = "reference-note";

function addSlot() {
  const text = document.getElementById("template");
  const name = nextPlaceholder(text.value);
  text.focus();
  text.setRangeText(`{${name}}`, text.selectionStart, text.selectionEnd, "end");
  text.setSelectionRange(text.selectionEnd - name.length - 1, text.selectionEnd - 1);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function addColor(button) {
  const known = [...form().querySelectorAll("[name=color]")];
  if (known.length >= 8) {
    announce("A palette has at most 8 colors.");
    return;
  }
  const span = document.createElement("span");
  span.className = "swatch";
  const input = Object.assign(document.createElement("input"), {
    type: "color",
    name: "color",
    value: known.at(-1)?.value ?? FIRST,
  });
  input.ariaLabel = "New color";
  const remove = Object.assign(document.createElement("button"), {
    type: "button",
    className: "button square glass",
    textContent: "×",
  });
  remove.dataset.removeColor = "";
  remove.ariaLabel = "Remove the new color";
  span.append(input, remove);
  button.before(span);
  input.focus();
  input.click();
  changed();
}

function number() {
  [...list().children].forEach((item, index) => {
    item.querySelector(".badge").textContent = index + 1;
  });
  changed();
}

async function send(file) {
  const why = unfit(file, document.getElementById("upload"));
  note(NOTE, why);
  if (why) return;
  try {
    const { chip, error } = await upload(
      page.dataset.references,
      form(),
      [["upload", file]],
      "That file could not be sent. Try again.",
    );
    if (!chip) return note(NOTE, error);
    list().append(chip);
    note(NOTE, chip.dataset.note, "hint");
    number();
  } catch {
    noteOffline(NOTE, "No connection. The image was not sent; try again in a moment.");
  }
}

if (page) {
  document.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove-color]");
    const drop = event.target.closest("[data-unrefer]");
    const color = event.target.closest("[data-add-color]");
    if (event.target.closest("[data-add-slot]")) addSlot();
    else if (color) addColor(color);
    else if (remove) {
      remove.parentElement.remove();
      document.querySelector("[data-add-color]").focus();
      changed();
    } else if (drop) {
      drop.closest("li").remove();
      document.getElementById("upload").focus();
      number();
    }
  });
  document.addEventListener("change", async (event) => {
    if (event.target.id !== "upload") return;
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) await send(file);
  });
  // What was written before this was loaded was asked by nobody.
  document.addEventListener(
    "htmx:load",
    () => {
      if (
        [...form().querySelectorAll("textarea, input:not([type])")].some(
          (field) => field.value !== field.defaultValue,
        )
      )
        changed();
    },
    { once: true },
  );
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-says-sent]")) form().dispatchEvent(new Event("sent"));
    const state = document.getElementById("version-state");
    if (state && form().contains(event.target) && !state.dataset.changed) {
      state.dataset.changed = "";
      state.textContent = state.textContent.startsWith("Version")
        ? `${state.textContent.trim()}, not saved`
        : "Not saved";
    }
  });
}
