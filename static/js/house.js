// The service worker, and what waits in the outbox: the code for that is fetched only where something does.
{
  const { baseHref, outboxSrc, outboxKept } = document.body.dataset;
  if (baseHref) {
    // `?kept`: without a network the service worker has it.
    const outbox = () => new Promise((resolve, reject) => {
      if (self.HearthOutbox) return resolve(self.HearthOutbox);
      const script = Object.assign(document.createElement("script"), { src: `${outboxSrc.split("?")[0]}?kept`, onerror: reject });
      script.onload = () => resolve(self.HearthOutbox);
      document.head.append(script);
    });
    const wake = () => { if (localStorage.getItem("hearth.outbox")) outbox().catch(() => {}); };
    // What the dialog caught while the house is out of reach.
    document.addEventListener("hearth:capture", (event) => {
      if (navigator.onLine && !event.detail.is_gone) return;
      event.preventDefault();
      event.detail.kept = keep(event.detail, event.target.dataset.user);
    });
    // A browser that keeps no database (some private windows) keeps the words, but has no place for files.
    const keep = async ({ client_id, is_gone, _csrf_token, files, ...fields }, user) => {
      try {
        await (await outbox()).put({ id: client_id, to: "captures", owner: user, fields, files });
        tellTrouble(outboxKept);
      } catch {
        if (files.length) return false;
        localStorage.setItem(`hearth:capture:${user}`, JSON.stringify({ ...fields, client_id }));
        tellTrouble(troubles().gone);
      }
      return true;
    };
    window.addEventListener("online", wake);
    window.addEventListener("load", () => {
      wake();
      navigator.serviceWorker?.register(`${baseHref}worker.js`).catch(() => {});
    });
  }
}
