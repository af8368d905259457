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
  let kept: Kept[] = [];

  const show = (): void => {
    const transfer = new DataTransfer();
    for (const photo of kept) transfer.items.add(photo.file);
    input.files = transfer.files;
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren(...kept.map((photo) => preview(photo)));
  };

  const preview = (photo: Kept): HTMLLIElement => {
    const item = make("li");
    const image = make("img");
    image.src = URL.createObjectURL(photo.file);
    image.alt = photo.file.name;
    const remove = make("button", "plain", box.dataset["remove"] ?? "");
    remove.type = "button";
    remove.setAttribute("aria-label", `${box.dataset["remove"] ?? ""} ${photo.file.name}`);
    remove.addEventListener("click", () => {
      kept = kept.filter((other) => other !== photo);
      show();
      input.focus();
    });
    item.append(image, remove);
    return item;
  };

  input.addEventListener("change", () => void add(Array.from(input.files ?? [])));

  // Choosing again adds to what was chosen: phones hand over one picture at a time.
  const add = async (chosen: File[]): Promise<void> => {
    const fresh = chosen.filter((file) => !kept.some((old) => old.chosen === chosenKey(file)));
    const ready = await Promise.all(fresh.map(async (file) => ({ chosen: chosenKey(file), file: await smaller(file) })));
    const large = ready.filter((photo) => photo.file.size > largest);
    const together = [...kept, ...ready.filter((photo) => photo.file.size <= largest)];
    kept = together.slice(0, most);
    const said: string[] = [];
    if (large.length > 0) said.push((box.dataset["tooLarge"] ?? "") + large.map((photo) => photo.file.name).join("、"));
    if (together.length > most) said.push(box.dataset["tooMany"] ?? "");
    words.textContent = said.join(" ");
    show();
  };
}

interface Kept {
  /** What was chosen, to tell when it is chosen again. */
  chosen: string;
  /** What is sent. */
  file: File;
}

function chosenKey(file: File): string {
  return `${file.name}/${file.size}/${file.lastModified}`;
}

/** Longest side kept by the server too. */
const LONGEST = 2048;
/** Below this a photo is sent as it is. */
const SMALL = 1_500_000;

/** A large photo is brought to size here, so that a slow line carries half a megabyte and not eight. */
async function smaller(file: File): Promise<File> {
  if (file.size <= SMALL || !["image/jpeg", "image/png", "image/webp"].includes(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    // The browser cannot read it; the server says what is wrong with it.
    return file;
  }
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
