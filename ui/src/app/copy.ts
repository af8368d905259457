// Copying a number: the button appears where the browser can copy; the number itself can always be selected.
import { each } from "./dom";

export function startCopies(root: ParentNode): void {
  each<HTMLButtonElement>(root, "button[data-copy]", (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(() => {
        button.textContent = button.dataset["done"] ?? "";
      });
    });
  });
}
