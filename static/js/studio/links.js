// Links to pictures, out of what was pasted or dropped; "" where there is none.
export function pastedLink(text) {
  const words = text.trim();
  return /^https:\/\/\S+$/.test(words) ? words : "";
}

// A list of addresses (text/uri-list, RFC 2483) has one a line, and remarks behind "#".
export const firstLink = (list) => list.split(/\r?\n/).find((line) => line && !line.startsWith("#")) ?? "";
