// Moving and choosing within a list.
const AXES = { across: ["ArrowRight", "ArrowLeft"], down: ["ArrowDown", "ArrowUp"] };

// Where a key leads from the entry at `index`, around both ends, for `Array#at`; undefined for a key that leads nowhere.
export function nextIndex(key, index, length, axis) {
  const [on, back] = AXES[axis];
  const to = { [on]: index + 1, [back]: index - 1, Home: 0, End: length - 1 }[key];
  return to === undefined ? undefined : to % length;
}

// All entries from one to the other, both included, whichever comes first.
export function between(list, one, other) {
  const [first, last] = [list.indexOf(one), list.indexOf(other)].toSorted((here, there) => here - there);
  return list.slice(first, last + 1);
}
