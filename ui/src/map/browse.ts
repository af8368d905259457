// Looking around: layers and legend, a list that follows the view, a view that is a link.
import { type ExpressionSpecification, type Map as GlMap, type MapGeoJSONFeature, Marker, Popup } from "maplibre-gl";
import { type Config, type LayerName, type Words, say } from "./config";
import { colours, firstZoom, LAMPS, type LampName, layerIds } from "./style";

const SHAPES: Record<LampName, string> = { green: "●", yellow: "▲", red: "■", off: "○" };

export function browse(frame: HTMLElement, map: GlMap, config: Config): void {
  const t = say(config);
  layersPanel(frame, map, config, t);
  restoreView(map);
  map.on("style.load", () => choose(map, config));
  cases(map, config, t);
  if (config.component) components(map, config.component, t);
  if (config.list) listInStep(frame, map, config.list, t);
  map.on("moveend", () => keepView(map));
}

function layersPanel(frame: HTMLElement, map: GlMap, config: Config, t: Words): void {
  const list = frame.querySelector<HTMLElement>(".map-layer-list");
  if (!list) return;
  for (const name of [...config.layers].reverse()) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => toggle(map, name, box.checked));
    label.append(box, t.layers[name], tooFar(map, name, t));
    list.append(label);
    if (name === "cases") list.append(legend(t));
  }
  // On a small screen the panel would cover the map.
  const fold = list.closest("details");
  if (fold && window.matchMedia("(max-width: 639px)").matches) fold.open = false;
}

/** Says of a layer that is ticked and not drawn yet from where on it is. */
function tooFar(map: GlMap, name: LayerName, t: Words): HTMLElement {
  const said = document.createElement("span");
  said.className = "hint";
  said.textContent = t.zoomFor;
  const follow = (): void => {
    said.hidden = map.getZoom() >= firstZoom(name);
  };
  follow();
  map.on("zoomend", follow);
  return said;
}

function legend(t: Words): HTMLElement {
  const list = document.createElement("ul");
  for (const lamp of LAMPS) {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.className = "lamp";
    mark.dataset["lamp"] = lamp;
    mark.textContent = `${SHAPES[lamp]} ${t.lamps[lamp]}`;
    item.append(mark);
    list.append(item);
  }
  return list;
}

function toggle(map: GlMap, name: LayerName, shown: boolean): void {
  for (const id of layerIds(name)) {
    if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
  }
}

/** Shows only the cases that the page's filters leave. */
function choose(map: GlMap, config: Config): void {
  if (!map.getLayer("cases-lamp")) return;
  const { lamp, stage, class: kind } = config.only;
  const all: ExpressionSpecification[] = [];
  if (lamp) all.push(["==", ["get", "lamp"], lamp]);
  if (stage) all.push(["==", ["get", "stage"], stage]);
  if (kind) all.push(["==", ["slice", ["coalesce", ["get", "category"], ""], 0, 2], kind]);
  map.setFilter("cases-lamp", all.length > 0 ? ["all", ...all] : null);
}

function components(map: GlMap, address: string, t: Words): void {
  map.on("click", "components-dot", (event) => {
    const feature = event.features?.[0];
    // A case on the same spot is what the click meant.
    if (!feature || map.queryRenderedFeatures(event.point, { layers: ["cases-lamp"] }).length > 0) return;
    const of = (name: string): string => String(feature.properties[name] ?? "");
    const box = document.createElement("div");
    box.className = "map-card";
    const title = document.createElement("p");
    title.className = "map-card-title";
    title.textContent = of("name");
    const code = document.createElement("p");
    code.className = "code";
    code.textContent = of("code");
    const link = document.createElement("a");
    link.className = "button";
    link.href = address.replace("{code}", encodeURIComponent(of("code")));
    link.textContent = t.openRecord;
    box.append(title, code, link);
    new Popup({ maxWidth: "280px" }).setLngLat(event.lngLat).setDOMContent(box).addTo(map);
  });
  map.on("mouseenter", "components-dot", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "components-dot", () => (map.getCanvas().style.cursor = ""));
}

function cases(map: GlMap, config: Config, t: Words): void {
  map.on("click", "cases-lamp", (event) => {
    const feature = event.features?.[0];
    if (!feature) return;
    new Popup({ maxWidth: "280px" }).setLngLat(event.lngLat).setDOMContent(card(feature, config, t)).addTo(map);
  });
  map.on("mouseenter", "cases-lamp", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "cases-lamp", () => (map.getCanvas().style.cursor = ""));
}

function card(feature: MapGeoJSONFeature, config: Config, t: Words): HTMLElement {
  const of = (name: string): string => String(feature.properties[name] ?? "");
  const box = document.createElement("div");
  box.className = "map-card";
  const title = document.createElement("p");
  title.className = "map-card-title";
  title.textContent = of("title") || of("number");
  const lamp = (LAMPS as readonly string[]).includes(of("lamp")) ? (of("lamp") as LampName) : "off";
  const mark = document.createElement("span");
  mark.className = "lamp";
  mark.dataset["lamp"] = lamp;
  mark.textContent = `${SHAPES[lamp]} ${t.lamps[lamp]}`;
  const line = document.createElement("p");
  const number = document.createElement("p");
  number.className = "code";
  number.textContent = of("number");
  line.append(mark);
  box.append(title, number, line);
  const id = of("id") || String(feature.id ?? "");
  if (config.link && id) {
    const link = document.createElement("a");
    link.className = "button";
    link.href = config.link.replace("{id}", encodeURIComponent(id)).replace("{number}", encodeURIComponent(of("number")));
    link.textContent = t.open;
    box.append(link);
  }
  return box;
}

/** The list beside the map is asked for the view's box; its rows show their place when pointed at or focused. */
function listInStep(frame: HTMLElement, map: GlMap, address: string, t: Words): void {
  const list = document.getElementById("map-list");
  const words = frame.querySelector<HTMLElement>(".map-words");
  if (!list) return;
  let asked: AbortController | null = null;
  const refresh = async (): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    const box = map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((side) => side.toFixed(5)).join(",");
    try {
      const response = await fetch(`${address}${address.includes("?") ? "&" : "?"}bbox=${bbox}`, {
        signal: asked.signal,
        headers: { "HX-Request": "true" },
      });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      list.replaceChildren(...(page.getElementById("map-list") ?? page.body).childNodes);
      if (words) words.textContent = t.inView;
    } catch {
      // A newer view has asked, or the line is down: the list stays as it was.
    }
  };
  map.on("moveend", () => void refresh());
  map.once("load", () => void refresh());
  const ring = new Marker({ color: colours().blue, scale: 0.8 });
  const point = (event: Event): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-lon]") : null;
    if (row) ring.setLngLat([Number(row.dataset["lon"]), Number(row.dataset["lat"])]).addTo(map);
    else ring.remove();
  };
  list.addEventListener("mouseover", point);
  list.addEventListener("focusin", point);
  list.addEventListener("mouseleave", () => ring.remove());
}

/** The view is kept in the address, so that it can be sent to a colleague. */
function keepView(map: GlMap): void {
  const { lng, lat } = map.getCenter();
  const view = `#map=${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
  history.replaceState(history.state, "", view);
  // Filtering leads to the same view.
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep-view]")) {
    form.action = form.action.replace(/#.*$/, "") + view;
  }
}

function restoreView(map: GlMap): void {
  const [zoom, lat, lon] = (/^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash) ?? []).slice(1).map(Number);
  if (zoom !== undefined && lat !== undefined && lon !== undefined) map.jumpTo({ center: [lon, lat], zoom });
}
