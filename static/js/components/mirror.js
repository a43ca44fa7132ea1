// Mirror: lights up parts of a textarea from behind. `[data-mirror]` holds a pattern; the first child has the same words.
function draw(mirror) {
  const pattern = new RegExp(mirror.dataset.mirror, "gu");
  const text = mirror.querySelector("textarea").value;
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    const mark = document.createElement("mark");
    mark.textContent = found[0];
    parts.push(text.slice(at, found.index), mark);
    at = found.index + found[0].length;
  }
  // a last empty line has no height of its own without a character
  mirror.firstElementChild.replaceChildren(...parts, `${text.slice(at)}\u200b`);
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
