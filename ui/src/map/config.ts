// What the server tells the island, and the words the island says itself.

export type LayerName = "divisions" | "grids" | "components" | "cases";

export interface Config {
  mode: "pick" | "show" | "browse";
  lon: number;
  lat: number;
  zoom: number;
  layers: LayerName[];
  mark: [number, number] | null;
  bounds: [number, number, number, number] | null;
  link: string | null;
  list: string | null;
  component: string | null;
  only: { lamp: string; stage: string; class: string };
  names: [number, number, string][];
  credit: string | null;
  lang: "zh" | "en";
  worker: string;
}

const words = {
  zh: {
    map: "地图，可用方向键移动，加减号缩放",
    zoomIn: "放大",
    zoomOut: "缩小",
    marker: "位置标记，可拖动，也可用方向键移动",
    centre: "把位置定在地图中心",
    clickHint: "在地图上点一下，或移动地图后按“定在中心”。",
    close: "关闭",
    open: "打开案卷",
    openRecord: "打开部件",
    gestures: "按住 Ctrl 滚动可缩放地图",
    gesturesTouch: "用两个手指移动地图",
    m: "米",
    km: "公里",
    layers: { divisions: "行政区划", grids: "单元网格", components: "部件", cases: "案卷" },
    lamps: { green: "正常", yellow: "临期", red: "超期", off: "停表或已结" },
    inView: "视野内的列表已更新",
    zoomFor: "放大后显示",
  },
  en: {
    map: "Map; arrow keys move it, plus and minus zoom",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    marker: "Marked place; drag it, or move it with the arrow keys",
    centre: "Mark the centre of the map",
    clickHint: "Click the map, or move it and mark its centre.",
    close: "Close",
    open: "Open the case",
    openRecord: "Open the component",
    gestures: "Hold Ctrl and scroll to zoom the map",
    gesturesTouch: "Move the map with two fingers",
    m: "m",
    km: "km",
    layers: { divisions: "Divisions", grids: "Unit grids", components: "Components", cases: "Cases" },
    lamps: { green: "In time", yellow: "Due soon", red: "Overdue", off: "Stopped or closed" },
    inView: "The list follows the view",
    zoomFor: "zoom in to see",
  },
};

export type Words = (typeof words)["zh"];

export function say(config: Config): Words {
  return words[config.lang] ?? words.zh;
}
