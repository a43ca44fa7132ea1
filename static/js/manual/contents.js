// Marks, in "On this page", the part that one is reading.
const links = [...document.querySelectorAll(".toc a")];
const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
const NEAR = 140;

function mark() {
  const passed = parts.findLastIndex((part) => part && part.getBoundingClientRect().top < NEAR);
  for (const [place, link] of links.entries()) {
    if (place === Math.max(passed, 0)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

if (links.length) {
  let waits = false;
  document.addEventListener(
    "scroll",
    () => {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        mark();
      });
    },
    { passive: true },
  );
  mark();
}

// The list of pages is open where there is room for it; on phones it unfolds.
const list = document.querySelector(".index > details");
const wide = matchMedia("(width >= 64rem)");
const unfold = () => {
  if (list) list.open = wide.matches;
};
wide.addEventListener("change", unfold);
unfold();
