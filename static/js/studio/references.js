// References: chosen, dropped, pasted, read from a link, or taken from an image of the page. Each is uploaded at once and becomes a
// numbered chip; a click on it opens the painter (mask.js), Delete takes it out again. Without scripts the file
// goes along with the form.
const form = () => document.querySelector("form[data-composer]");
const list = () => document.getElementById("references");
const CARRIED = "application/x-image-id";
const LINKS = "text/uri-list";
const linked = document.getElementById("from-link");

function note(words, id = "reference-note") {
  const place = document.getElementById(id);
  place.hidden = !words;
  place.textContent = words;
}

function changed() {
  [...list().children].forEach((item, index) => {
    item.querySelector("[data-number]").textContent = index + 1;
    const button = item.querySelector("button");
    button.ariaLabel = button.ariaLabel.replace(/^Reference \d+/, `Reference ${index + 1}`);
  });
  document.getElementById("choices").dispatchEvent(new Event("quote"));
}

async function send(name, value, place) {
  const data = new FormData();
  data.append(name, value);
  data.append("paint", "1");
  data.append("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  let kept = false;
  form().ariaBusy = "true";
  note("", place);
  try {
    const answer = await fetch(form().dataset.references, {
      method: "POST",
      body: data,
      headers: { "HX-Request": "true" },
    });
    const text = await answer.text();
    kept = answer.ok;
    if (kept) {
      const chip = new DOMParser().parseFromString(text, "text/html").querySelector("li");
      list().append(chip);
      changed();
      document.dispatchEvent(
        new CustomEvent("references:said", {
          detail: `${chip.querySelector("button").ariaLabel.split(".")[0]} added`,
        }),
      );
    } else
      note(
        answer.headers.get("Content-Type")?.startsWith("text/plain")
          ? text
          : "That file could not be sent. Nothing was charged; try again.",
        place,
      );
  } catch {
    note("No connection. The picture was not sent; try again in a moment.", place);
  }
  form().ariaBusy = "false";
  return kept;
}

async function take(files) {
  const pictures = [...files].filter((file) => file.type.startsWith("image/"));
  if (files.length && !pictures.length) note("Only pictures can be references: PNG, JPEG or WebP.");
  for (const file of pictures) await send("upload", file);
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "upload" || !form()) return;
  const files = [...event.target.files];
  event.target.value = "";
  take(files);
});
document.addEventListener("paste", (event) => {
  if (!form() || !event.clipboardData) return;
  const link = event.target.closest?.("input, textarea, select")
    ? ""
    : event.clipboardData.getData("text").trim();
  if (event.clipboardData.files.length) take(event.clipboardData.files);
  else if (/^https:\/\/\S+$/.test(link)) send("url", link);
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
  note("", "link-note");
  note("");
});
document.addEventListener("click", (event) => {
  if (!form()) return;
  const refer = event.target.closest("[data-refer]");
  if (refer) {
    event.preventDefault();
    send("image", refer.dataset.refer);
    return;
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
  if (!chip || !form()) return;
  event.preventDefault();
  remove(chip);
});
// From the painter: a chip that is to go, or chips that were put in another order.
document.addEventListener("references:remove", (event) => remove(event.target));
document.addEventListener("references:changed", changed);

// Dragging: files from the desk, an image of the strip, or a picture or link of another page.
const over = (event) =>
  form()?.contains(event.target) &&
  [...event.dataTransfer.types].some((type) => ["Files", CARRIED, LINKS].includes(type));
document.addEventListener("dragstart", (event) => {
  const image = event.target.closest?.("[data-image]");
  if (image) event.dataTransfer.setData(CARRIED, image.dataset.image);
});
document.addEventListener("dragover", (event) => {
  const inside = over(event);
  form()?.querySelector("[data-drop]").toggleAttribute("data-over", Boolean(inside));
  if (inside) event.preventDefault();
});
for (const end of ["dragend", "dragleave", "drop"])
  document.addEventListener(end, () => form()?.querySelector("[data-drop]").removeAttribute("data-over"));
document.addEventListener("drop", (event) => {
  if (!over(event)) return;
  event.preventDefault();
  const carried = event.dataTransfer.getData(CARRIED);
  const link = event.dataTransfer
    .getData(LINKS)
    .split(/\r?\n/)
    .find((line) => line && !line.startsWith("#"));
  if (carried) send("image", carried);
  else if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  else if (link) send("url", link);
});
