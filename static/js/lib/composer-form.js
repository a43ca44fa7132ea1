// The Studio's form and the list of its references. Both are asked for anew each time, because htmx replaces them.
export const composerForm = () => document.querySelector("form[data-composer]");
export const referenceList = () => document.getElementById("references");
