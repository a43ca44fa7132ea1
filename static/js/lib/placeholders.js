// The placeholders of a style's template, such as {prompt} and {detail}.
const PLACEHOLDER = /\{(\w+)\}/g;

// A name for one more: "prompt" for the first, then the first of detail, detail2, detail3 … that is free.
export function nextPlaceholder(template) {
  const names = [...template.matchAll(PLACEHOLDER)].map((found) => found[1]);
  if (names.length === 0) return "prompt";
  let number = 1;
  const name = () => (number === 1 ? "detail" : `detail${number}`);
  while (names.includes(name())) number += 1;
  return name();
}
