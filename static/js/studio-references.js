// References: chosen, dropped, pasted, or taken from an image of the page. Each is uploaded at once and becomes a
// numbered chip; a click on it opens the painter (studio-mask.js), Delete takes it out again. Without scripts the file
// goes along with the form.
const form = () => document.querySelector("form[data-composer]");
const list = () => document.getElementById("references");
const CARRIED = "application/x-image-id";

function note(words) {
  const place = document.getElementById("reference-note");
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

async function send(name, value) {
  const data = new FormData();
  data.append(name, value);
  data.append("paint", "1");
  data.append("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  form().ariaBusy = "true";
  note("");
  try {
    const answer = await fetch(form().dataset.references, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (answer.ok) {
      const chip = new DOMParser().parseFromString(text, "text/html").querySelector("li");
      list().append(chip);
      changed();
      document.getElementById("announce")?.replaceChildren(`${chip.querySelector("button").ariaLabel.split(".")[0]} added`);
    } else note(answer.headers.get("Content-Type")?.startsWith("text/plain") ? text : "That file could not be sent. Nothing was charged; try again.");
  } catch {
    note("No connection. The picture was not sent; try again in a moment.");
  }
  form().ariaBusy = "false";
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
  if (!form() || !event.clipboardData?.files.length) return;
  event.preventDefault();
  take(event.clipboardData.files);
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
  const chip = (event.key === "Delete" || event.key === "Backspace") && event.target.closest?.("#references [data-paint]")?.closest("li");
  if (!chip || !form()) return;
  event.preventDefault();
  remove(chip);
});
// From the painter: a chip that is to go, or chips that were put in another order.
document.addEventListener("references:remove", (event) => remove(event.target));
document.addEventListener("references:changed", changed);

// Dragging: files from the desk, or an image of the strip.
const over = (event) => form()?.contains(event.target) && [...event.dataTransfer.types].some((type) => type === "Files" || type === CARRIED);
document.addEventListener("dragstart", (event) => {
  const image = event.target.closest?.("[data-image]");
  if (image) event.dataTransfer.setData(CARRIED, image.dataset.image);
});
document.addEventListener("dragover", (event) => {
  const inside = over(event);
  form()?.querySelector("[data-drop]").toggleAttribute("data-over", Boolean(inside));
  if (inside) event.preventDefault();
});
for (const end of ["dragend", "dragleave", "drop"]) document.addEventListener(end, () => form()?.querySelector("[data-drop]").removeAttribute("data-over"));
document.addEventListener("drop", (event) => {
  if (!over(event)) return;
  event.preventDefault();
  const carried = event.dataTransfer.getData(CARRIED);
  if (carried) send("image", carried);
  else take(event.dataTransfer.files);
});
