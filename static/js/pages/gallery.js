// The gallery: choosing many images (Shift takes all between), comparing two, taking away what was deleted, and coming
// back to the place.
import { between } from "../lib/lists.js";
import { isReturning, keepPlace, placeIn } from "../lib/places.js";

const page = document.querySelector("[data-gallery]");
const bar = document.getElementById("selection");
const checks = () => [...document.querySelectorAll("#wall .check")];
const select = document.querySelector("[data-select]");
let last = null;

// "Select" makes a tap choose an image instead of opening it.
const selecting = () => select?.ariaPressed === "true";

function choose(on) {
  if (!select) return;
  select.ariaPressed = String(on);
  if (!on) for (const one of checks()) one.checked = false;
  count();
}

function count() {
  if (!bar) return;
  const ids = checks()
    .filter((check) => check.checked)
    .map((check) => check.value);
  const chosen = ids.length;
  const pair = bar.querySelector("[data-compare]");
  pair.hidden = chosen !== 2;
  // The wall begins with the newest; what came first is A.
  if (chosen === 2) pair.search = new URLSearchParams({ a: ids[1], b: ids[0] });
  const words = `${chosen} selected`;
  bar.hidden = !chosen;
  bar.querySelector("[data-count]").textContent = words;
  bar.dataset.confirmTitle = chosen === 1 ? "Delete this image?" : `Delete ${chosen} images?`;
  document.getElementById("wall")?.toggleAttribute("data-choosing", chosen > 0 || selecting());
}

document.addEventListener("click", (event) => {
  const check = event.target.closest?.("#wall .check");
  if (check) {
    if (event.shiftKey && last?.isConnected) {
      for (const one of between(checks(), last, check)) one.checked = check.checked;
    }
    last = check;
    count();
  } else if (event.target.closest?.("[data-unselect]")) choose(false);
  else if (event.target.closest?.("[data-select]")) choose(!selecting());
});

// On the window, because the lightbox opens on the document.
addEventListener(
  "click",
  (event) => {
    const frame = selecting() && event.target.closest?.("#wall .frame > a")?.parentElement;
    if (!frame) return;
    event.preventDefault();
    event.stopPropagation();
    frame.querySelector(".check").click();
  },
  true,
);
document.addEventListener("change", (event) => {
  if (event.target.matches?.("#wall .check")) count();
});

// What is gone leaves the wall; a day without images loses its heading.
document.addEventListener("gallery:deleted", (event) => {
  for (const id of event.detail.images) document.getElementById(id)?.remove();
  tidy();
  count();
});

function tidy() {
  const seen = new Set();
  for (const head of document.querySelectorAll("#wall .day-head")) {
    if (seen.has(head.dataset.day) || !head.nextElementSibling?.matches(".frame")) {
      if (head.previousElementSibling?.matches(".day-end")) head.previousElementSibling.remove();
      head.remove();
    }
    seen.add(head.dataset.day);
  }
}

// The filter's menu that was chosen from: its answer brings new chips, and the hand stays where it was.
let menu = null;
document.addEventListener(
  "submit",
  (event) => {
    if (event.target.id === "filters") menu = event.submitter?.closest("[popover]")?.id;
  },
  true,
);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "chips" && menu) {
    document.querySelector(`[popovertarget="${menu}"]`)?.focus();
    menu = null;
  }
  if (event.target.closest?.("#wall, #results")) {
    tidy();
    count();
  }
});

// The place: the first image in view is remembered on leaving. The browser's own cache of pages mostly brings it back;
// where it does not, the list is asked for from there on.
const HERE = `${location.pathname}${location.search}`;
const top = () => document.querySelector(".filters").getBoundingClientRect().bottom;

addEventListener("pagehide", () => {
  const first = [...document.querySelectorAll("#wall > .frame")].find(
    (frame) => frame.getBoundingClientRect().bottom > top(),
  );
  keepPlace(HERE, scrollY > 0 && first?.id);
});

async function back() {
  const id = placeIn(HERE);
  if (!id) return;
  if (!document.getElementById(id)) {
    const address = new URL(location.href);
    address.searchParams.set("from", id);
    await window.htmx.ajax("GET", address.pathname + address.search, {
      target: "#results",
      swap: "outerHTML",
      push: "false",
    });
  }
  const tile = document.getElementById(id);
  if (tile) scrollTo({ top: scrollY + tile.getBoundingClientRect().top - top() - 8, behavior: "instant" });
}

if (page && isReturning(HERE)) back();
count();
