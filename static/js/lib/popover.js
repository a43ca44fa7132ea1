// Closes the popover that an element stands in and hands the keyboard back to what opened it.
export function closePopover(element) {
  const popover = element.closest("[popover]");
  if (!popover) return;
  popover.hidePopover();
  document.querySelector(`[popovertarget="${popover.id}"]`)?.focus();
}
