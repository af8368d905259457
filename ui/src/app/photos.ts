// Photos: preview, removal, and a word in time when one is too many or too large.
import { each, make } from "./dom";

export function startPhotos(root: ParentNode): void {
  each(root, "[data-photos]", photos);
  each<HTMLAnchorElement>(root, "a[data-photo]", enlarge);
}

function photos(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input[type='file']");
  const list = box.querySelector<HTMLElement>(".photo-previews");
  const words = box.querySelector<HTMLElement>(".photo-words");
  if (!input || !list || !words) return;
  const most = Number(box.dataset["most"]);
  const largest = Number(box.dataset["largest"]);
  let kept: File[] = [];

  const show = (): void => {
    const transfer = new DataTransfer();
    for (const file of kept) transfer.items.add(file);
    input.files = transfer.files;
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren(...kept.map((file) => preview(file)));
  };

  const preview = (file: File): HTMLLIElement => {
    const item = make("li");
    const image = make("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    const remove = make("button", "plain", box.dataset["remove"] ?? "");
    remove.type = "button";
    remove.setAttribute("aria-label", `${box.dataset["remove"] ?? ""} ${file.name}`);
    remove.addEventListener("click", () => {
      kept = kept.filter((other) => other !== file);
      show();
      input.focus();
    });
    item.append(image, remove);
    return item;
  };

  input.addEventListener("change", () => {
    // Choosing again adds to what was chosen: phones hand over one picture at a time.
    const chosen = Array.from(input.files ?? []);
    const large = chosen.filter((file) => file.size > largest);
    const fresh = chosen.filter((file) => file.size <= largest && !kept.some((old) => same(old, file)));
    const together = [...kept, ...fresh];
    kept = together.slice(0, most);
    const said: string[] = [];
    if (large.length > 0) said.push((box.dataset["tooLarge"] ?? "") + large.map((file) => file.name).join("、"));
    if (together.length > most) said.push(box.dataset["tooMany"] ?? "");
    words.textContent = said.join(" ");
    show();
  });
}

function same(one: File, other: File): boolean {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

/** A photo opens over the page and closes with Esc; without scripts the link opens the file. */
function enlarge(link: HTMLAnchorElement): void {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    const dialog = make("dialog", "photo-dialog");
    const image = make("img");
    image.src = link.href;
    image.alt = link.querySelector("img")?.alt ?? "";
    dialog.setAttribute("aria-label", image.alt);
    const close = make("button", "button", link.dataset["photo"] ?? "");
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    dialog.append(image, close);
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
