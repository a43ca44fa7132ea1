// .drop with a file input and [data-drop-name]: says which file was chosen.
document.addEventListener("change", (event) => {
  const words = event.target.closest?.(".drop")?.querySelector("[data-drop-name]");
  const file = event.target.files?.[0];
  if (words && file) words.textContent = file.name;
});
