// The map's looks, built from the page's own tokens: no style, font or sprite is fetched from anywhere.
import type { ExpressionSpecification, LayerSpecification, Map as GlMap, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Config, LayerName } from "./config";

/** Tiles beyond these zooms are stretched by the browser, so the server need not cut them. */
const ZOOMS: Record<LayerName, [number, number]> = {
  divisions: [4, 14],
  grids: [13, 16],
  components: [15, 16],
  cases: [9, 16],
};

export const LAMPS = ["green", "yellow", "red", "off"] as const;
export type LampName = (typeof LAMPS)[number];

export interface Colours {
  paper: string;
  sheet: string;
  wash: string;
  ink: string;
  ink2: string;
  line: string;
  lineStrong: string;
  blue: string;
  lamps: Record<LampName, string>;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: of("paper"),
    sheet: of("sheet"),
    wash: of("wash"),
    ink: of("ink"),
    ink2: of("ink-2"),
    line: of("line"),
    lineStrong: of("line-strong"),
    blue: of("blue"),
    lamps: { green: of("green"), yellow: of("amber"), red: of("vermilion"), off: of("ink-2") },
  };
}

/** The zoom from which a layer is drawn. */
export function firstZoom(name: LayerName): number {
  return ZOOMS[name][0];
}

export function layerIds(name: LayerName): string[] {
  return { divisions: ["divisions-fill", "divisions-line", "divisions-name"], grids: ["grids-line", "grids-name"], components: ["components-dot"], cases: ["cases-lamp"] }[name];
}

export function build(config: Config): StyleSpecification {
  const c = colours();
  const sources: Record<string, SourceSpecification> = {};
  for (const name of config.layers) {
    const [minzoom, maxzoom] = ZOOMS[name];
    sources[name] = { type: "vector", tiles: [`${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt`], minzoom, maxzoom };
  }
  const layers: LayerSpecification[] = [{ id: "paper", type: "background", paint: { "background-color": c.wash } }];
  for (const name of config.layers) layers.push(...drawn(name, c, config));
  if (config.names.length > 0) {
    sources["names"] = { type: "geojson", data: points(config.names) };
    layers.push(label("names", c));
  }
  return { version: 8, sources, layers };
}

function drawn(name: LayerName, c: Colours, config: Config): LayerSpecification[] {
  const source = { source: name, "source-layer": name };
  switch (name) {
    case "divisions":
      return [
        { id: "divisions-fill", type: "fill", ...source, paint: { "fill-color": c.sheet } },
        {
          id: "divisions-line",
          type: "line",
          ...source,
          paint: { "line-color": c.lineStrong, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 14, 1.6] },
        },
        ...(config.names.length > 0 ? [] : [label("divisions", c)]),
      ];
    case "grids":
      return [
        { id: "grids-line", type: "line", ...source, paint: { "line-color": c.blue, "line-width": 1, "line-dasharray": [3, 2], "line-opacity": 0.7 } },
        {
          id: "grids-name",
          type: "symbol",
          ...source,
          minzoom: 15.5,
          layout: { "text-field": ["coalesce", ["get", "code"], ""], "text-font": ["sans-serif"], "text-size": 11 },
          paint: { "text-color": c.blue, "text-halo-color": c.sheet, "text-halo-width": 1.5 },
        },
      ];
    case "components":
      return [
        {
          id: "components-dot",
          type: "circle",
          ...source,
          paint: {
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 2, 18, 5],
            "circle-color": c.ink2,
            "circle-stroke-color": c.sheet,
            "circle-stroke-width": 1,
          },
        },
      ];
    case "cases":
      return [
        {
          id: "cases-lamp",
          type: "symbol",
          ...source,
          layout: {
            "icon-image": ["concat", "lamp-", lampOf()],
            "icon-allow-overlap": true,
            "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 15, 1],
            // What is late is drawn last, on top of what is not.
            "symbol-sort-key": ["match", lampOf(), "red", 3, "yellow", 2, "green", 1, 0],
          },
        },
      ];
  }
}

function lampOf(): ExpressionSpecification {
  return ["match", ["get", "lamp"], ["green", "yellow", "red"], ["get", "lamp"], "off"];
}

function label(source: "names" | "divisions", c: Colours): LayerSpecification {
  return {
    id: "divisions-name",
    type: "symbol",
    source,
    ...(source === "divisions" ? { "source-layer": "divisions" } : {}),
    layout: {
      "text-field": ["coalesce", ["get", "name"], ""],
      "text-font": ["sans-serif"],
      "text-size": 13,
      "text-max-width": 8,
      "text-padding": 12,
    },
    paint: { "text-color": c.ink2, "text-halo-color": c.sheet, "text-halo-width": 1.5 },
  };
}

function points(names: Config["names"]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: names.map(([lon, lat, name]) => ({
      type: "Feature",
      properties: { name },
      geometry: { type: "Point", coordinates: [lon, lat] },
    })),
  };
}

/** Lamps are shapes as well as colours: circle, triangle, square, ring. Drawn here, so no sprite is fetched. */
export function addLamps(map: GlMap): void {
  const c = colours();
  for (const lamp of LAMPS) {
    const image = draw(lamp, c.lamps[lamp], c.sheet);
    if (!image) continue;
    const id = `lamp-${lamp}`;
    if (map.hasImage(id)) map.removeImage(id);
    map.addImage(id, image, { pixelRatio: 2 });
  }
}

function draw(lamp: LampName, fill: string, edge: string): ImageData | null {
  const size = 44;
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  const middle = size / 2;
  pen.beginPath();
  if (lamp === "yellow") {
    pen.moveTo(middle, 6);
    pen.lineTo(size - 5, size - 8);
    pen.lineTo(5, size - 8);
    pen.closePath();
  } else if (lamp === "red") {
    pen.rect(8, 8, size - 16, size - 16);
  } else {
    pen.arc(middle, middle, 13, 0, Math.PI * 2);
  }
  pen.lineJoin = "round";
  pen.lineWidth = 6;
  pen.strokeStyle = edge;
  pen.stroke();
  pen.fillStyle = lamp === "off" ? edge : fill;
  pen.fill();
  if (lamp === "off") {
    pen.lineWidth = 4;
    pen.strokeStyle = fill;
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}
