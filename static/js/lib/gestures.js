// What a hand did, told from its events.
const STROKE = 60;

// Whether a click is nobody else's business: with another button or a key it opens a tab, a window or a download.
export function isPlainClick(event) {
  const withKey = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return !event.defaultPrevented && event.button === 0 && !withKey;
}

// Which way a finger's stroke of more than 60 pixels went: "back" for one to the right, "on" for one to the left, "" for none that is meant.
export function strokeWay(began, ended) {
  const [across, down] = [ended.clientX - began.clientX, ended.clientY - began.clientY];
  if (Math.abs(across) <= STROKE || Math.abs(across) <= 2 * Math.abs(down)) return "";
  return across > 0 ? "back" : "on";
}
