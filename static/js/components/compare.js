// The compare slider: a range over two pictures sets --at through the CSSOM, which a strict content policy allows, and
// says in words how much of the first is shown.
function set(range) {
  range.closest(".compare").style.setProperty("--at", `${range.value}%`);
  range.ariaValueText = `${range.value} % A`;
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.(".compare input[type=range]")) set(event.target);
});
for (const range of document.querySelectorAll(".compare input[type=range]")) set(range);
