// [data-autosubmit] on a select, a switch or a radio sends its form at once. form[data-once] cannot be sent twice by a
// double click: its buttons rest until the answer, or until the reader comes back by the back button.
const buttons = (form) => [...form.elements].filter((element) => element.type === "submit");

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
});
// First of all listeners, because htmx sends a form itself and tells the browser not to.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.ariaBusy === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.ariaBusy = "true";
    // After the browser has read the form, because a disabled button does not send its name.
    setTimeout(() => {
      for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
    });
  },
  true,
);

function wake(form) {
  form.ariaBusy = "false";
  for (const button of buttons(form)) button.removeAttribute("aria-disabled");
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches("form[data-once]")) wake(event.target);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-once]")) wake(form);
});
