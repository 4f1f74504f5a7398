/** Shows a page of its own where the site cannot be reached. It keeps nothing else, and nothing that anybody said. */
const OURS = "offline ";
const CACHE = `${OURS}{{ version|escapejs }}`;
const KEPT = JSON.parse("{{ kept|escapejs }}");
const [PAGE] = KEPT;

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const isRead = request.method === "GET";
  if (isRead && request.mode === "navigate") {
    event.respondWith(go(event));
  } else if (isRead && KEPT.includes(request.url.replace(location.origin, ""))) {
    event.respondWith(fetch(request).catch(() => kept(request)));
  }
});

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT);
  await skipWaiting();
}

async function begin() {
  await forget((name) => name !== CACHE);
  // Else each visit would wait until this script has started.
  await registration.navigationPreload?.enable();
}

async function go(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(leaveWhenStrange(answer));
    return answer;
  } catch {
    return kept(PAGE);
  }
}

async function kept(wanted) {
  return (await caches.match(wanted, { cacheName: CACHE, ignoreVary: true })) ?? Response.error();
}

async function forget(which) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && which(name)).map((name) => caches.delete(name)));
}

/** A browser keeps a worker whose script is gone: one day something else may live at this address, or an older site. */
async function leaveWhenStrange(answer) {
  if (!answer.ok || answer.headers.get("Content-Security-Policy")?.includes("worker-src")) {
    return;
  }
  const script = await fetch(location.href, { cache: "no-store" });
  if (script.status < 500 && !script.headers.get("Content-Type")?.includes("javascript")) {
    await forget(() => true);
    await registration.unregister();
  }
}
