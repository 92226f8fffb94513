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
    document.addEventListener("hearth:capture", async (event) => {
      if (navigator.onLine && !event.detail.is_gone) return;
      event.preventDefault();
      const { client_id, is_gone, _csrf_token, files, ...fields } = event.detail, { user } = event.target.dataset;
      try {
        await (await outbox()).put({ id: client_id, to: "captures", owner: user, fields, files });
        tellTrouble(outboxKept);
      } catch {
        localStorage.setItem(`hearth:capture:${user}`, JSON.stringify({ ...fields, client_id }));
        tellTrouble(troubles().gone);
      }
    });
    window.addEventListener("online", wake);
    window.addEventListener("load", () => {
      wake();
      navigator.serviceWorker?.register(`${baseHref}worker.js`).catch(() => {});
    });
  }
}
