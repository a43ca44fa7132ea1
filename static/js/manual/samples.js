// The language that one chooses in a sample is chosen in all of them, and kept for the next page.
const KEPT = "tabs-language";

function choose(language) {
  for (const one of document.querySelectorAll(".sample .head input")) {
    if (one.value === language) one.checked = true;
  }
}

document.addEventListener("change", (event) => {
  if (!event.target.matches(".sample .head input")) return;
  const before = event.target.getBoundingClientRect().top;
  choose(event.target.value);
  // What is above may have become longer: the sample in hand stays where it was.
  scrollBy({ top: event.target.getBoundingClientRect().top - before, behavior: "instant" });
  sessionStorage.setItem(KEPT, event.target.value);
});
choose(sessionStorage.getItem(KEPT));
