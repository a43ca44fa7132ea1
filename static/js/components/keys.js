// Keys for what a page offers. [data-key="/"] on a field is focused by that key, on a link or a button it is clicked.
// "mod+enter" is Ctrl or Cmd with Enter; combinations also work while one types, single keys do not.
// "?" opens the list of them all (layout/keys.html): every [data-key] with its data-key-says, or its accessible name.
import { keyCaps, keyName } from "../lib/key-names.js";

const list = document.getElementById("keys");
const editable = (element) =>
  element.matches?.(
    "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable]",
  );
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
function bound(key) {
  const scope = document.querySelector("dialog:modal") ?? document;
  return [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === key && element.checkVisibility() && !element.disabled,
  );
}

function face(key) {
  const row = document.createElement("span");
  for (const words of keyCaps(key, mac)) {
    const cap = document.createElement("kbd");
    cap.textContent = words;
    row.append(cap, " ");
  }
  return row;
}

function showList() {
  const rows = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    const says = element.dataset.keySays ?? element.ariaLabel ?? element.textContent.trim();
    if (says && !rows.has(element.dataset.key)) rows.set(element.dataset.key, says);
  }
  rows.set("?", "This list");
  list.querySelector("dl").replaceChildren(
    ...[...rows].map(([key, says]) => {
      const row = document.createElement("div");
      const [term, keys] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = says;
      keys.append(face(key));
      row.append(term, keys);
      return row;
    }),
  );
  list.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = keyName(event);
  if (editable(event.target) && !key.includes("+")) return;
  const element = bound(key);
  if (element) {
    event.preventDefault();
    if (editable(element)) element.focus();
    else element.click();
  } else if (key === "?" && list && !document.querySelector("dialog:modal")) {
    event.preventDefault();
    showList();
  }
});
