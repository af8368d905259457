// Finding and making elements.

export function all<T extends HTMLElement>(root: ParentNode, selector: string): T[] {
  const found = Array.from(root.querySelectorAll<T>(selector));
  if (root instanceof HTMLElement && root.matches(selector)) found.unshift(root as T);
  return found;
}

/** Runs once for each element, however often a fragment is started again. */
export function each<T extends HTMLElement>(root: ParentNode, selector: string, run: (element: T) => void): void {
  for (const element of all<T>(root, selector)) {
    const mark = `started${selector.replace(/[^a-z]/gi, "")}`;
    if (element.dataset[mark]) continue;
    element.dataset[mark] = "1";
    run(element);
  }
}

export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = "",
  words = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}

/** Puts a number into a phrase that the server wrote in the reader's language. */
export function fill(phrase: string | undefined, n: number): string {
  return (phrase ?? "{n}").replace("{n}", String(n));
}

export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type)))
  );
}
