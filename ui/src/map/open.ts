// Opens a map in its frame: our tiles, our colours, controls with words in the reader's language.
import { AttributionControl, Map as GlMap, NavigationControl, ScaleControl } from "maplibre-gl";
import { type Config, say } from "./config";
import { addLamps, build } from "./style";

export function open(frame: HTMLElement, config: Config): GlMap | null {
  const container = frame.querySelector<HTMLElement>(".map-canvas");
  if (!container) return null;
  const t = say(config);
  let map: GlMap;
  try {
    map = new GlMap({
      container,
      style: build(config),
      center: [config.lon, config.lat],
      zoom: config.zoom,
      minZoom: 6,
      maxZoom: 19,
      ...(config.bounds ? { maxBounds: padded(config.bounds) } : {}),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      cooperativeGestures: config.mode !== "browse",
      fadeDuration: 0,
      localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
      locale: {
        "Map.Title": `${frame.getAttribute("aria-label") ?? ""} - ${t.map}`,
        "NavigationControl.ZoomIn": t.zoomIn,
        "NavigationControl.ZoomOut": t.zoomOut,
        "Marker.Title": t.marker,
        "Popup.Close": t.close,
        "ScaleControl.Meters": t.m,
        "ScaleControl.Kilometers": t.km,
        "CooperativeGesturesHandler.WindowsHelpText": t.gestures,
        "CooperativeGesturesHandler.MacHelpText": t.gestures.replace("Ctrl", "⌘"),
        "CooperativeGesturesHandler.MobileHelpText": t.gesturesTouch,
      },
    });
  } catch {
    return null;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  if (config.credit) map.addControl(new AttributionControl({ compact: true, customAttribution: config.credit }));
  map.on("style.load", () => addLamps(map));
  map.on("load", () => frame.setAttribute("data-ready", ""));
  followTheme(map, config);
  return map;
}

function followTheme(map: GlMap, config: Config): void {
  const restyle = (): void => {
    const hidden = map.getStyle().layers.filter((layer) => layer.layout?.visibility === "none").map((layer) => layer.id);
    map.setStyle(build(config), { diff: false });
    map.once("style.load", () => {
      for (const id of hidden) map.setLayoutProperty(id, "visibility", "none");
    });
  };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  document.addEventListener("yuandu:theme", restyle);
}

function padded([west, south, east, north]: [number, number, number, number]): [number, number, number, number] {
  const wide = (east - west) * 0.5;
  const high = (north - south) * 0.5;
  return [west - wide, south - high, east + wide, north + high];
}
