// Passkeys (WebAuthn level 2): a form[data-passkey] is sent only after its hidden field "credential" was filled.
// data-passkey="get" signs in, "create" makes a passkey. What the server asks for stands in the JSON script of the id in
// data-passkey-data, or is fetched from data-passkey-ask. data-passkey-autofill also offers passkeys in the field for the
// address. [data-passkey-says] in the form is where it says why nothing happened.
const NAMES = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again when you are ready.",
  InvalidStateError: "This device already holds a passkey of yours for this account.",
  SecurityError: "Passkeys work only at this site's own address; open it by its name, over https.",
};
let waiting;

function bytes(text) {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function options({ publicKey: asked }, creating) {
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const publicKey = { ...asked, challenge: bytes(asked.challenge) };
  if (!creating) return { ...publicKey, allowCredentials: known(asked.allowCredentials) };
  publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
  publicKey.excludeCredentials = known(asked.excludeCredentials);
  publicKey.authenticatorSelection = {
    ...asked.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return publicKey;
}

function written(credential) {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const parts = {};
  for (const name of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({
    id,
    rawId: text(rawId),
    type,
    authenticatorAttachment,
    response: parts,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function asked(form) {
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
  const data = await asked(form);
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: options(data.creation_options, true), signal })
      : await navigator.credentials.get({
          publicKey: options(data.request_options, false),
          signal,
          mediation,
        });
  form.elements.credential.value = written(credential);
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
  if (!window.PublicKeyCredential)
    return says(form, "This browser knows no passkeys. Use a code or a password.");
  try {
    await perform(form);
  } catch (error) {
    if (error.name !== "AbortError")
      says(form, NAMES[error.name] ?? "That did not work. Try again, or use another way.");
  }
});

const autofill = document.querySelector("form[data-passkey-autofill]");
if (autofill && (await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) {
  perform(autofill, "conditional").catch(() => {});
}
