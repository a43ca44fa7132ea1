// A new batch: a chosen file is read at once, choosing from a select corrects its row at once, menus close on a choice.
import { closePopover } from "../lib/popover.js";

document.addEventListener("change", (event) => {
  const source = event.target.closest("[data-source]");
  if (source && event.target.type === "file" && event.target.files.length) source.requestSubmit();
  if (event.target.matches("[data-fix]")) event.target.form.querySelector("[data-fix-send]").click();
});
document.addEventListener("click", (event) => {
  if (event.detail && event.target.closest("#models label, #styles label")) closePopover(event.target);
});
