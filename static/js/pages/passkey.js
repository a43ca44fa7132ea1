// Passkeys (WebAuthn level 3): a form[data-passkey] is sent only after its hidden field "credential" was filled.
// data-passkey="get" signs in, "create" makes a passkey. What the server asks for stands in the JSON script of the id in
// data-passkey-data, or is fetched from data-passkey-ask. data-passkey-autofill also offers passkeys in the field for the
// address. [data-passkey-says] in the form is where it says why nothing happened.
const NAMES = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again when you are ready.",
  InvalidStateError: "This device already holds a passkey of yours for this account.",
  SecurityError: "Passkeys work only at this site's own address; open it by its name, over https.",
};
const able = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);
let waiting;

function creationOptions({ publicKey }) {
  const authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return PublicKeyCredential.parseCreationOptionsFromJSON({ ...publicKey, authenticatorSelection });
}

const requestOptions = ({ publicKey }) => PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);

async function optionsFor(form) {
  const { passkeyData, passkeyAsk } = form.dataset;
  if (passkeyData) return JSON.parse(document.getElementById(passkeyData).textContent);
  const answer = await fetch(passkeyAsk, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function perform(form, mediation) {
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const data = await optionsFor(form);
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creationOptions(data.creation_options), signal })
      : await navigator.credentials.get({
          publicKey: requestOptions(data.request_options),
          signal,
          mediation,
        });
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
}

function says(form, words) {
  const place = form.querySelector("[data-passkey-says]");
  place.querySelector(".error").textContent = words;
  place.hidden = !words;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  says(form, "");
  if (!able) return says(form, "This browser doesn't support passkeys. Use a code or a password.");
  try {
    await perform(form);
  } catch (error) {
    if (error.name !== "AbortError")
      says(form, NAMES[error.name] ?? "That did not work. Try again, or use another way.");
  }
});

const autofill = document.querySelector("form[data-passkey-autofill]");
if (autofill && able && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
  // Whoever chooses nothing there is told nothing.
  await perform(autofill, "conditional").catch(() => null);
}
