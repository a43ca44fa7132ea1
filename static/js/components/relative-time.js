// Times in the reader's own words and zone. <time datetime="…Z" data-relative> becomes "3 minutes ago" and stays true;
// data-local="date", "time" or "datetime" becomes the local date or time. Without scripts the server's UTC text stays.
const LANGUAGE = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const LOCAL = {
  date: new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" }),
  time: new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short" }),
  datetime: exact,
};
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

function words(date) {
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return "just now";
}

function show(scope = document) {
  for (const time of scope.querySelectorAll("time[data-relative], time[data-local]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    const text = time.dataset.local ? LOCAL[time.dataset.local]?.format(date) : words(date);
    if (text && time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = exact.format(date);
  }
}

document.addEventListener("htmx:load", (event) => show(event.target.parentElement ?? document));
setInterval(() => {
  if (!document.hidden) show();
}, 30_000);
show();
