// What was typed and chosen in the forms of a page, to be put back into the same forms of a later load. Neither passwords
// nor files nor what a form holds hidden, and no control that sends its form by itself.
const LEFT_OUT =
  "[type=hidden], [type=password], [type=file], [autocomplete=one-time-code], [data-autosubmit]";
const forms = () => [...document.querySelectorAll("form")].filter((form) => form.method === "post");
const address = (form) => form.id || form.getAttribute("action") || "";
const named = (form) =>
  [...form.elements].filter(
    (field) => field.name && field.value !== undefined && field.matches("input, select, textarea"),
  );

function isChanged(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select"))
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

// Each field is [form, name, which of those of the name, value]; of a box or a radio the value is whether it is on.
export function readFields() {
  const found = [];
  for (const [place, form] of forms().entries()) {
    const seen = {};
    for (const field of named(form)) {
      seen[field.name] = (seen[field.name] ?? -1) + 1;
      if (field.matches(LEFT_OUT) || !isChanged(field)) continue;
      const value = field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value;
      found.push([address(form) || place, field.name, seen[field.name], value]);
    }
  }
  return found;
}

function show(field) {
  for (let around = field.parentElement; around; around = around.parentElement) {
    if (around.matches("details")) around.open = true;
    if (around.matches("dialog:not([open])")) around.showModal();
  }
}

// Puts the fields back and gives those which the page does not have, or not yet.
export function writeFields(fields) {
  return fields.filter(([where, name, which, value]) => {
    const form = forms().find((one, place) => (address(one) || place) === where);
    const field = form && named(form).filter((one) => one.name === name)[which];
    if (!field || field.matches(LEFT_OUT)) return true;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
    show(field);
    // A radio that is off is told by the one that is on.
    if (value !== false || field.type === "checkbox")
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    return false;
  });
}
