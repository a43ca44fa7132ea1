// The lightbox: a page of its own, which the gallery and the Studio open in a dialog instead. Arrows turn, Z zooms, Escape
// goes back. The address follows, so that a reload, a bookmark and the back button do what they say.
import { announce } from "../lib/announce.js";
import { isPlainClick, strokeWay } from "../lib/gestures.js";
import { returnTo } from "../lib/places.js";
import { activate, fetchPart, parseHtml } from "../lib/parts.js";

const theatre = document.getElementById("theatre");
const alone = document.querySelector("[data-lightbox-page]");
const home = location.href;
const holder = () => (theatre?.open ? theatre : alone);
let asked = null;

async function show(address, { push }) {
  asked = address;
  const fresh = await fetchPart(address, ".lightbox");
  if (!fresh) return location.assign(address);
  // One has turned on meanwhile.
  if (asked !== address) return;
  const place = holder() ?? theatre;
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const lightbox = document.importNode(fresh, true);
  place.replaceChildren(lightbox);
  activate(lightbox);
  if (theatre && !theatre.open && !alone) theatre.showModal();
  if (push) history.pushState({ lightbox: true }, "", address);
  else history.replaceState(history.state, "", address);
  (key && place.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
  const [number, name] = [lightbox.querySelector(".stage .number"), lightbox.querySelector("h1")];
  announce(`${number.textContent.trim()}: ${name.textContent}`);
  ahead(lightbox);
}

// The neighbors' pages are asked for while one looks, so that turning is at once.
function ahead(lightbox) {
  for (const link of lightbox.querySelectorAll("a.turn")) preload(link.href);
}

async function preload(address) {
  const answer = await fetch(address, { priority: "low" }).catch(() => null);
  if (!answer) return;
  const shown = parseHtml(await answer.text()).querySelector("[data-view] img");
  // The widths first: what is asked for has to be what will be shown.
  if (shown) Object.assign(new Image(), { sizes: shown.sizes, srcset: shown.srcset, src: shown.src });
}

function leave() {
  if (history.state?.lightbox) history.back();
  else if (theatre?.open) {
    history.replaceState(null, "", home);
    theatre.close();
  } else {
    toGallery();
    location.assign(document.querySelector("[data-lightbox-close]").href);
  }
}

// From the page of its own, as after the back button from the Studio, the gallery is loaded anew.
function toGallery() {
  const { pathname, search } = new URL(document.querySelector("[data-lightbox-close]").href);
  returnTo(`${pathname}${search}`, holder().querySelector("[data-image-shown]").dataset.imageShown);
}

document.addEventListener("click", (event) => {
  if (!isPlainClick(event)) return;
  const open = theatre && event.target.closest("a[data-lightbox]");
  const turn = holder() && event.target.closest("a[data-turn]");
  if (open || turn) {
    event.preventDefault();
    show((open || turn).getAttribute("href"), { push: Boolean(open) });
  } else if (theatre?.open && event.target.closest("[data-lightbox-close]")) {
    event.preventDefault();
    leave();
  } else if (alone && event.target.closest("[data-lightbox-close]")) toGallery();
  else if (event.target.closest("[data-zoom], [data-view] img")) zoom();
});
theatre?.addEventListener("cancel", (event) => {
  event.preventDefault();
  leave();
});
theatre?.addEventListener("close", () => theatre.replaceChildren());
addEventListener("popstate", () => {
  if (theatre?.open) theatre.close();
  else if (theatre && history.state?.lightbox) show(location.pathname + location.search, { push: false });
});

// Zoom: the original, pixel for pixel, in a view that scrolls.
function zoom() {
  const view = holder()?.querySelector("[data-view]");
  if (!view) return;
  const on = view.toggleAttribute("data-zoomed");
  const picture = view.querySelector("img");
  if (on && picture.dataset.original) {
    picture.removeAttribute("srcset");
    picture.src = picture.dataset.original;
  }
  holder().querySelector("[data-zoom]").ariaPressed = String(on);
  if (on)
    view.scrollTo((view.scrollWidth - view.clientWidth) / 2, (view.scrollHeight - view.clientHeight) / 2);
}

// A finger's stroke turns too.
let began = null;
document.addEventListener(
  "touchstart",
  (event) => {
    began =
      event.touches.length === 1 && event.target.closest("[data-view]:not([data-zoomed])")
        ? event.touches[0]
        : null;
  },
  { passive: true },
);
document.addEventListener("touchend", (event) => {
  if (!began) return;
  const turn = { back: "a[rel=prev]", on: "a[rel=next]" }[strokeWay(began, event.changedTouches[0])];
  if (turn) holder()?.querySelector(turn)?.click();
});

// What was deleted gives way to its neighbor.
document.addEventListener("gallery:deleted", (event) => {
  const shown = holder()?.querySelector("[data-image-shown]");
  if (!shown || !event.detail.images.includes(shown.dataset.imageShown)) return;
  const next = shown.querySelector("a[rel=next]") ?? shown.querySelector("a[rel=prev]");
  if (next) show(next.getAttribute("href"), { push: false });
  else leave();
});
if (alone) ahead(alone);
