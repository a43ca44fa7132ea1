// What was typed in a page whose form could not be sent. Each page keeps it in this tab when it is left; if what comes next
// says that the session has ended ([data-signed-out]) or that the page was out of date ([data-unsent]), it is put back
// when the page is there again, for the same person. [data-kept] is shown where something waits.
import { composerForm } from "../lib/composer-form.js";
import { readFields, writeFields } from "./fields.js";

const LEFT = "left";
const UNSENT = "unsent";
const MOST = 2_000_000;
const HOUR = 3_600_000;
const person = document.querySelector("meta[name=person]")?.content;
const here = `${location.pathname}${location.search}`;
const read = (key) => JSON.parse(sessionStorage.getItem(key) ?? "null");

function composed() {
  const form = composerForm();
  if (!form) return null;
  const data = new FormData(form);
  const prompt = data.get("prompt");
  for (const name of ["csrfmiddlewaretoken", "request_key", "max_credits", "prompt", "upload"])
    data.delete(name);
  return { prompt, settings: new URLSearchParams(data).toString() };
}

addEventListener("pagehide", () => {
  if (!person) return;
  const kept = JSON.stringify({
    person,
    page: here,
    at: Date.now(),
    fields: readFields(),
    composer: composed(),
  });
  if (kept.length <= MOST) sessionStorage.setItem(LEFT, kept);
  else sessionStorage.removeItem(LEFT);
});

if (document.querySelector("[data-signed-out], [data-unsent]")) {
  const left = read(LEFT);
  if (left) sessionStorage.setItem(UNSENT, JSON.stringify(left));
}
// Whoever has signed out leaves nothing behind.
if (!person) sessionStorage.removeItem(LEFT);
const unsent = read(UNSENT);
const isMine = unsent && Date.now() - unsent.at < HOUR;
const typed = isMine && (unsent.fields.length || unsent.composer?.prompt);
for (const words of document.querySelectorAll("[data-kept]")) words.hidden = !typed;

async function restore() {
  sessionStorage.removeItem(UNSENT);
  const { fields, composer } = unsent;
  if (composer && composerForm()) {
    // Which settings there are depends on the model, so the server renders the composer.
    await window.htmx.ajax("GET", `${composerForm().dataset.composer}?${composer.settings}`, {
      target: "#composer",
      swap: "outerHTML",
    });
    const prompt = document.getElementById("prompt");
    prompt.value = composer.prompt;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  let missing = writeFields(fields);
  // Some come with what the others ask for.
  const again = () => {
    missing = writeFields(missing);
    if (!missing.length) document.removeEventListener("htmx:afterSettle", again);
  };
  if (missing.length && missing.length < fields.length) document.addEventListener("htmx:afterSettle", again);
}

// A form that was refused stands at the address that it was sent to, below its page.
const isHere = (page) => page === here || page.startsWith(`${location.pathname}/`);
if (isMine && unsent.person === person && isHere(unsent.page)) restore();
