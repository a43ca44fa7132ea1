// Asks before what cannot be undone, in the page's own dialog (layout/confirm.html).
// [data-confirm="What will happen."] on a form or a submit button; also for hx-confirm.
// Beside it: data-confirm-title="Delete 3 images?" and data-confirm-action="Delete"; data-confirm-danger colors the button.
const dialog = document.getElementById("confirm");
const agreed = new WeakSet();

function ask(source, words, proceed) {
  const { confirmTitle = "Are you sure?", confirmAction = "Continue" } = source.dataset;
  dialog.querySelector("#confirm-title").textContent = confirmTitle;
  dialog.querySelector("#confirm-words").textContent = words;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = confirmAction;
  yes.classList.toggle("danger", "confirmDanger" in source.dataset);
  yes.classList.toggle("primary", !("confirmDanger" in source.dataset));
  yes.onclick = () => {
    dialog.close();
    proceed();
  };
  dialog.showModal();
}

if (dialog) {
  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      const source = submitter?.closest("[data-confirm]") ?? form.closest("[data-confirm]");
      if (!source || agreed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(source, source.dataset.confirm, () => {
        agreed.add(form);
        form.requestSubmit(submitter);
      });
    },
    true,
  );
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.elt, event.detail.question, () => event.detail.issueRequest(true));
  });
}
