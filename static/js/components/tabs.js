// Tabs within a page: [role=tablist] of [role=tab][aria-controls]. Arrows, Home and End move and choose; without
// scripts every panel shows. The chosen tab's name is kept for the visit where the list has data-tabs-keep="name".
import { nextIndex } from "../lib/lists.js";
import { onLoad } from "../lib/page-load.js";

function choose(tab, focus) {
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(one.getAttribute("aria-controls"));
    if (panel) panel.hidden = !chosen;
  }
  if (focus) tab.focus();
  const { tabsKeep } = tab.closest("[role=tablist]").dataset;
  if (tabsKeep) sessionStorage.setItem(`tabs-${tabsKeep}`, tab.textContent.trim());
}

function start(list) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const kept = list.dataset.tabsKeep && sessionStorage.getItem(`tabs-${list.dataset.tabsKeep}`);
  const first =
    tabs.find((tab) => tab.textContent.trim() === kept) ??
    tabs.find((tab) => tab.ariaSelected === "true") ??
    tabs[0];
  if (first) choose(first, false);
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) choose(tab, false);
});
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  if (!tab) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const to = nextIndex(event.key, tabs.indexOf(tab), tabs.length, "across");
  if (to === undefined) return;
  event.preventDefault();
  choose(tabs.at(to), true);
});
onLoad((scope) => {
  for (const list of scope.querySelectorAll("[role=tablist]")) start(list);
});
