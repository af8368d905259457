// The matter beside the list: rows load it in place, the list keeps its scroll and marks what is open.
import { all } from "./dom";

interface Context {
  sourceElement?: Element;
  response?: { status?: number };
}

export function startPane(start: (root: ParentNode) => void): void {
  document.addEventListener("htmx:after:swap", () => start(document));
  document.addEventListener("htmx:after:request", (event) => {
    const ctx = contextOf(event);
    const link = ctx?.sourceElement;
    if (!(link instanceof HTMLAnchorElement) || !link.matches(".row-link")) return;
    const status = ctx?.response?.status ?? 0;
    // A refusal, an expired session or a broken line gets its own page, as it would without scripts.
    if (status >= 400) location.assign(link.href);
    else mark(link);
  });
  document.addEventListener("htmx:error", (event) => {
    const link = contextOf(event)?.sourceElement;
    if (link instanceof HTMLAnchorElement && link.matches(".row-link")) location.assign(link.href);
  });
}

function contextOf(event: Event): Context | undefined {
  return (event as CustomEvent<{ ctx?: Context }>).detail?.ctx;
}

function mark(link: HTMLAnchorElement): void {
  const row = link.closest("tr");
  for (const other of all(document, "table[data-rows] tr[aria-current]")) other.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
  document.querySelector(".inbox")?.setAttribute("data-open", "");
  if (window.matchMedia("(max-width: 1023px)").matches) {
    window.scrollTo(0, 0);
    document.getElementById("matter")?.focus({ preventScroll: true });
  }
}
