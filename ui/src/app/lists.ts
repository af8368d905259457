// Lists: bulk selection with a count, columns that stay as chosen.
import { all, each, fill } from "./dom";

export function startLists(root: ParentNode): void {
  each(root, "[data-bulk]", bulk);
  each<HTMLDetailsElement>(root, "[data-columns]", columns);
}

function bulk(bar: HTMLElement): void {
  const form = bar.closest("form");
  const count = bar.querySelector<HTMLElement>(".bulk-count");
  if (!form || !count) return;
  const none = count.textContent ?? "";
  const show = (): void => {
    const n = form.querySelectorAll("td.pick input:checked").length;
    count.textContent = n === 0 ? none : fill(bar.dataset["bulk"], n);
    bar.toggleAttribute("data-any", n > 0);
  };
  form.addEventListener("change", show);
  show();
}

function columns(box: HTMLDetailsElement): void {
  const key = `yuandu.columns.${box.dataset["columns"] ?? ""}`;
  const boxes = all<HTMLInputElement>(box, "input[type='checkbox']");
  const hidden = new Set(read(key));
  const apply = (): void => {
    const table = document.querySelector("table[data-rows]");
    if (!table) return;
    const first = table.querySelector("th.pick") ? 1 : 0;
    for (const row of table.querySelectorAll("tr")) {
      boxes.forEach((input, index) => {
        const cell = row.children[index + first];
        if (cell instanceof HTMLElement) cell.hidden = hidden.has(input.value);
      });
    }
  };
  for (const input of boxes) {
    input.checked = !hidden.has(input.value);
    input.addEventListener("change", () => {
      if (input.checked) hidden.delete(input.value);
      else hidden.add(input.value);
      localStorage.setItem(key, JSON.stringify([...hidden]));
      apply();
    });
  }
  document.addEventListener("click", (event) => {
    if (box.open && event.target instanceof Node && !box.contains(event.target)) box.open = false;
  });
  apply();
}

function read(key: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((value): value is string => typeof value === "string") : [];
  } catch {
    return [];
  }
}
