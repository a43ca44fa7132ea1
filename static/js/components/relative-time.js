// Times in the reader's own words and zone. <time datetime="…Z" data-relative> becomes "3 minutes ago" and stays true;
// data-local="date", "time" or "datetime" becomes the local date or time. Without scripts the server's UTC text stays.
import { onLoad } from "../lib/page-load.js";
import { relativeWords } from "../lib/relative-time.js";

const LANGUAGE = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const LOCAL = {
  date: new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" }),
  time: new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short" }),
  datetime: exact,
};
function show(scope = document) {
  for (const time of scope.querySelectorAll("time[data-relative], time[data-local]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    const text = time.dataset.local
      ? LOCAL[time.dataset.local]?.format(date)
      : relativeWords(relative, (date - Date.now()) / 1000);
    if (text && time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = exact.format(date);
  }
}

setInterval(() => {
  if (!document.hidden) show();
}, 30_000);
onLoad(show);
