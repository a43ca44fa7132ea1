// Short news in the polite region #toasts: each leaves after a while, or by its close button, never while one reads it.
// From the server: a header `HX-Trigger: {"toast": {"text": "Saved.", "href": "/x", "action": "Open", "thumbnail": "/y"}}`,
// or `components/toast.html` swapped out of band into #toasts. From a module: dispatch a "toast" event with such a detail.
import { whenBack } from "../lib/connection.js";

const STAY = 8000;
const OFFLINE = "No connection. Nothing was sent; try again in a moment.";
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");
let offline = null;

function leaveLater(toast) {
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), STAY);
  };
  const hold = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  wait();
}

function say({ text, href, action, thumbnail, stays }) {
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = text;
  if (thumbnail) {
    const picture = document.createElement("img");
    Object.assign(picture, { src: thumbnail, alt: "" });
    toast.prepend(picture);
  }
  if (href) {
    const link = document.createElement("a");
    Object.assign(link, { className: "button", href, textContent: action ?? "Open" });
    toast.querySelector("[data-toast-close]").before(link);
  }
  if (stays) toast.dataset.stays = "";
  region.append(toast);
  return toast;
}

function sayOffline() {
  if (offline?.isConnected) return;
  offline = say({ text: OFFLINE });
  whenBack(() => offline.remove());
}

if (region && template) {
  new MutationObserver((records) => {
    for (const { addedNodes } of records)
      for (const node of addedNodes) if (node.matches?.("[data-toast]:not([data-stays])")) leaveLater(node);
  }).observe(region, { childList: true });
  for (const toast of region.querySelectorAll("[data-toast]")) leaveLater(toast);

  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
  document.addEventListener("toast", (event) => say(event.detail));
  document.addEventListener("htmx:sendError", sayOffline);
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 403)
      say({ text: "You can't do that here. If you signed out in another tab, reload the page." });
    else if (status === 404) say({ text: "That no longer exists." });
    else if (status === 429) say({ text: "That was a lot at once. Wait a moment, then try again." });
    else if (status === 503)
      say({ text: "We are too busy right now. Nothing was charged; try again in a moment." });
    else say({ text: "That did not work, and it was our fault. Reload the page to see where things stand." });
  });
}
