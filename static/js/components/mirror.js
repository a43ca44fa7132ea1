// Mirror: lights up parts of a textarea from behind. `[data-mirror]` holds a pattern; the first child has the same words.
import { textParts } from "../lib/text-parts.js";

function draw(mirror) {
  const pattern = new RegExp(mirror.dataset.mirror, "gu");
  const parts = textParts(mirror.querySelector("textarea").value, pattern).map(({ words, matched }) => {
    if (!matched) return words;
    const mark = document.createElement("mark");
    mark.textContent = words;
    return mark;
  });
  // A last empty line has no height of its own without a character.
  mirror.firstElementChild.replaceChildren(...parts, "\u200B");
}

document.addEventListener("input", (event) => {
  const mirror = event.target.closest("[data-mirror]");
  if (mirror) draw(mirror);
});
document.addEventListener(
  "scroll",
  (event) => {
    const mirror = event.target.closest?.("[data-mirror]");
    if (mirror) mirror.firstElementChild.scrollTop = event.target.scrollTop;
  },
  true,
);
for (const mirror of document.querySelectorAll("[data-mirror]")) draw(mirror);
