// Opens and closes native dialogs.
// [data-dialog-open="id"] opens the dialog of that id. [data-dialog-close] closes the dialog it stands in.
// dialog[data-dialog-auto] opens as soon as it is in the page, and leaves the page when it is closed.
// A header `HX-Trigger: close-dialog` (or that event from a module) closes the one in front. A click on the backdrop closes a dialog, unless it holds a form that was touched.
import { onLoad } from "../lib/page-load.js";

const touched = new WeakSet();

function open(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

function openThose(scope) {
  for (const dialog of scope.querySelectorAll("dialog[data-dialog-auto]")) {
    if (dialog.matches(":modal")) continue;
    if (dialog.open) dialog.close();
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
    open(dialog);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) return open(document.getElementById(opener.dataset.dialogOpen));
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) return closer.closest("dialog")?.close();
  const dialog = event.target.closest("dialog.dialog");
  if (dialog && event.target === dialog && !touched.has(dialog)) {
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside) dialog.close();
  }
});
document.addEventListener("input", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog) touched.add(dialog);
});
document.addEventListener("close", (event) => touched.delete(event.target), true);
document.addEventListener("close-dialog", () =>
  [...document.querySelectorAll("dialog:modal")].at(-1)?.close(),
);
onLoad(openThose);
