// [data-copy="words"] copies the words, [data-copy-from="id"] the text (or the value) of the element with that id.
// The button says so for two seconds; what it said before comes back.
import { announce } from "../lib/announce.js";

const SAID = 2000;

async function copy(button) {
  const source = document.getElementById(button.dataset.copyFrom ?? "");
  const words = button.dataset.copy ?? source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(words);
    tell(button, "Copied");
  } catch {
    tell(button, "Press Ctrl+C");
    if (source) getSelection().selectAllChildren(source);
  }
}

function tell(button, words) {
  const label = [...button.childNodes].findLast(
    (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
  );
  announce(words);
  if (!label || button.dataset.copied !== undefined) return;
  const before = label.data;
  button.dataset.copied = "";
  label.data = words;
  setTimeout(() => {
    label.data = before;
    delete button.dataset.copied;
  }, SAID);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (button) copy(button);
});
