// Parts of pages that the server renders.
export const parseHtml = (html) => new DOMParser().parseFromString(html, "text/html");

// The element of another page that the selector names; null where the server refuses, sends elsewhere or has none.
export async function fetchPart(address, selector) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  return parseHtml(await answer.text()).querySelector(selector);
}

// Brings an element that a module has put into the page to life.
export function activate(element) {
  window.htmx.process(element);
  window.htmx.trigger(element, "htmx:load");
}
