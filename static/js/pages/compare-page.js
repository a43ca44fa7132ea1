// Comparing two images: the arrows move the edge from wherever one is (Shift in larger steps), 1 and 2 choose the view,
// S swaps and the film puts another image in B's place without leaving the page. Escape goes back to where one was.
import { announce } from "../lib/announce.js";
import { isPlainClick } from "../lib/gestures.js";
import { fetchPart } from "../lib/parts.js";

const main = document.querySelector("[data-versus]");
const range = () => main.querySelector(".compare input");
const [STEP, LEAP] = [2, 10];
let view = "slider";

// The slider's own module (components/compare.js) hears of it as of a hand's.
function move(to) {
  range().value = to;
  range().dispatchEvent(new Event("input", { bubbles: true }));
}

function show(next) {
  view = next;
  main.toggleAttribute("data-beside", view === "beside");
  for (const button of main.querySelectorAll("[data-view]"))
    button.ariaPressed = String(button.dataset.view === view);
}

async function turn(address) {
  const fresh = await fetchPart(address, "[data-versus]").catch(() => null);
  if (!fresh) return location.assign(address);
  const [at, key, place] = [
    range().value,
    document.activeElement.dataset?.key,
    document.activeElement.getAttribute?.("href"),
  ];
  main.replaceChildren(...document.importNode(fresh, true).childNodes);
  window.htmx.process(main);
  move(at);
  show(view);
  history.replaceState(history.state, "", address);
  const again =
    (key && main.querySelector(`[data-key="${CSS.escape(key)}"]`)) ??
    (place && main.querySelector(`a[href="${CSS.escape(place)}"]`));
  again?.focus();
  announce([...main.querySelectorAll(".compare img")].map((picture) => picture.alt).join(". "));
}

document.addEventListener("click", (event) => {
  if (!isPlainClick(event)) return;
  const chosen = event.target.closest("[data-view]");
  const onward = event.target.closest("a[data-turn]");
  if (chosen) {
    show(chosen.dataset.view);
    announce(chosen.ariaLabel);
  } else if (onward) {
    event.preventDefault();
    turn(onward.getAttribute("href"));
  } else if (
    event.target.closest("[data-back]") &&
    document.referrer.startsWith(`${location.origin}/`) &&
    history.length > 1
  ) {
    event.preventDefault();
    history.back();
  }
});
document.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (
    !way ||
    view !== "slider" ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog:modal")
  )
    return;
  event.preventDefault();
  move(Number(range().value) + way * (event.shiftKey ? LEAP : STEP));
  if (document.activeElement !== range()) announce(range().ariaValueText);
});
show(view);
