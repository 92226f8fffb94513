// The service worker. What it knows of this release stands before it as HOUSE (app/web/worker.py), so a release that
// changes anything is another worker, which takes over at once.
//
// A page always comes from the network; only where none answers, the copy that was kept when it last came is shown,
// with the time of that. All other requests pass it by. Copies belong to the person whom the server named as the
// page's owner, and go when another one signs in, or nobody is.
const BASE = self.registration.scope;
const at = (path) => new URL(path, BASE).href;
importScripts(at(HOUSE.assets["pages/outbox.js"]));

const SHELL = `hearth-shell-${HOUSE.version}`;
const PAGES = "hearth-pages-";
const MOST = 50;
const PATIENCE = 10000;
const DAY = 86400000;
const TODAY = at(""), CAPTURE = at("capture"), OFFLINE = at("offline");
const ALWAYS = [TODAY, CAPTURE, OFFLINE];
// What was asked for before a wipe must not be kept after it.
let epoch = 0;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => {
  if (event.tag === "hearth-outbox") event.waitUntil(HearthOutbox.send(BASE));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!request.url.startsWith(BASE)) return;
  const path = request.url.slice(BASE.length).split(/[?#]/)[0];
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(show(event, path));
  else if (request.mode === "navigate" && path === "share") event.respondWith(receive(request));
  else if (request.mode === "navigate" && path === "sign-out") event.waitUntil(wipe());
  else if (request.url.endsWith("?kept")) event.respondWith(showAsset(request));
});

async function install() {
  const shell = await caches.open(SHELL);
  await shell.addAll(HOUSE.ahead.map((name) => at(HOUSE.assets[name])));
  await self.skipWaiting();
}

async function activate() {
  await drop((name) => name.startsWith("hearth-shell-") && name !== SHELL);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

async function drop(isDone) {
  for (const name of await caches.keys()) if (isDone(name)) await caches.delete(name);
}

async function wipe() {
  epoch += 1;
  await drop((name) => name.startsWith(PAGES));
  await HearthOutbox.forgetSent();
}

async function show(event, path) {
  const asked = epoch, address = path === "capture" ? CAPTURE : event.request.url;
  const answer = Promise.resolve(event.preloadResponse).then((early) => early || fetch(event.request));
  event.waitUntil(answer.then((response) => heed(event.request.url, path, response, asked)).catch(() => {}));
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE); }).then(() => findKept(address));
  try {
    return await Promise.race([answer, late]) || await answer;
  } catch {
    return await findKept(address) || tellOffline();
  } finally {
    clearTimeout(timer);
  }
}

// Who is signed in, as the server says with each page.
async function heed(url, path, response, asked) {
  const owner = response.headers.get("hearth-owner");
  if (!owner) return;
  if (owner === "nobody") { await wipe(); return; }
  const isPage = response.status === 200 && !/no-store/.test(response.headers.get("cache-control"));
  // Of a page to capture on, only the empty one: what came with its address is nobody's to read later.
  if (!isPage || (path === "capture" && url !== CAPTURE)) return;
  await keep(url, response.clone(), owner, asked);
  await lookAhead(owner, asked);
}

async function keep(url, response, owner, asked) {
  const html = await response.text();
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  headers.set("hearth-kept", new Date().toISOString());
  headers.set("hearth-version", HOUSE.version);
  if (asked !== epoch) return;
  await drop((name) => name.startsWith(PAGES) && name !== PAGES + owner);
  const pages = await caches.open(PAGES + owner);
  await pages.delete(url, { ignoreVary: true });
  await pages.put(url, new Response(html, { headers }));
  if (asked !== epoch) await caches.delete(PAGES + owner);
  else await trim(pages);
}

// In the order in which they were put: the oldest go.
async function trim(pages) {
  const others = (await pages.keys()).filter((request) => !ALWAYS.includes(request.url));
  for (const request of others.slice(0, -MOST)) await pages.delete(request, { ignoreVary: true });
}

