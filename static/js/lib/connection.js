// What is said about a lost connection stands until it is back: the browser says so, or an answer arrives.
const waiting = new Set();

// Calls this once, as soon as the connection is back.
export const whenBack = (then) => waiting.add(then);

// An answer has arrived.
export function back() {
  const due = [...waiting];
  waiting.clear();
  for (const then of due) then();
}

if (typeof window !== "undefined") {
  addEventListener("online", back);
  document.addEventListener("htmx:afterOnLoad", back);
}
