// Keeps what is needed to scan without network: built files, and one page without anything personal in it.
// Pages of a member, answers of the interface and the forgery token are never kept.

/* global BUILT_FILES */
const FILES = BUILT_FILES;
const NEEDED = ["app.css", "app.js", "scan.js", "offline.js"].map((name) => `/static/dist/${FILES[name]}`);
const SHELL = "/offline";
const CACHE = `alliance-${FILES["scan.js"]}-${FILES["app.css"]}-${FILES["app.js"]}`;
/** Pages that somebody may lose the network on in the middle of his work. */
const RENEWING = ["/scan", "/desk/award/run"];
const LONGEST_WAIT_MS = 12000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([...NEEDED, SHELL]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("alliance-") && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

// The scan page asks to keep its decoder; only files of ours that carry their content's hash are kept.
self.addEventListener("message", (event) => {
  const wanted = ((event.data && event.data.keep) || []).map((address) => new URL(address, self.location.origin).pathname);
  const own = wanted.filter((path) => path.startsWith("/static/dist/"));
  event.waitUntil(caches.open(CACHE).then((cache) => Promise.all(own.map((path) => keepOnce(cache, path)))));
});

async function keepOnce(cache, path) {
  if (!(await cache.match(path))) await cache.add(path);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (address.pathname.startsWith("/static/dist/")) event.respondWith(file(request));
});

/** From the network; without it the kept page, which scans, shows the queue and says what is going on. */
async function page(event) {
  try {
    const answer = await inTime(fetch(event.request));
    if (RENEWING.includes(new URL(event.request.url).pathname) && answer.ok) event.waitUntil(renewShell());
    return answer;
  } catch (error) {
    return (await caches.match(SHELL)) || Response.error();
  }
}

const inTime = (promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("too slow")), LONGEST_WAIT_MS))]);

/** The kept page follows the reader's language and type size, and comes back after a sign-out has cleared it. */
async function renewShell() {
  const cache = await caches.open(CACHE);
  await cache.add(SHELL).catch(() => {});
  await Promise.all(NEEDED.map((path) => keepOnce(cache, path).catch(() => {})));
}

async function file(request) {
  return (await caches.match(request)) || fetch(request);
}
