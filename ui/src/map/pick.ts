// Marking a place: by a click, by dragging the mark, by arrow keys on the mark, or by marking the centre.
import { type LngLat, type Map as GlMap, Marker } from "maplibre-gl";
import { type Config, say } from "./config";
import { colours } from "./style";

export function pick(frame: HTMLElement, map: GlMap, config: Config): void {
  const t = say(config);
  const field = frame.closest<HTMLElement>("[data-place]");
  const words = frame.querySelector<HTMLElement>(".map-words");
  const marker = new Marker({ color: colours().blue, draggable: true });
  let shown = false;

  const put = (lon: number, lat: number, tell: boolean): void => {
    marker.setLngLat([lon, lat]);
    if (!shown) {
      marker.addTo(map);
      keys(marker, map, t.marker, (at) => put(at.lng, at.lat, true));
      shown = true;
    }
    if (tell) field?.dispatchEvent(new CustomEvent("yuandu:mark", { detail: { lon, lat } }));
  };

  map.on("click", (event) => put(event.lngLat.lng, event.lngLat.lat, true));
  marker.on("dragend", () => put(marker.getLngLat().lng, marker.getLngLat().lat, true));

  field?.addEventListener("yuandu:here", (event) => {
    const at = (event as CustomEvent<{ lon: number; lat: number }>).detail;
    put(at.lon, at.lat, false);
    map.jumpTo({ center: [at.lon, at.lat], zoom: Math.max(map.getZoom(), 16) });
  });

  const centre = document.createElement("button");
  centre.type = "button";
  centre.className = "button map-centre";
  centre.textContent = t.centre;
  centre.addEventListener("click", () => put(map.getCenter().lng, map.getCenter().lat, true));
  frame.append(centre);

  if (config.mark) {
    put(config.mark[0], config.mark[1], false);
    map.jumpTo({ center: config.mark, zoom: Math.max(config.zoom, 15) });
  } else if (words) {
    words.textContent = t.clickHint;
  }
  follow(field, (lon, lat) => {
    put(lon, lat, false);
    map.jumpTo({ center: [lon, lat] });
  });
}

/** Arrow keys move the focused mark by a few pixels, with Shift by more. */
function keys(marker: Marker, map: GlMap, label: string, moved: (at: LngLat) => void): void {
  const element = marker.getElement();
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", label);
  element.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 40 : 8;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const at = map.project(marker.getLngLat());
    moved(map.unproject([at.x + (move[0] ?? 0), at.y + (move[1] ?? 0)]));
  });
}

/** Coordinates typed by hand move the mark. */
function follow(field: HTMLElement | null, moved: (lon: number, lat: number) => void): void {
  const lon = field?.querySelector<HTMLInputElement>("#f-lon, [data-part='lon']");
  const lat = field?.querySelector<HTMLInputElement>("#f-lat, [data-part='lat']");
  for (const input of [lon, lat]) {
    input?.addEventListener("change", (event) => {
      if (!event.isTrusted) return;
      const at = [Number(lon?.value), Number(lat?.value)] as const;
      if (lon?.value && lat?.value && at.every(Number.isFinite) && Math.abs(at[1]) <= 85) moved(at[0], at[1]);
    });
  }
}
