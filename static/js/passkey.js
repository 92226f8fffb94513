// Passkeys: asks the server what the device shall sign, asks the device, and sends its answer as a field of the form.
// What it says comes from the page (data-…), where it went through gettext.
class HearthPasskey extends HTMLElement {
  static sentences = { NotAllowedError: "cancelled", InvalidStateError: "known", SecurityError: "elsewhere", NotSupportedError: "unable", ConstraintError: "unable" };

  connectedCallback() {
    this.form = this.querySelector("form");
    this.button = this.form.querySelector("button");
    this.making = this.dataset.does === "create";
    const trouble = !window.PublicKeyCredential ? "unsupported" : window.location.origin !== this.dataset.origin ? "elsewhere" : "";
    if (trouble) { this.say(trouble); return; }
    this.button.hidden = false;
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.press(); });
    if (!this.making) this.offer();
  }

  disconnectedCallback() { this.stop(); }

  stop() {
    clearTimeout(this.renewal);
    this.asked?.abort();
  }

  // Not by disabling the button, which would take the focus away from whoever works by keyboard.
  async press() {
    if (this.pressed) return;
    this.pressed = true;
    this.say("");
    try {
      await this.ask();
    } catch (error) {
      this.tell(error);
      if (!this.making) this.offer();
    }
    this.pressed = false;
  }

  // The browser names passkeys where it would fill in the address. Nobody asked for it, so it fails without a word.
  async offer() {
    if (!(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    // A challenge lasts five minutes, a page left open longer.
    this.renewal = setTimeout(() => this.offer(), 240000);
    this.ask("conditional").catch((error) => console.debug(error));
  }

  async ask(mediation) {
    if (mediation) this.asked?.abort(); else this.stop();
    const asked = this.asked = new AbortController();
    const publicKey = HearthPasskey.parse(await this.options(), this.making);
    if (asked.signal.aborted) return;
    const credential = await navigator.credentials[this.dataset.does]({ publicKey, mediation, signal: asked.signal });
    this.form.elements.credential.value = JSON.stringify(HearthPasskey.json(credential));
    // The password was asked for before the device was: it need not travel twice.
    if (this.making) this.form.elements.password.value = "";
    this.form.submit();
  }

  async options() {
    const answer = await fetch(this.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(this.form)), headers: { "HX-Request": "true" } });
    if (answer.status === 401) window.location.reload();
    const said = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
    if (!answer.ok) throw Object.assign(new Error(said.sentence), { sentence: said.sentence ?? this.dataset.failed });
    return said;
  }

  tell(error) {
    if (error.sentence) this.write(error.sentence);
    else this.say(HearthPasskey.sentences[error.name] ?? (error instanceof TypeError ? "gone" : "failed"));
  }

  say(key) { this.write(key && this.dataset[key]); }

  write(sentence) { this.querySelector("[role=status]").textContent = sentence; }

  static parse(options, making) {
    const native = making ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (window.PublicKeyCredential[native]) return window.PublicKeyCredential[native](options);
    const parsed = { ...options, challenge: HearthPasskey.bytes(options.challenge) };
    if (making) parsed.user = { ...options.user, id: HearthPasskey.bytes(options.user.id) };
    if (making) parsed.excludeCredentials = options.excludeCredentials.map((known) => ({ ...known, id: HearthPasskey.bytes(known.id) }));
    return parsed;
  }

  // By hand, since older browsers have no toJSON.
  static json({ id, type, response }) {
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].filter((name) => response[name]);
    return { id, rawId: id, type, response: { ...Object.fromEntries(parts.map((name) => [name, HearthPasskey.text(response[name])])), transports: response.getTransports?.() } };
  }

  static bytes(text) { return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0)); }

  static text(buffer) { return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""); }
}
customElements.define("hearth-passkey", HearthPasskey);
