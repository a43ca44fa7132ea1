// The library: a pasted picture goes the way of a chosen one. Dropping is the file input's own.
const input = document.querySelector("[data-add-references] input[type=file]");

document.addEventListener("paste", (event) => {
  if (!input || !event.clipboardData?.files.length) return;
  event.preventDefault();
  input.files = event.clipboardData.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
