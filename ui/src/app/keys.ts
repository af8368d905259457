// Keys for officers. They never fire while someone types, and never with Ctrl, Alt or Meta.
import { all, typing } from "./dom";

let leader = "";
let timer = 0;

export function startKeys(): void {
  if (document.documentElement.dataset["audience"] !== "officer") return;
  document.addEventListener("keydown", press);
}

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
    return;
  }
  const key = leader ? `${leader} ${event.key}` : event.key;
  leader = "";
  const act = actions[key];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key === "g") {
    leader = "g";
    window.clearTimeout(timer);
    timer = window.setTimeout(() => (leader = ""), 1200);
  }
}

const actions: Record<string, () => void> = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => {
    const row = here();
    row?.querySelector<HTMLInputElement>("td.pick input")?.click();
    row?.querySelector<HTMLElement>(".row-link")?.focus();
  },
  a: () => {
    const field = ".act :is(input:not([type='hidden']), select, textarea)";
    for (const place of [field, ".act button", ".matter-head .buttons :is(a, button)"]) {
      const first = all(document, place).find((element) => element.offsetParent);
      if (first) return first.focus();
    }
  },
  "/": () => {
    const search = document.querySelector<HTMLInputElement>("#search, [data-search]");
    search?.focus();
    search?.select();
  },
  "?": () => document.querySelector<HTMLDialogElement>("#keys")?.showModal(),
  "g i": () => location.assign("/work"),
  "g m": () => location.assign("/work/map"),
};

function here(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("table[data-rows] tbody tr") ?? document.querySelector<HTMLElement>("table[data-rows] tr[aria-current]");
}

/** Moves the focus to the link of the next or previous row; Enter then opens it as any link. */
function walk(step: 1 | -1): void {
  const rows = all(document, "table[data-rows] tbody tr").filter((row) => row.querySelector(".row-link"));
  const now = here();
  const index = now ? rows.indexOf(now) + step : 0;
  const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
  const link = row?.querySelector<HTMLElement>(".row-link");
  link?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}
