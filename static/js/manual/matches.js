// Finds entries of an index by words. An entry matches where each word begins a word of its title, page or text; words of
// the title count most.
const SHOWN = 8;
const WEIGHTS = { title: 8, page: 4, text: 1 };

const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function weigh(entry, word) {
  let weight = 0;
  for (const [part, points] of Object.entries(WEIGHTS)) {
    if (entry.words[part].some((one) => one.startsWith(word))) weight += points;
  }
  return weight;
}

// Prepares entries for `matches`.
export const prepared = (entries) =>
  entries.map((entry) => ({
    ...entry,
    words: { title: words(entry.title), page: words(entry.page), text: words(entry.text) },
  }));

// The entries that match, best first.
export function matches(entries, query) {
  const wanted = words(query);
  if (!wanted.length) return [];
  const found = [];
  for (const entry of entries) {
    const weights = wanted.map((word) => weigh(entry, word));
    if (weights.every(Boolean)) found.push([weights.reduce((sum, one) => sum + one), entry]);
  }
  return found
    .toSorted(([one], [other]) => other - one)
    .slice(0, SHOWN)
    .map(([, entry]) => entry);
}

// The words of the index nearest to one that is not in it: those that begin alike, longest beginning first.
export function nearest(entries, query, most = 3) {
  const word = words(query).at(-1) ?? "";
  const known = new Set(entries.flatMap((entry) => [...entry.words.title, ...entry.words.page]));
  const alike = (one) => {
    let length = 0;
    while (length < word.length && one[length] === word[length]) length += 1;
    return length;
  };
  return [...known]
    .filter((one) => alike(one) > 1)
    .toSorted((one, other) => alike(other) - alike(one) || one.length - other.length)
    .slice(0, most);
}
