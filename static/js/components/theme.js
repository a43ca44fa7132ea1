// Light, dark or the system's. The choice is a cookie, so that the server writes it into the page and nothing flashes.
// [data-theme-switch]: a switch for dark. [data-theme-choice]: a radio whose value is light, dark or system.
import { onLoad } from "../lib/page-load.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const YEAR = 365 * 24 * 3600;

const chosen = () => root.dataset.theme ?? "system";
const dark = () => chosen() === "dark" || (chosen() === "system" && system.matches);

function show(scope = document) {
  for (const control of scope.querySelectorAll("[data-theme-switch]"))
    control.setAttribute("aria-checked", dark());
  for (const radio of scope.querySelectorAll("[data-theme-choice]")) radio.checked = radio.value === chosen();
}

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${theme === "system" ? 0 : YEAR}; samesite=lax${secure}`;
  show();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) choose(dark() ? "light" : "dark");
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-choice]")) choose(event.target.value);
});
system.addEventListener("change", () => show());
onLoad(show);
