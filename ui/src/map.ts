// The map island. A page carries at most a few; each is configured by its `data-map` attribute.
import { setWorkerUrl } from "maplibre-gl";
import { browse } from "./map/browse";
import type { Config } from "./map/config";
import { open } from "./map/open";
import { pick } from "./map/pick";
import { show } from "./map/show";

for (const frame of document.querySelectorAll<HTMLElement>("[data-map]")) {
  const config = JSON.parse(frame.dataset["map"] ?? "{}") as Config;
  setWorkerUrl(new URL(config.worker, location.href).href);
  frame.hidden = false;
  const map = open(frame, config);
  if (!map) {
    // No WebGL: the words and fields of the page do the work, as without scripts.
    frame.hidden = true;
    continue;
  }
  if (config.mode === "pick") pick(frame, map, config);
  else if (config.mode === "browse") browse(frame, map, config);
  else show(map, config);
}