// What has to be there whether or not it was opened: where to capture, where to begin, and what says that one is offline.
async function lookAhead(owner, asked) {
  const pages = await caches.open(PAGES + owner);
  for (const url of ALWAYS) {
    const kept = await pages.match(url, { ignoreVary: true });
    const isGood = kept && (url === TODAY || (kept.headers.get("hearth-version") === HOUSE.version
      && Date.now() - Date.parse(kept.headers.get("hearth-kept")) < DAY));
    if (isGood) continue;
    const response = await fetch(url, { redirect: "error", headers: { "hearth-ahead": "1" } });
    if (response.ok && [owner, null].includes(response.headers.get("hearth-owner"))) await keep(url, response, owner, asked);
  }
}

async function ownPages() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  // Of two one would have to guess whose they are.
  return names.length === 1 ? caches.open(names[0]) : null;
}

async function findKept(url) {
  const kept = await (await ownPages())?.match(url, { ignoreVary: true });
  return kept && stamp(kept);
}

async function stamp(kept) {
  const html = withOurAssets(await kept.text()).replace(/<hearth-toast[\s\S]*?<\/hearth-toast>/g, "");
  const stamped = html.replace(/<p id="as-of"[^>]*>/, (tag) => {
    const words = /data-words="([^"]*)"/.exec(tag)[1];
    return `<p id="as-of" class="notice as-of" role="status"><span>${words.replace("{time}", whenKept(kept, html))}</span>`;
  });
  return new Response(stamped, { headers: kept.headers });
}

function whenKept(kept, html) {
  const when = new Date(kept.headers.get("hearth-kept"));
  const day = when.toDateString() === new Date().toDateString() ? {} : { dateStyle: "medium" };
  const told = when.toLocaleString(/<html lang="([^"]+)"/.exec(html)?.[1], { timeStyle: "short", ...day });
  return `<time datetime="${when.toISOString()}">${told}</time>`;
}

// A copy from before an upgrade is shown with what this release looks like and does.
function withOurAssets(html) {
  return html.replace(/(static\/)([\w/.-]+)\.[0-9a-f]{12}(\.\w+)(?=")/g, (whole, _folder, stem, ending) => {
    const ours = HOUSE.assets[stem + ending];
    return ours ? `${ours}?kept` : whole;
  });
}

async function showAsset(request) {
  const url = request.url.slice(0, -"?kept".length);
  return await caches.match(url, { ignoreVary: true }) || fetch(url);
}

async function tellOffline() {
  const pages = await ownPages();
  const page = await pages?.match(OFFLINE, { ignoreVary: true });
  if (!page) return Response.error();
  const html = withOurAssets(await page.text());
  const rows = [];
  for (const request of (await pages.keys()).reverse()) {
    if (request.url !== OFFLINE && request.url !== CAPTURE) rows.push(await row(request, await pages.match(request, { ignoreVary: true }), html));
  }
  const told = html.replace(/(<ul id="kept-pages"[^>]*>)/, (tag) => tag + rows.join(""));
  return new Response(told, { status: 503, headers: page.headers });
}

// A title is taken from HTML and put into HTML: it is escaped already.
async function row(request, kept, html) {
  const title = /<title>([\s\S]*?)<\/title>/.exec(await kept.text())?.[1].replace(/ · Hearth$/, "");
  const href = encodeURI(decodeURI(new URL(request.url).pathname)) + new URL(request.url).search.replace(/["<>&]/g, encodeURIComponent);
  return `<li class="row"><a href="${href}"><span class="row-title">${title}</span><span class="row-when">${whenKept(kept, html)}</span></a></li>`;
}

// What another app shares only fills in the page on which it is saved, or not.
async function receive(request) {
  const copy = request.clone();
  try {
    const form = await request.formData();
    const [title, text, url] = ["title", "text", "url"].map((name) => String(form.get(name) ?? ""));
    const id = await HearthOutbox.hold({ title, text, url, files: form.getAll("files").filter((file) => file.size) });
    return Response.redirect(at(`capture?shared=${id}`), 303);
  } catch {
    return fetch(copy);
  }
}
