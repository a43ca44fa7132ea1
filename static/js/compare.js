// The compare slider: a range over two pictures sets --at through the CSSOM, which a strict content policy allows.
function set(range) {
  range.closest(".compare").style.setProperty("--at", `${range.value}%`);
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.(".compare input[type=range]")) set(event.target);
});
for (const range of document.querySelectorAll(".compare input[type=range]")) set(range);
