// Keeping pages on the device: the list of what there is to do, each matter with its forms, and what these pages show.
import { CACHE, HOME } from "./names";

/** Pages fetched at once. */
const AT_ONCE = 4;
/** What is kept is fetched again after this long, at the earliest. */
const FRESH_MS = 120_000;
const KEPT_AT = "yuandu.offline.at";

export interface Home {
  page: Document;
  who: string;
  csrf: string;
}

/** The page of what is kept, as the server says it now; `null` for whom it does not know any more. */
export async function home(): Promise<Home | null> {
  const answer = await fetch(HOME, { cache: "no-store" });
  if (answer.redirected || !answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const who = page.querySelector<HTMLElement>("[data-offline]")?.dataset["who"] ?? "";
  const csrf = page.querySelector<HTMLInputElement>("input[name='_csrf']")?.value ?? "";
  return who ? { page, who, csrf } : null;
}

/** When everything was last kept. */
export function keptAt(): number {
  return Number(localStorage.getItem(KEPT_AT) ?? 0);
}

/** Fetches everything anew and drops what is no longer needed. */
export async function keep(now: Home, force: boolean): Promise<void> {
  if (!force && Date.now() - keptAt() < FRESH_MS) return;
  const links = now.page.querySelectorAll<HTMLAnchorElement>("a[data-keep]");
  const pages = [HOME, ...Array.from(links, (link) => link.getAttribute("href") ?? "")].map(whole);
  const cache = await caches.open(CACHE);
  const parts = new Set<string>();
  await several([...new Set(pages)], async (url) => {
    const answer = await fetch(url, { cache: "no-store" });
    if (answer.redirected || !answer.ok) return;
    const text = await answer.clone().text();
    for (const part of partsOf(text)) parts.add(part);
    await cache.put(url, answer);
  });
  await several([...parts], async (url) => {
    if (await cache.match(url, { ignoreVary: true })) return;
    const answer = await fetch(url);
    if (answer.ok) await cache.put(url, answer);
  });
  const needed = new Set([...pages, ...parts]);
  for (const request of await cache.keys()) {
    if (!needed.has(request.url)) await cache.delete(request);
  }
  localStorage.setItem(KEPT_AT, String(Date.now()));
}

export async function dropKept(): Promise<void> {
  localStorage.removeItem(KEPT_AT);
  await caches.delete(CACHE);
}

function partsOf(text: string): string[] {
  const page = new DOMParser().parseFromString(text, "text/html");
  const of = (selector: string, name: string): string[] =>
    Array.from(page.querySelectorAll(selector), (element) => element.getAttribute(name) ?? "");
  const found = [
    ...of("script[src]", "src"),
    ...of("link[rel='stylesheet'], link[rel='icon']", "href"),
    ...of("img[src]", "src"),
  ];
  // A map without its tiles shows nothing: it is not worth a megabyte and a half.
  const worth = (path: string): boolean => (path.startsWith("/assets/") && !path.startsWith("/assets/map")) || path.startsWith("/photos/");
  return found.filter(worth).map(whole);
}

function whole(path: string): string {
  const url = new URL(path, location.origin);
  url.hash = "";
  return url.href;
}

async function several(urls: string[], work: (url: string) => Promise<void>): Promise<void> {
  const rest = [...urls];
  const one = async (): Promise<void> => {
    for (let url = rest.shift(); url !== undefined; url = rest.shift()) await work(url);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
