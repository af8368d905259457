// Sending forms: at once where there is a line, kept and sent later where there is none. What the server has not
// confirmed stays on the device; the idempotency key makes a form that arrived twice count once.
import { home, keep } from "./keep";
import { put, remove, waiting } from "./kept";

/** A form with photos on a slow line. */
const PATIENCE_MS = 60_000;

/** How an attempt to empty the queue ended. */
export type Ended = "sent" | "no-line" | "sign-in" | "other" | "busy";

/** What is sent now; `undefined` where there is no line. */
export async function post(action: string, fields: [string, string | File][]): Promise<Response | undefined> {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  try {
    const answer = await fetch(action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
    // A gateway in between that lost the server is no line either.
    return [502, 503, 504].includes(answer.status) ? undefined : answer;
  } catch {
    return undefined;
  }
}

/** The form as it will be sent, with a key of its own: a kept page may be filled in more than once. */
export function fieldsOf(form: HTMLFormElement, button: HTMLElement | null): [string, string | File][] {
  const sent = new FormData(form, button instanceof HTMLButtonElement ? button : null);
  if (sent.has("_key")) sent.set("_key", crypto.randomUUID());
  if (sent.has("on_site_at") && sent.get("on_site_at") === "") sent.set("on_site_at", minute(new Date()));
  return Array.from(sent.entries());
}

/** Keeps a form until there is a line. */
export async function later(form: HTMLFormElement, fields: [string, string | File][], who: string): Promise<void> {
  const key = fields.find(([name]) => name === "_key")?.[1];
  const heading = document.querySelector("h1")?.textContent?.trim() ?? document.title;
  const step = form.closest("section")?.querySelector("h2")?.textContent?.trim() ?? "";
  await put({
    key: typeof key === "string" ? key : crypto.randomUUID(),
    who,
    action: new URL(form.action).pathname,
    title: [heading, step].filter(Boolean).join(" · "),
    at: Date.now(),
    fields,
    refused: "",
    page: location.pathname + location.search,
  });
}

/** Sends what waits, oldest first, and then keeps the pages of what is left to do. */
export async function sendAll(who: string, force: boolean): Promise<Ended> {
  if (!("locks" in navigator)) return sendWaiting(who, force);
  // Two pages open at once must not send the same form side by side.
  return navigator.locks.request("yuandu-offline", { ifAvailable: true }, async (lock) =>
    lock ? sendWaiting(who, force) : "busy",
  );
}

async function sendWaiting(who: string, force: boolean): Promise<Ended> {
  const now = await home().catch(() => undefined);
  if (now === undefined) return "no-line";
  if (now === null) return "sign-in";
  if (now.who !== who) return "other";
  let sent = 0;
  for (const item of (await waiting()).filter((item) => item.who === who && !item.refused)) {
    const fields = item.fields.map(([name, value]): [string, string | File] => [name, name === "_csrf" ? now.csrf : value]);
    const answer = await post(item.action, fields);
    if (!answer) return "no-line";
    if (answer.redirected && new URL(answer.url).pathname === "/signin") return "sign-in";
    if (answer.redirected && answer.ok) {
      await remove(item.key);
      sent += 1;
      continue;
    }
    await put({ ...item, refused: reason(await answer.text()) });
  }
  const fresh = sent > 0 ? await home().catch(() => undefined) : now;
  if (fresh) await keep(fresh, force || sent > 0).catch(() => undefined);
  return "sent";
}

/** What the answering page says is wrong. */
function reason(text: string): string {
  const page = new DOMParser().parseFromString(text, "text/html");
  const told = Array.from(page.querySelectorAll(".error-summary li, main .notice:not(.offline-bar)"), (element) => element.textContent?.trim() ?? "");
  const words = [...new Set(told.filter(Boolean))].join(" ");
  return words || (page.querySelector("main h1")?.textContent?.trim() ?? page.title) || "?";
}

function minute(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
