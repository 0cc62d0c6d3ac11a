// Asks the browser for what a form wants from a passkey, and sends the answer by that very form. Without this file the
// form says that passkeys need scripts.
const old = "This browser is too old for passkeys here. Use a code.";
const unused = "No passkey was used. Try again, or use a code.";
const known = "There is a passkey for you on this device already.";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const making = form.dataset.passkey === "create";
  const options = JSON.parse(form.dataset.options);
  const name = making ? options.rp.id : options.rpId;
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  const parse = window.PublicKeyCredential?.[making ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"];
  if (!parse) {
    said.textContent = old;
  } else if (location.hostname !== name && !location.hostname.endsWith(`.${name}`)) {
    said.textContent = `Passkeys work only at the address ${name}. Open the portal there.`;
  } else {
    said.textContent = "";
    button.parentElement.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = "";
      try {
        const publicKey = parse.call(PublicKeyCredential, options);
        const answer = await navigator.credentials[making ? "create" : "get"]({ publicKey });
        form.elements.credential.value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        said.textContent = error.name === "InvalidStateError" ? known : unused;
        button.disabled = false;
      }
    });
  }
}
