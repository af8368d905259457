// The category picker: search by everyday words over radio buttons that are already on the page.
import { all, each, fill } from "./dom";

export function startCategories(root: ParentNode): void {
  each(root, "[data-category]", picker);
}

function picker(box: HTMLElement): void {
  const frame = box.querySelector<HTMLElement>(".category-search");
  const search = frame?.querySelector("input");
  const said = frame?.querySelector<HTMLElement>("[role='status']");
  const chosen = box.querySelector<HTMLElement>(".chosen");
  const tree = box.querySelector<HTMLElement>(".tree");
  const often = box.querySelector<HTMLElement>(".often");
  if (!frame || !search || !said || !chosen || !tree) return;
  frame.hidden = false;
  const cards = all(tree, ".card").map((card) => ({
    card,
    text: `${card.textContent ?? ""} ${card.dataset["words"] ?? ""} ${card.closest(".group")?.querySelector("summary")?.textContent ?? ""}`.toLowerCase(),
  }));
  const folds = all<HTMLDetailsElement>(tree, "details");
  let openBefore: boolean[] | null = null;

  const filter = (): void => {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const active = words.length > 0;
    if (often) often.hidden = active;
    if (active && !openBefore) openBefore = folds.map((fold) => fold.open);
    let found = 0;
    for (const { card, text } of cards) {
      const hit = words.every((word) => text.includes(word));
      card.hidden = !hit;
      if (hit) found += 1;
    }
    folds.forEach((fold, index) => {
      const hits = fold.querySelector(".card:not([hidden])") !== null;
      fold.hidden = !hits;
      fold.open = active ? hits && found <= 60 : (openBefore?.[index] ?? fold.open);
    });
    if (!active) openBefore = null;
    said.textContent = !active ? "" : found === 0 ? (search.dataset["none"] ?? "") : fill(search.dataset["found"], found);
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    // Enter in the search box must not send the whole form.
    if (event.key !== "Enter") return;
    event.preventDefault();
    box.querySelector<HTMLInputElement>(".tree .card:not([hidden]) input")?.focus();
  });

  const show = (): void => {
    const input = box.querySelector<HTMLInputElement>("input[type='radio']:checked");
    chosen.textContent = input ? `${chosen.dataset["chosen"] ?? ""}${input.dataset["name"] ?? ""}` : "";
  };
  box.addEventListener("change", show);
  show();
}
