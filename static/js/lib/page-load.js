// Does something to what is in the page now and to what htmx brings later. The parent is searched, because what came may
// itself be what is looked for.
export function onLoad(show) {
  document.addEventListener("htmx:load", (event) => show(event.target.parentElement ?? document));
  show(document);
}
