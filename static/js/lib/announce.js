import { whenBack } from "./connection.js";

// Words for people: in the line that screen readers read out (#announce), and in notes beside a control.
export const announce = (words) => document.getElementById("announce")?.replaceChildren(words);

// Without words the note is hidden; it is an error unless it is called a hint.
export function note(id, words, kind = "error") {
  const place = document.getElementById(id);
  place.className = kind;
  place.hidden = !words;
  place.textContent = words;
}

// A note that goes by itself when the connection is back.
export function noteOffline(id, words) {
  note(id, words);
  whenBack(() => {
    if (document.getElementById(id)?.textContent === words) note(id, "");
  });
}
