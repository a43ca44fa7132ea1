// Menus are native popovers. This adds what the keyboard expects: the first item is focused on opening,
// arrows, Home and End move, Tab leaves, and choosing an item closes the menu.
import { nextIndex } from "../lib/lists.js";

const ITEMS = "a[href], button:not(:disabled), input:not(:disabled)";
const items = (menu) => [...menu.querySelectorAll(ITEMS)].filter((item) => item.checkVisibility());

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const open = event.newState === "open";
    for (const opener of document.querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`))
      opener.setAttribute("aria-expanded", open);
    if (open) (items(menu).find((item) => item.checked || item.ariaCurrent) ?? items(menu)[0])?.focus();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu:popover-open");
  if (!menu) return;
  if (event.key === "Tab") return menu.hidePopover();
  if (event.target.matches("input[type=radio], input[type=text], input[type=search]")) return;
  const all = items(menu);
  const to = nextIndex(event.key, all.indexOf(document.activeElement), all.length, "down");
  if (to === undefined) return;
  event.preventDefault();
  all.at(to)?.focus();
});

document.addEventListener("click", (event) => {
  const item = event.target.closest?.(".menu:popover-open :is(a, button)");
  if (item && !item.matches("[role=switch], [data-menu-stay]")) item.closest(".menu").hidePopover();
});
