// Takes a text apart at a pattern: parts in order, each with whether it matched. Joined, they are the text again.
export function textParts(text, pattern) {
  const parts = [];
  let index = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > index) parts.push({ words: text.slice(index, found.index), matched: false });
    parts.push({ words: found[0], matched: true });
    index = found.index + found[0].length;
  }
  if (index < text.length) parts.push({ words: text.slice(index), matched: false });
  return parts;
}
