// The service worker of the officers' pages: without a line, what was kept is shown. It only reads what the page has put
// into the cache, and is registered only on devices whose owner asked for it.
import { CACHE, HOME } from "./offline/names";

interface Worker {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
  addEventListener(name: "install" | "activate", run: (event: Lasting) => void): void;
  addEventListener(name: "fetch", run: (event: Fetching) => void): void;
}
interface Lasting {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = self as unknown as Worker;
/** A line that answers nothing for this long is no line. */
const PATIENCE_MS = 6_000;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  // Their addresses name their content, so what is kept is never old.
  else if (url.pathname.startsWith("/assets/") || url.pathname.startsWith("/photos/")) event.respondWith(keptFirst(request));
});

async function page(request: Request): Promise<Response> {
  try {
    return await inTime(fetch(request));
  } catch (trouble) {
    const kept = (await find(request.url)) ?? (await find(alone(request.url))) ?? (await find(HOME));
    if (kept) return kept;
    throw trouble;
  }
}

/** A matter open beside the list of the inbox is kept as a page of its own; every view of the inbox is kept as one. */
function alone(address: string): string {
  const url = new URL(address);
  const open = url.pathname === "/work" ? url.searchParams.get("open") : null;
  const deed = url.searchParams.get("do");
  url.search = open && deed ? `?do=${deed}` : "";
  if (open) url.pathname = `/work/cases/${open}`;
  return url.href;
}

async function keptFirst(request: Request): Promise<Response> {
  return (await find(request.url)) ?? fetch(request);
}

async function find(url: string): Promise<Response | undefined> {
  const cache = await caches.open(CACHE);
  return cache.match(url, { ignoreVary: true });
}

function inTime(answer: Promise<Response>): Promise<Response> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error("no answer in time")), PATIENCE_MS);
    answer.then(done, failed).finally(() => clearTimeout(timer));
  });
}
