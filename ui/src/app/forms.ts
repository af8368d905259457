// Forms: focus on the error summary, guard of unsaved words, one submission at a time, characters left.
import { all, each, fill, make } from "./dom";

const changed = new Set<HTMLFormElement>();
const sending = new Set<HTMLFormElement>();

export function startForms(root: ParentNode): void {
  const focus = all(root, "[data-focus]")[0];
  if (focus) focus.focus();
  each(root, ".error-summary a[href^='#']", leadToField);
  each<HTMLFormElement>(root, "form[data-guard]", guard);
  each<HTMLFormElement>(root, "form[method='post']", sendOnce);
  each<HTMLTextAreaElement>(root, "textarea[data-count]", count);
  each<HTMLFormElement>(root, "form[data-switches]", keepPlace);
}

/** A field inside a closed fold is opened before it takes the focus. */
function leadToField(link: HTMLElement): void {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
    if (!field) return;
    event.preventDefault();
    for (let fold = field.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
    (field.closest(".field") ?? field).scrollIntoView({ block: "start" });
    field.focus({ preventScroll: true });
  });
}

function guard(form: HTMLFormElement): void {
  form.addEventListener("input", () => changed.add(form));
  form.addEventListener("submit", () => changed.delete(form));
}

window.addEventListener("beforeunload", (event) => {
  for (const form of changed) {
    // Forms that a fragment replaced no longer hold anything.
    if (form.isConnected) event.preventDefault();
    else changed.delete(form);
  }
});

function sendOnce(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sending.has(form)) {
      event.preventDefault();
      return;
    }
    sending.add(form);
    const button = event.submitter;
    const busy = form.dataset["busy"];
    if (button instanceof HTMLButtonElement && busy) {
      button.setAttribute("aria-disabled", "true");
      button.dataset["words"] = button.textContent ?? "";
      button.textContent = busy;
    }
  });
  form.addEventListener("yuandu:unsent", () => sendable(form));
}

/** What was not sent after all can be sent again. */
function sendable(form: HTMLFormElement): void {
  sending.delete(form);
  for (const button of all<HTMLButtonElement>(form, "button[data-words]")) {
    button.removeAttribute("aria-disabled");
    button.textContent = button.dataset["words"] ?? "";
  }
}

/** Coming back with the browser's Back button must find working buttons. */
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of [...sending]) sendable(form);
});

function count(area: HTMLTextAreaElement): void {
  const most = area.maxLength;
  if (most <= 0) return;
  const words = make("p", "counter");
  words.setAttribute("aria-hidden", "true");
  area.after(words);
  const show = (): void => {
    words.textContent = fill(area.dataset["count"], most - area.value.length);
  };
  area.addEventListener("input", show);
  show();
}

/** Theme and size change at once, without losing the place on the page or what was typed. */
function keepPlace(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || !["theme", "size"].includes(button.name)) return;
    event.preventDefault();
    sending.delete(form);
    document.cookie = `yuandu_${button.name}=${button.value}; path=/; max-age=31536000; samesite=lax`;
    document.documentElement.dataset[button.name] = button.value;
    const scheme = document.querySelector<HTMLMetaElement>("meta[name='color-scheme']");
    if (scheme && button.name === "theme") scheme.content = button.value === "auto" ? "light dark" : button.value;
    for (const other of all<HTMLButtonElement>(form, `button[name='${button.name}']`)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    document.dispatchEvent(new Event("yuandu:theme"));
  }, { capture: true });
}
