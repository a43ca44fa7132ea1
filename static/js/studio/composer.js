// The composer: keeps the draft, remembers prompts, folds on phones. Without scripts the same form posts by itself.
import { announce } from "../lib/announce.js";
import { ask } from "../session/ask.js";
import { composerForm } from "../lib/composer-form.js";
import { closePopover } from "../lib/popover.js";
import { PromptHistory } from "./prompt-history.js";

const prompt = () => document.getElementById("prompt");
const price = () => document.querySelector("#generate-button .price")?.textContent ?? "";
const save = () => localStorage.setItem(`draft-${composerForm().dataset.draft}`, prompt().value);

function write(words) {
  prompt().value = words;
  save();
  prompt().focus();
  prompt().setSelectionRange(words.length, words.length);
}

function start() {
  if (!composerForm()) return;
  const kept = localStorage.getItem(`draft-${composerForm().dataset.draft}`);
  if (kept && !prompt().value && !("given" in composerForm().dataset)) prompt().value = kept;
  // Where a browser can't show the inside of closed details, they have to stand open on wide screens.
  const settings = composerForm().querySelector("details.settings");
  if (!CSS.supports("selector(::details-content)")) settings.open = matchMedia("(width >= 60rem)").matches;
}

// Alt with the arrows goes through the prompts used before, which are asked for once an order.
const promptHistory = new PromptHistory();
let prompts = null;

async function travel(step) {
  prompts ??= usedPrompts();
  const words = promptHistory.travel(await prompts, step, prompt().value);
  if (words !== null) write(words);
}

async function usedPrompts() {
  const answer = await ask(composerForm().dataset.prompts, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).prompts : [];
}

document.addEventListener("keydown", (event) => {
  if (!composerForm()?.contains(event.target)) return;
  if (event.target === prompt() && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    travel(event.key === "ArrowUp" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("input, select")) {
    // Enter in a radio would send the form, and sending costs. It closes the menu that the radio stands in.
    event.preventDefault();
    closePopover(event.target);
  }
});

document.addEventListener("input", (event) => {
  if (event.target !== prompt()) return;
  promptHistory.leave();
  save();
});
document.addEventListener("click", (event) => {
  if (!composerForm()) return;
  const starter = event.target.closest("[data-starter]");
  if (starter) {
    event.preventDefault();
    write(starter.dataset.starter);
  } else if (event.target.closest("[data-clear]")) write("");
  // detail tells a pointer's click from the one that arrow keys cause on a radio
  else if (event.detail && event.target.closest("#models label, #styles label")) closePopover(event.target);
});
document.addEventListener("focusin", (event) => {
  if (event.target === prompt()) delete composerForm().dataset.folded;
});

// A field may be gone with the answer while it has the keyboard; then the one before it that is chosen has it.
// One that is being typed in keeps its text, whatever the answer to the one before says.
let before = [];
let typed = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "options") return;
  const active = document.activeElement;
  const isTyped =
    event.target.contains(active) && active.matches("input:not([type=radio], [type=checkbox]), textarea");
  typed = isTyped ? { id: active.id, value: active.value } : null;
  const ids = [...event.target.querySelectorAll("input[id], select[id]")].map((field) => field.id);
  before = ids.slice(0, ids.indexOf(document.activeElement.id) + 1).toReversed();
});
document.addEventListener("htmx:afterSwap", () => {
  const fields = before.map((id) => document.getElementById(id));
  before = [];
  if (document.activeElement === document.body)
    fields.find((field) => field && (field.type !== "radio" || field.checked))?.focus();
  restore();
});

function restore() {
  const field = typed && document.getElementById(typed.id);
  const { value } = typed ?? {};
  typed = null;
  if (!field || field.value === value) return;
  field.value = value;
  field.focus();
  // The browser sees no change of its own in what was put back.
  field.addEventListener("blur", () => field.dispatchEvent(new Event("change", { bubbles: true })), {
    once: true,
  });
}

// A prompt that is missing is what one writes next.
document.addEventListener("htmx:afterSwap", () => {
  const refusal = document.querySelector("#refusal[data-param=prompt]");
  if (!refusal) return;
  delete refusal.dataset.param;
  prompt().focus();
});

// The new price is said behind what changed it, which may be said only just before: "Reference 1 added".
let spoken = price();
let news = "";
document.addEventListener("references:said", (event) => {
  announce((news = event.detail));
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "options" && price() === spoken) news = "";
  if (!composerForm() || price() === spoken) return;
  spoken = price();
  const button = document.getElementById("generate-button");
  const words = `${button.firstChild.textContent.trim()}, ${price()}. ${document.getElementById("after")?.firstElementChild?.textContent ?? ""}`;
  announce(news ? `${news}. ${words}` : words);
  news = "";
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== composerForm() || !event.detail.successful) return;
  prompts = null;
  promptHistory.leave();
  composerForm().dataset.folded = "";
  scrollTo({ top: 0 });
  announce("On its way. The images appear first in the strip.");
});
start();
