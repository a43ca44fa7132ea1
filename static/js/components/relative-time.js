// Times in the reader's own words and zone. <time datetime="…Z" data-relative> becomes "3 minutes ago" and stays true;
// data-local="date", "time" or "datetime" becomes the local date or time. Without scripts the server's UTC text stays.
import { onLoad } from "../lib/page-load.js";
import { relativeWords } from "../lib/relative-time.js";

// Day, month, year and 24 hours, as the server writes them: "30 November 2026, 14:05".
const FORM = "en-GB";
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const days = new Intl.DateTimeFormat(FORM, { dateStyle: "long" });
const times = new Intl.DateTimeFormat(FORM, { timeStyle: "short" });
const LOCAL = {
  date: (moment) => days.format(moment),
  time: (moment) => times.format(moment),
  datetime: (moment) => `${days.format(moment)}, ${times.format(moment)}`,
};
const YEAR = 365 * 24 * 3600;

// The server begins a reader's days by it.
function tellTimeZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const cookie = `time_zone=${timeZone}`;
  if (!timeZone || document.cookie.split("; ").includes(cookie)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${cookie}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

function show(scope = document) {
  for (const time of scope.querySelectorAll("time[data-relative], time[data-local]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    const text = time.dataset.local
      ? LOCAL[time.dataset.local]?.(date)
      : relativeWords(relative, (date - Date.now()) / 1000);
    if (text && time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = LOCAL.datetime(date);
  }
}

tellTimeZone();
setInterval(() => {
  if (!document.hidden) show();
}, 30_000);
onLoad(show);
