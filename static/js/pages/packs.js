// form[data-packs]: the pack that is chosen says on the one button what is bought, for how much, and what is there afterwards.
function say(form) {
  const pack = form.querySelector("input[name=pack]:checked")?.dataset;
  if (!pack) return;
  const words = {
    "packs-words": `Buy ${pack.credits}`,
    "packs-price": pack.price,
    "packs-after": pack.after,
  };
  for (const [name, text] of Object.entries(words)) {
    const element = form.querySelector(`[data-${name}]`);
    if (element && text !== undefined) element.textContent = text;
  }
}
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-packs]");
  if (form && event.target.name === "pack") say(form);
});
// The browser brings a choice back without telling when a page is left and come back to.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-packs]")) say(form);
});
