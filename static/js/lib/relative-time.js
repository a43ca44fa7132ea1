// "3 minutes ago", in the largest unit that fits.
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

// `format` is an Intl.RelativeTimeFormat; `seconds` from now, negative for what is past.
export function relativeWords(format, seconds) {
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return "just now";
}
