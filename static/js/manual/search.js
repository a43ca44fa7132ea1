// The search over guides and reference: an index that is fetched when somebody begins to search, and is searched here.
// Arrows move, Enter opens, Escape closes.
import { announce } from "../lib/announce.js";
import { nextIndex } from "../lib/lists.js";
import { matches, nearest, prepared } from "./matches.js";

const place = document.querySelector("[data-search]");
const field = place.querySelector("input");
const list = place.querySelector("[role=listbox]");
const nothing = place.querySelector(".nothing");
let loading;

place.hidden = false;

async function entries() {
  loading ??= fetch(place.dataset.search).then((answer) => {
    if (!answer.ok) throw new Error(`The index answered ${answer.status}.`);
    return answer.json();
  });
  try {
    return prepared((await loading).entries);
  } catch (fault) {
    loading = undefined;
    throw fault;
  }
}

function row(entry, number) {
  const item = document.createElement("li");
  const [link, title, page] = ["a", "span", "small"].map((name) => document.createElement(name));
  item.role = "option";
  item.id = `found-${number}`;
  link.href = entry.url;
  link.tabIndex = -1;
  title.textContent = entry.title;
  page.textContent = entry.page;
  link.append(title, ...(entry.page === entry.title ? [] : [page]));
  item.append(link);
  return item;
}

function point(item) {
  for (const one of list.children) one.ariaSelected = one === item;
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}

function show(rows) {
  list.replaceChildren(...rows);
  list.hidden = !rows.length;
  field.ariaExpanded = String(rows.length > 0);
  point(rows[0]);
}

function sayNothing(index, query) {
  const near = nearest(index, query);
  const all = document.createElement("a");
  all.href = place.dataset.everything;
  all.textContent = "All guides as one text";
  nothing.replaceChildren(near.length ? `Nothing found. Near: ${near.join(", ")}. ` : "Nothing found. ", all);
  announce("Nothing found.");
}

async function search() {
  const query = field.value;
  nothing.hidden = true;
  if (!query.trim()) {
    show([]);
    return;
  }
  let index;
  try {
    index = await entries();
  } catch {
    nothing.textContent = "The search can't be reached. Try again in a moment.";
    nothing.hidden = false;
    return;
  }
  if (query !== field.value) return;
  const found = matches(index, query);
  show(found.map((entry, number) => row(entry, number)));
  nothing.hidden = found.length > 0;
  if (found.length) announce(`${found.length} results.`);
  else sayNothing(index, query);
}

field.addEventListener("input", search);
field.addEventListener("focus", () => entries().catch(() => {}), { once: true });
field.addEventListener("keydown", (event) => {
  const items = [...list.children];
  const now = items.findIndex((one) => one.ariaSelected === "true");
  if (event.key === "Escape") {
    field.value = "";
    search();
  } else if (event.key === "Enter" && items[now]) {
    event.preventDefault();
    items[now].querySelector("a").click();
  } else if (event.key.startsWith("Arrow") && items.length) {
    const to = nextIndex(event.key, now, items.length, "down");
    if (to === undefined) return;
    event.preventDefault();
    point(items.at(to));
  }
});
