// One place, shown.
import { type Map as GlMap, Marker } from "maplibre-gl";
import type { Config } from "./config";
import { colours } from "./style";

export function show(map: GlMap, config: Config): void {
  if (!config.mark) return;
  new Marker({ color: colours().blue }).setLngLat(config.mark).addTo(map);
}
