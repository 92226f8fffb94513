// What was written and has not arrived yet: kept in this browser under the person who wrote it, sent once by an id that
// was made with it, by whichever page is open when the network is back, or by the service worker, where there is one.
{
  const WAIT = 60000;
  const OTHERS_FAULT = [408, 425, 429];
  const NOT_NOW = [401, 403, 409];
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("hearth-outbox") : null;

  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const opened = () => {
    const request = indexedDB.open("hearth-outbox", 1);
    request.onupgradeneeded = () => ["items", "shared"].forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
    return asked(request);
  };
  const within = async (name, mode, act) => {
    const database = await opened();
    try {
      const store = database.transaction(name, mode).objectStore(name), answer = await asked(act(store));
      // Nothing is kept before its transaction is.
      if (mode === "readwrite") await new Promise((resolve, reject) => { store.transaction.oncomplete = resolve; store.transaction.onabort = () => reject(store.transaction.error); });
      return answer;
    } finally {
      database.close();
    }
  };
  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Browsers keep it from pages that came without encryption.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  class Outbox {
    // Changes here and in other pages: `told` is called with how the last sending ended.
    watch(told) {
      this.told = told;
      channel?.addEventListener("message", (event) => told(event.data));
    }

    tell(end = "") {
      this.told?.(end);
      channel?.postMessage(end);
    }

    newId() { return newId(); }

    async all(owner) {
      const items = await within("items", "readonly", (store) => store.getAll());
      return items.filter((item) => item.owner === owner).sort((a, b) => (a.made_at < b.made_at ? -1 : 1));
    }

    // Resolves once it is safe in this browser.
    async put(item) {
      await within("items", "readwrite", (store) => store.put({ id: newId(), state: "waiting", made_at: new Date().toISOString(), files: [], ...item }));
      await this.mark();
      navigator.serviceWorker?.ready.then((registration) => registration.sync?.register("hearth-outbox")).catch(() => {});
      this.tell();
    }

    async remove(id) {
      await within("items", "readwrite", (store) => store.delete(id));
      await this.mark();
      this.tell();
    }

    // Ordinary pages fetch this file only where something waits.
    async mark() {
      if (!self.localStorage) return;
      const items = await within("items", "readonly", (store) => store.getAll());
      if (items.some((item) => item.state === "waiting")) localStorage.setItem("hearth.outbox", "1");
      else localStorage.removeItem("hearth.outbox");
    }

    async forgetSent() {
      for (const item of await within("items", "readonly", (store) => store.getAll())) {
        if (item.state === "sent") await within("items", "readwrite", (store) => store.delete(item.id));
      }
    }

    // What was shared, until the page that it fills in has taken it; of the untaken ones the newest few.
    async hold(shared) {
      const held = { ...shared, id: newId(), made_at: Date.now() };
      await within("shared", "readwrite", (store) => store.put(held));
      const all = await within("shared", "readonly", (store) => store.getAll());
      for (const old of all.sort((a, b) => b.made_at - a.made_at).slice(5)) await within("shared", "readwrite", (store) => store.delete(old.id));
      return held.id;
    }

    shared(id) { return within("shared", "readonly", (store) => store.get(id)); }

    release(id) { return within("shared", "readwrite", (store) => store.delete(id)); }

    // How it ended: "done", "gone" (no answer), "signed-out", or "other" (somebody else is signed in).
    async send(base) {
      const go = () => this.sendAll(base);
      const end = await (navigator.locks ? navigator.locks.request("hearth-outbox", go) : go());
      await this.mark();
      this.tell(end);
      return end;
    }

    async sendAll(base) {
      const items = (await within("items", "readonly", (store) => store.getAll())).filter((item) => item.state === "waiting");
      if (!items.length) return "done";
      const pass = await answered(`${base}outbox/pass`, {});
      if (!pass.said?.token) return pass.status === 401 ? "signed-out" : "gone";
      const own = items.filter((item) => item.owner === pass.said.owner).sort((a, b) => (a.made_at < b.made_at ? -1 : 1));
      for (const item of own) {
        const end = await this.sendOne(base, item, pass.said.token);
        if (end !== "done") return end;
      }
      return own.length < items.length ? "other" : "done";
    }

    async sendOne(base, item, token) {
      const { status, said } = await answered(base + item.to, { method: "POST", headers: { "x-csrftoken": token }, body: item.files.length ? formOf(item) : new URLSearchParams(formOf(item)) });
      if (status >= 200 && status < 300 && said?.href) {
        const text = (item.fields.content ?? item.fields.text ?? "").slice(0, 300);
        // Changed here after an answer that never came: what is there is what came first.
        const fate = said.is_same === false ? { state: "failed", problem: "earlier" } : { state: "sent", files: [], fields: { text } };
        await this.settle(item, { ...fate, href: said.href, sent_at: new Date().toISOString() });
      } else if (status === 401) return "signed-out";
      else if (NOT_NOW.includes(status)) return "other";
      else if (status < 400 || status >= 500 || OTHERS_FAULT.includes(status)) return "gone";
      else await this.settle(item, { state: "failed", problem: said?.error ?? "" });
      return "done";
    }

    // Unless it was changed or removed meanwhile.
    async settle(item, fate) {
      const now = await within("items", "readonly", (store) => store.get(item.id));
      if (now && now.changed_at === item.changed_at) await within("items", "readwrite", (store) => store.put({ ...item, ...fate }));
    }
  }

  const formOf = (item) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...item.fields, client_id: item.id, owner: item.owner, at: item.made_at })) form.append(name, value);
    for (const file of item.files) form.append("files", file, file.name || "file");
    return form;
  };
  const answered = async (address, { headers, ...options }) => {
    try {
      const answer = await fetch(address, { ...options, headers: { accept: "application/json", ...headers }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(WAIT) });
      return { status: answer.status, said: await answer.json().catch(() => null) };
    } catch {
      return { status: 0, said: null };
    }
  };

  self.HearthOutbox = new Outbox();
  const base = self.document?.body?.dataset.baseHref;
  if (base) {
    // Where the browser has no database, nothing waits in it.
    const send = () => self.HearthOutbox.send(base).catch(() => "gone");
    self.addEventListener("online", send);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") send(); });
    send();
  }
}
