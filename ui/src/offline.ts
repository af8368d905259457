// Work without a line, on devices whose owner asked for it: pages are kept, forms sent on the spot wait in a queue.
import { dropKept, keep, keptAt, home as ask } from "./offline/keep";
import { put, remove, waiting, type Waiting } from "./offline/kept";
import { HOME } from "./offline/names";
import { fieldsOf, later, post, sendAll, type Ended } from "./offline/send";
import { fill, make } from "./app/dom";

/** Whose pages are kept on this device. */
const WHOSE = "yuandu.offline";
/** How often what waits is tried again. */
const AGAIN_MS = 30_000;

const said = {
  zh: {
    waits: "{n} 件待发送",
    refused: "{n} 件没有被接受",
    noLine: "现在没有网络，页面是先前保存的。",
    signIn: "请重新登录，登录后自动发送。",
    other: "这台设备为另一个人保存的页面已经清除；其待发送的内容等本人登录后发送。",
    full: "没有网络，这台设备也存不下了。请不要离开本页，腾出空间后再提交一次。",
    look: "查看",
    off: "关闭离线使用，并清除本机保存的页面",
    on: "在这台设备上离线使用",
    keptAt: "页面保存于 ",
    nothing: "没有待发送的内容。",
    again: "重新填写",
    retry: "再发一次",
    drop: "丢弃",
    sure: "丢弃后无法找回，确定吗？",
    waitsFor: "等待网络",
    sending: "正在保存页面…",
    unable: "这个浏览器不支持离线使用，或者地址不是 https。",
  },
  en: {
    waits: "{n} waiting to be sent",
    refused: "{n} not accepted",
    noLine: "There is no connection; this page was kept earlier.",
    signIn: "Sign in again; then it is sent by itself.",
    other: "Pages kept here for someone else were removed; what they have not sent waits until they sign in.",
    full: "There is no connection, and this device has no room left. Stay on this page, make room and send it again.",
    look: "Look",
    off: "Stop working offline and remove the kept pages",
    on: "Work offline on this device",
    keptAt: "Pages kept at ",
    nothing: "Nothing waits to be sent.",
    again: "Fill in again",
    retry: "Send again",
    drop: "Discard",
    sure: "It cannot be brought back. Discard it?",
    waitsFor: "waits for a connection",
    sending: "Keeping the pages…",
    unable: "This browser cannot work offline, or the address is not https.",
  },
};

const words = document.documentElement.lang.startsWith("en") ? said.en : said.zh;
let line: Ended = "sent";

function start(): void {
  const box = document.querySelector<HTMLElement>("[data-offline]");
  if (box) void homePage(box);
  if (!whose() || !location.pathname.startsWith("/work")) return;
  document.addEventListener("submit", intercept);
  document.addEventListener("submit", forget);
  window.addEventListener("online", () => void round());
  window.addEventListener("offline", () => void show());
  window.setInterval(() => void waiting().then((all) => (all.length > 0 ? round() : undefined)), AGAIN_MS);
  void register().then(() => round());
}

function whose(): string {
  return localStorage.getItem(WHOSE) ?? "";
}

/** Whoever signs out leaves no pages behind; what was not sent stays until they are back. */
function forget(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || new URL(form.action).pathname !== "/signout") return;
  event.preventDefault();
  void dropKept().finally(() => form.submit());
}

async function register(): Promise<void> {
  await navigator.serviceWorker.register("/assets/sw.js", { scope: "/work" });
}

async function round(force = false): Promise<void> {
  line = await sendAll(whose(), force);
  if (line === "other") await dropKept();
  await show();
}

/** Forms filled in on the spot go through here: sent at once if there is a line, kept if not. */
function intercept(event: SubmitEvent): void {
  const form = event.target;
  // A second click on a form that is being sent was stopped before.
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || !onTheSpot(form)) return;
  event.preventDefault();
  const fields = fieldsOf(form, event.submitter);
  void (async () => {
    const answer = await post(form.action, fields);
    if (answer) {
      // The answer is the next page, or this one with what is wrong.
      const text = await answer.text();
      history.pushState(null, "", answer.url);
      document.open();
      document.write(text);
      document.close();
      return;
    }
    try {
      await later(form, fields, whose());
    } catch {
      // The device is full: what was filled in stands on this page only.
      window.alert(words.full);
      form.dispatchEvent(new Event("yuandu:unsent"));
      return;
    }
    location.assign(HOME);
  })();
}

