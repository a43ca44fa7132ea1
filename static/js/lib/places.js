// The place in a list: the image that was first in view when the list was left, by the list's address; and whether the
// next load is a return to it without the back button.
const key = (address) => `place-${address}`;
const RETURN = "place-return";

export const placeIn = (address) => sessionStorage.getItem(key(address));

export function keepPlace(address, id) {
  if (id) sessionStorage.setItem(key(address), id);
  else sessionStorage.removeItem(key(address));
}

// On the way back to the list: to where one was, else to this image.
export function returnTo(address, id) {
  if (!placeIn(address)) keepPlace(address, id);
  sessionStorage.setItem(RETURN, address);
}

export function isReturning(address) {
  const returning = sessionStorage.getItem(RETURN) === address;
  sessionStorage.removeItem(RETURN);
  return returning || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}
