// form[data-priced-by="#choices, .fix"]: while htmx asks what these cost, a press on the form's spending button waits for
// the answer, then counts at the price that came. What stands there by then may be another thing, such as "Buy credits":
// nobody pressed that. A price that was lost is asked for again from the first of them, by the event "quote".
import { whenBack } from "../lib/connection.js";

const priced = () => document.querySelector("form[data-priced-by]");
const button = () => [...priced().elements].find((element) => element.matches(".spend"));
const deed = () => button()?.getAttribute("formaction") ?? (button() ? "" : "none");
const first = () => document.querySelector(priced().dataset.pricedBy.split(",")[0]);
const ask = () => first().dispatchEvent(new Event("quote"));
const asks = (element) => priced() && element.matches(priced().dataset.pricedBy);
// Requests that are under way.
const asking = new Set();
let stale = false;
let waiting = null;

// On the window, because whoever listens on the document must not see a press that waits.
addEventListener(
  "submit",
  (event) => {
    if (event.target !== priced() || !(asking.size || stale)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = deed();
    if (button()) button().ariaBusy = "true";
    if (!asking.size) ask();
  },
  true,
);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (asks(event.target)) asking.add(event.detail.xhr);
});
document.addEventListener("htmx:afterRequest", (event) => {
  // Not by its element, which its own answer may have replaced.
  if (!asking.delete(event.detail.xhr)) return;
  // Later, because a newer question takes back this one first and is asked then.
  setTimeout(() => {
    if (!asking.size) answered(event.detail.successful);
  });
});

// What was chosen before this was loaded was asked by nobody.
document.addEventListener(
  "htmx:load",
  () => {
    if (
      priced() &&
      [...first().querySelectorAll("input")].some((field) => field.checked !== field.defaultChecked)
    )
      ask();
  },
  { once: true },
);

function answered(arrived) {
  stale = !arrived;
  if (stale) whenBack(askAgain);
  if (waiting === null) return;
  const pressed = waiting;
  waiting = null;
  if (button()) button().ariaBusy = null;
  if (stale) refuse("The price did not arrive, so nothing was ordered. Press again in a moment.");
  else if (deed() === pressed && !button().disabled) button().click();
}

function askAgain() {
  document.querySelector(".generate > .error")?.remove();
  if (stale && priced() && !asking.size) ask();
}

function refuse(words) {
  const place = (button() ?? document.querySelector(".generate")).closest(".generate");
  if (place.querySelector(".error")) return;
  const line = document.createElement("p");
  Object.assign(line, { className: "error", role: "alert", textContent: words });
  place.prepend(line);
}

// A button that its price replaces between a mouse's press and release gets no click of its own.
let held = null;

document.addEventListener("pointerdown", (event) => {
  const on =
    event.pointerType === "mouse" && event.button === 0 && priced() && event.target.closest(".spend");
  held = on && on === button() ? { on, deed: deed() } : null;
});
document.addEventListener("pointerup", (event) => {
  const again =
    held && !held.on.isConnected && held.deed === deed() && event.target.closest(".spend") === button();
  held = null;
  if (again) button().click();
});
