// Telling a place: the reader's own position, and words for a place that was marked on the map.
// The map itself is another script; the two meet through events on the fieldset.
import { each } from "./dom";

interface Located {
  grid?: string | null;
  words?: string;
  inside?: boolean;
}

export interface Mark {
  lon: number;
  lat: number;
}

export function startPlaces(root: ParentNode): void {
  each(root, "[data-place]", place);
}

function place(box: HTMLElement): void {
  // A place of its own has the parts `<name>_lon` and `<name>_lat`; the report form has `lon`, `lat`, `grid`, `address`.
  const input = (name: string): HTMLInputElement | null => box.querySelector(`#f-${name}, [data-part="${name}"]`);
  const words = box.querySelector<HTMLElement>(".map-words");
  let written = "";
  let asked = 0;

  const mark = async (at: Mark): Promise<void> => {
    const lon = input("lon");
    const lat = input("lat");
    if (!lon || !lat) return;
    lon.value = at.lon.toFixed(6);
    lat.value = at.lat.toFixed(6);
    lon.dispatchEvent(new Event("change", { bubbles: true }));
    if (box instanceof HTMLFormElement && box.hasAttribute("data-go")) {
      box.requestSubmit();
      return;
    }
    const turn = ++asked;
    const found = await locate(at);
    if (turn !== asked || !found) return;
    const grid = input("grid");
    if (grid) grid.value = found.grid ?? "";
    const said = found.words ?? "";
    const address = input("address");
    // What someone typed is theirs; only our own earlier words are replaced.
    if (address && said && (address.value === "" || address.value === written)) {
      address.value = said;
      written = said;
    }
    if (words) words.textContent = found.inside === false ? (box.dataset["outside"] ?? "") : [said, grid?.value].filter(Boolean).join(" · ");
    box.dispatchEvent(new Event("yuandu:located", { bubbles: true }));
  };

  box.addEventListener("yuandu:mark", (event) => void mark((event as CustomEvent<Mark>).detail));

  const button = box.querySelector<HTMLButtonElement>("[data-locate]");
  if (!button || !("geolocation" in navigator)) return;
  const frame = button.closest<HTMLElement>("[hidden]");
  if (frame) frame.hidden = false;
  button.addEventListener("click", () => {
    const label = button.textContent;
    const say = (text: string | undefined): void => {
      button.textContent = label;
      button.disabled = false;
      button.focus();
      if (words && text) words.textContent = text;
    };
    button.textContent = button.dataset["asking"] ?? label;
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      (position) => {
        say(undefined);
        const at = { lon: position.coords.longitude, lat: position.coords.latitude };
        box.dispatchEvent(new CustomEvent<Mark>("yuandu:here", { detail: at }));
        void mark(at);
      },
      () => say(button.dataset["failed"]),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  });
}

async function locate(at: Mark): Promise<Located | null> {
  try {
    const response = await fetch(`/api/v1/places/locate?lon=${at.lon.toFixed(6)}&lat=${at.lat.toFixed(6)}`, {
      headers: { accept: "application/json" },
    });
    return response.ok ? ((await response.json()) as Located) : null;
  } catch {
    return null;
  }
}
