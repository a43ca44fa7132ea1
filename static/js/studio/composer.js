// The composer: keeps the draft, remembers prompts, folds on phones. Without scripts the same form posts by itself.
const form = () => document.querySelector("form[data-composer]");
const prompt = () => document.getElementById("prompt");
const price = () => document.querySelector("#generate-button .price")?.textContent ?? "";
const say = (words) => document.getElementById("announce")?.replaceChildren(words);
const save = () => localStorage.setItem(`draft-${form().dataset.draft}`, prompt().value);

function write(words) {
  prompt().value = words;
  save();
  prompt().focus();
  prompt().setSelectionRange(words.length, words.length);
}

function start() {
  if (!form()) return;
  const kept = localStorage.getItem(`draft-${form().dataset.draft}`);
  if (kept && !prompt().value && !("given" in form().dataset)) prompt().value = kept;
  // Where a browser can't show the inside of closed details, they have to stand open on wide screens.
  const settings = form().querySelector("details.settings");
  if (!CSS.supports("selector(::details-content)")) settings.open = matchMedia("(width >= 60rem)").matches;
}

// History: Alt with the arrows goes through the words used before; what one was writing waits at the end.
let past = null;
let at = -1;
let writing = "";

async function travel(step) {
  if (!past) {
    const answer = await fetch(form().dataset.prompts, { headers: { Accept: "application/json" } });
    past = answer.ok ? (await answer.json()).prompts : [];
  }
  if (at === -1) writing = prompt().value;
  const to = Math.min(past.length - 1, Math.max(-1, at + step));
  if (to === at) return;
  at = to;
  write(at === -1 ? writing : past[at]);
}

document.addEventListener("keydown", (event) => {
  if (!form()?.contains(event.target)) return;
  if (event.target === prompt() && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    travel(event.key === "ArrowUp" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("input, select")) {
    // Enter in a radio would send the form, and sending costs. It closes the menu that the radio stands in.
    event.preventDefault();
    closeMenu(event.target);
  }
});

function closeMenu(element) {
  const menu = element.closest("[popover]");
  if (!menu) return;
  menu.hidePopover();
  document.querySelector(`[popovertarget="${menu.id}"]`)?.focus();
}

document.addEventListener("input", (event) => {
  if (event.target !== prompt()) return;
  at = -1;
  save();
});
document.addEventListener("click", (event) => {
  if (!form()) return;
  const starter = event.target.closest("[data-starter]");
  if (starter) {
    event.preventDefault();
    write(starter.dataset.starter);
  } else if (event.target.closest("[data-clear]")) write("");
  // detail tells a pointer's click from the one that arrow keys cause on a radio
  else if (event.detail && event.target.closest("#models label, #styles label")) closeMenu(event.target);
});
document.addEventListener("focusin", (event) => {
  if (event.target === prompt()) delete form().dataset.folded;
});

// A field may be gone with the answer while it has the keyboard; then the one before it that is chosen has it.
let before = [];

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "options") return;
  const ids = [...event.target.querySelectorAll("input[id], select[id]")].map((field) => field.id);
  before = ids.slice(0, ids.indexOf(document.activeElement.id) + 1).reverse();
});
document.addEventListener("htmx:afterSwap", () => {
  const fields = before.map((id) => document.getElementById(id));
  before = [];
  if (document.activeElement === document.body)
    fields.find((field) => field && (field.type !== "radio" || field.checked))?.focus();
});

// The new price is said behind what changed it, which may be said only just before: "Reference 1 added".
let spoken = price();
let news = "";
document.addEventListener("references:said", (event) => {
  say((news = event.detail));
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "options" && price() === spoken) news = "";
  if (!form() || price() === spoken) return;
  spoken = price();
  const button = document.getElementById("generate-button");
  const words = `${button.firstChild.textContent.trim()}, ${price()}. ${document.getElementById("after")?.firstElementChild?.textContent ?? ""}`;
  say(news ? `${news}. ${words}` : words);
  news = "";
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== form() || !event.detail.successful) return;
  past = null;
  at = -1;
  form().dataset.folded = "";
  scrollTo({ top: 0 });
  say("On its way. The images appear first in the strip.");
});
start();
