// Keys by name: "mod+enter" is Ctrl or Cmd with Enter, "alt+arrowup" is Alt with the arrow.
const FACES = {
  enter: "↵",
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  delete: "Del",
};

export function keyName(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("mod");
  if (event.altKey) parts.push("alt");
  return [...parts, event.key.toLowerCase()].join("+");
}

// What stands on the caps of such a key, one entry a cap.
export function keyCaps(name, mac) {
  const cap = (part) => {
    if (part === "mod") return mac ? "⌘" : "Ctrl";
    return FACES[part] ?? part[0].toUpperCase() + part.slice(1);
  };
  return (name === "+" ? [name] : name.split("+")).map((part) => cap(part));
}