function onTheSpot(form: HTMLFormElement): boolean {
  const path = new URL(form.action).pathname;
  return form.enctype === "multipart/form-data" && (path === "/work/report" || /^\/work\/tasks\/[^/]+\/complete$/.test(path));
}

/** The bar over the page: only there when it has something to say. */
async function show(): Promise<void> {
  const all = await mine();
  const refused = all.filter((item) => item.refused).length;
  const parts: string[] = [];
  if (line === "no-line" || !navigator.onLine) parts.push(words.noLine);
  if (line === "sign-in") parts.push(words.signIn);
  if (line === "other") parts.push(words.other);
  if (all.length > refused) parts.push(fill(words.waits, all.length - refused));
  if (refused > 0) parts.push(fill(words.refused, refused));
  const main = document.querySelector("main");
  let bar = document.querySelector<HTMLElement>(".offline-bar");
  if (parts.length === 0) bar?.remove();
  else if (main) {
    bar ??= make("div", "notice offline-bar");
    bar.dataset["tone"] = "care";
    bar.setAttribute("role", "status");
    const text = make("span", "", parts.join(" "));
    const link = make("a", "", words.look);
    link.href = line === "sign-in" ? "/signin?back=%2Fwork" : HOME;
    bar.replaceChildren(text, " ", ...(location.pathname === HOME && line !== "sign-in" ? [] : [link]));
    main.prepend(bar);
  }
  const list = document.querySelector<HTMLElement>("[data-offline-waiting]");
  if (list) fillList(list, all);
  const kept = document.querySelector<HTMLElement>("[data-offline-kept]");
  if (kept && whose()) kept.textContent = keptAt() ? words.keptAt + new Date(keptAt()).toLocaleString(document.documentElement.lang) : "";
}

async function mine(): Promise<Waiting[]> {
  return (await waiting()).filter((item) => item.who === whose());
}

async function homePage(box: HTMLElement): Promise<void> {
  const button = box.querySelector<HTMLButtonElement>("[data-offline-switch]");
  const kept = box.querySelector<HTMLElement>("[data-offline-kept]");
  if (!button || !kept) return;
  box.hidden = false;
  if (!("serviceWorker" in navigator) || !("caches" in window)) {
    kept.textContent = words.unable;
    return;
  }
  const who = box.dataset["who"] ?? "";
  const mineNow = whose() === who;
  button.hidden = false;
  button.textContent = mineNow ? words.off : words.on;
  button.addEventListener("click", () => void (mineNow ? switchOff() : switchOn(who, button, kept)));
}

async function switchOn(who: string, button: HTMLButtonElement, kept: HTMLElement): Promise<void> {
  button.disabled = true;
  kept.textContent = words.sending;
  await dropKept();
  localStorage.setItem(WHOSE, who);
  await register();
  const now = await ask().catch(() => null);
  if (now) await keep(now, true).catch(() => undefined);
  location.reload();
}

async function switchOff(): Promise<void> {
  await dropKept();
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((registration) => registration.unregister()));
  localStorage.removeItem(WHOSE);
  location.reload();
}

function fillList(list: HTMLElement, all: Waiting[]): void {
  if (all.length === 0) {
    list.replaceChildren(make("p", "hint", words.nothing));
    return;
  }
  const items = make("ul", "links");
  items.append(...all.map((item) => row(item)));
  list.replaceChildren(items);
}

function row(item: Waiting): HTMLLIElement {
  const line = make("li");
  const when = new Date(item.at).toLocaleString(document.documentElement.lang);
  line.append(make("p", "", `${item.title} · ${when}`), make("p", item.refused ? "error" : "hint", item.refused || words.waitsFor));
  if (!item.refused) return line;
  const again = make("a", "", words.again);
  again.href = item.page;
  const retry = make("button", "plain", words.retry);
  const drop = make("button", "plain", words.drop);
  retry.type = "button";
  drop.type = "button";
  retry.addEventListener("click", () => void put({ ...item, refused: "" }).then(() => round()));
  drop.addEventListener("click", () => {
    if (window.confirm(words.sure)) void remove(item.key).then(() => show());
  });
  const deeds = make("p", "actions");
  deeds.append(again, " ", retry, " ", drop);
  line.append(deeds);
  return line;
}

start();
