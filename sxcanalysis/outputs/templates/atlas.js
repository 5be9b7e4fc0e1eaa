"use strict";
// One page, four views. What is chosen (view, search, facets, open entry) stands in the address and acts on all views alike.
const data = JSON.parse(document.getElementById("data").textContent), words = data.words;
const get = id => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const items = {}, tasks = {}, unit = {};
for (const item of data.items) items[item.id] = item;
for (const task of data.tasks) tasks[task.id] = task;
for (const feature of [...data.counties.features, ...data.cities.features]) unit[feature.id] = feature;
const itemsOf = task => data.items.filter(item => item.task === task);
const glyph = (kind, hollow) => document.querySelector(`template[data-glyph="${kind}${hollow ? "-hollow" : ""}"]`).innerHTML;
const fill = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, key) => values[key]);

// --- state -------------------------------------------------------------------------------------------------------------
const state = {view: "document", q: "", id: ""};
const facets = all("select[data-facet]");
let seen = {tasks: new Set(), items: new Set()};
function readAddress() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const asked = new URLSearchParams(hash.includes("=") ? location.hash.slice(1) : "");
  state.view = get(`view-${asked.get("view")}`) ? asked.get("view") : hash && !hash.includes("=") && !tasks[hash] ? "map" : document.querySelector("main").dataset.first;
  state.q = asked.get("q") || "";
  state.id = asked.get("id") || (hash.includes("=") ? "" : hash);
  get("q").value = state.q;
  for (const facet of facets) facet.value = asked.get(facet.dataset.facet) || "";
}
function writeAddress() {
  if (location.protocol === "about:") return;  // within a notebook the page has no address of its own
  const kept = new URLSearchParams({view: state.view});
  if (state.q) kept.set("q", state.q);
  for (const facet of facets) if (facet.value) kept.set(facet.dataset.facet, facet.value);
  if (state.id) kept.set("id", state.id);
  history.replaceState(null, "", `#${kept}`);
  const other = document.querySelector("a.language");
  // The names of bodies and cities are codes or the document's own words, so the other page understands them.
  if (other) other.hash = location.hash;
}

// --- search ------------------------------------------------------------------------------------------------------------
// A word written in pinyin must begin where a syllable begins: "an" is not found inside "wan".
function sounds(task, word) {
  if (!/^[a-z]+$/.test(word)) return false;
  if (` ${task.initials}`.includes(` ${word}`)) return true;
  if (!task.joined) {
    task.joined = task.sounds.replaceAll(" ", "");
    task.starts = new Set();
    let at = 0;
    for (const syllable of task.sounds.split(" ")) { task.starts.add(at); at += syllable.length; }
    task.starts.add(at);
  }
  if (word.length < 3) return false;
  for (let at = task.joined.indexOf(word); at >= 0; at = task.joined.indexOf(word, at + 1)) if (task.starts.has(at)) return true;
  return false;
}
function select() {
  const asked = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = facets.filter(facet => facet.value);
  seen = {tasks: new Set(), items: new Set()};
  for (const task of data.tasks) {
    if (!chosen.every(facet => task.facets[facet.dataset.facet].includes(facet.value))) continue;
    if (!asked.every(word => task.hay.includes(word) || sounds(task, word))) continue;
    seen.tasks.add(task.id);
    const stage = chosen.find(facet => facet.dataset.facet === "stage");
    const own = itemsOf(task.id).filter(item => !stage || item.stage === stage.value);
    // Where the search names a project of the task, the task's other projects are not meant.
    const named = item => asked.length && asked.every(word => `${item.title}\n${item.other}\n${item.words}`.toLowerCase().includes(word));
    const meant = own.filter(named);
    for (const item of meant.length ? meant : own) seen.items.add(item.id);
  }
}
function apply() {
  select();
  for (const element of all("[data-task]:not([data-item])")) element.hidden = !seen.tasks.has(element.dataset.task);
  for (const element of all("[data-item]")) element.hidden = !seen.items.has(element.dataset.item);
  for (const item of data.items) if (layers[item.id]) layers[item.id][seen.items.has(item.id) ? "addTo" : "remove"](map);
  get("found").value = fill(words.found, {tasks: seen.tasks.size, items: seen.items.size});
  count();
  number();
  writeAddress();
}
// How many of the tasks in view each city implements, by category.
function count() {
  for (const cell of all("#table-cities td[data-city]")) {
    const category = cell.parentElement.dataset.category;
    const n = data.tasks.filter(task => seen.tasks.has(task.id) && (!category || task.category === category)
      && task.facets.city.includes(cell.dataset.city)).length;
    cell.textContent = n;
  }
}

// --- views -------------------------------------------------------------------------------------------------------------
function look(view) {
  state.view = view;
  for (const section of all(".view")) section.hidden = section.id !== `view-${view}`;
  for (const button of all("[data-view]")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page"); else button.removeAttribute("aria-current");
  }
  if (view === "map") {
    map.invalidateSize({pan: false});
    if (!map.fitted) { map.fitBounds(data.bounds, {animate: false}); map.fitted = true; }
    number();
  }
  writeAddress();
}

// --- map ---------------------------------------------------------------------------------------------------------------
const map = L.map("map", {zoomControl: false, attributionControl: false, zoomSnap: 0.25, minZoom: 6.5, maxZoom: 12,
  maxBounds: data.window, keyboard: true, center: [(data.bounds[0][0] + data.bounds[1][0]) / 2, (data.bounds[0][1] + data.bounds[1][1]) / 2], zoom: 8});
L.control.zoom({zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out}).addTo(map);
L.control.attribution({prefix: false}).addAttribution(words.attribution).addTo(map);
L.control.scale({imperial: false, position: "topright"}).addTo(map);
for (const [name, z] of [["land", 200], ["water", 210], ["areas", 300], ["bands", 350], ["halo", 360], ["names", 640]]) {
  map.createPane(name).style.zIndex = z;
  if (name !== "land") map.getPane(name).style.pointerEvents = "none";
}
// One tooltip for all: a listener for focus on each path would make each a nameless stop for the keyboard.
const tip = L.tooltip({sticky: true});
const tipped = (layer, text) => layer.on("mousemove", event => tip.setLatLng(event.latlng).setContent(make("span", {textContent: text})).openOn(map))
  .on("mouseout", () => tip.close());
L.rectangle(data.window, {pane: "land", interactive: false, color: "#bbb", weight: 1, fillColor: "#ececec", fillOpacity: 1}).addTo(map);
const ground = (shapes, pane, style) => L.geoJSON(shapes, {pane, interactive: false, style}).addTo(map);
ground(data.neighbours, "land", {color: "#aaa", weight: 0.8, fillColor: "#ececec", fillOpacity: 1});
L.geoJSON(data.counties, {pane: "land", style: {color: "#b9b3a6", weight: 0.7, fillColor: "#f6f4ee", fillOpacity: 1},
  onEachFeature: (feature, layer) => tipped(layer, feature.properties.name).on("click", () => show(feature.id))}).addTo(map);
ground(data.water, "water", {color: "#8db4cc", weight: 0.4, fillColor: "#d3e5f0", fillOpacity: 1});
ground(data.cities, "water", {color: "#77705f", weight: 1.6, fill: false});
const names = data.names.map(([text, kind, places]) => ({text, kind, places, marker: L.marker(places[0], {pane: "names",
  interactive: false, keyboard: false, icon: L.divIcon({className: `unit ${kind}`, html: make("span", {textContent: text}), iconSize: [120, 16]})}).addTo(map)}));
const outlines = (codes, style) => L.geoJSON(codes.map(code => unit[code]).filter(Boolean), {pane: "areas", interactive: false, style});
const hatched = kind => ({color: data.kinds[kind].color, weight: 1.4, dashArray: "2 4", fillColor: `url(#hatch-${kind})`, fillOpacity: 0.55});
const layers = {}, marks = [];
for (const item of data.items) {
  if (!item.drawn) continue;
  const kind = data.kinds[item.kind], stage = data.stages[item.stage];
  const layer = layers[item.id] = L.featureGroup();
  if (item.band) L.geoJSON(item.band, {pane: "bands", interactive: false, style: {stroke: false, fillColor: kind.color, fillOpacity: 0.13}}).addTo(layer);
  if (item.line) {
    L.geoJSON(item.line, {style: {color: "#fff", weight: 7, opacity: 0.6}}).addTo(layer);
    L.geoJSON(item.line, {style: {color: kind.color, weight: 3, dashArray: stage && stage.dash}}).addTo(layer);
  }
  if (item.area) L.geoJSON(item.area, {pane: "bands", interactive: false,
    style: {color: kind.color, weight: 1, dashArray: "2 4", fillColor: kind.color, fillOpacity: 0.08}}).addTo(layer);
  if (item.radius) L.circle(item.at, {pane: "bands", interactive: false, radius: item.radius, color: kind.color, weight: 1,
    dashArray: "4 4", fillColor: kind.color, fillOpacity: 0.12}).addTo(layer);
  if (item.coarse) outlines(item.codes, hatched(item.kind)).addTo(layer);
  const hollow = stage && !stage.filled;
  const number = item.number ? `<span class="n">${item.coarse ? `(${item.number})` : item.number}</span>` : "";
  const mark = L.marker(item.at, {keyboard: false, riseOnHover: true, icon: L.divIcon({
    className: item.coarse ? "mark bare" : "mark", html: (item.coarse ? "" : glyph(item.kind, hollow)) + number,
    iconSize: item.coarse ? [30, 14] : [14, 14]})}).addTo(layer);
  marks.push({item, mark});
  tipped(layer, item.title).on("click", event => { L.DomEvent.stop(event); show(item.id); });
}
// Names of cities come first, where they hide no mark; a number that would cover something waits until the map is nearer.
function number() {
  if (state.view !== "map") return;
  map.getContainer().classList.toggle("near", map.getZoom() >= 9.5);
  const place = at => map.latLngToContainerPoint(at);
  const here = marks.filter(({mark}) => map.hasLayer(mark) && mark.getElement()).map(({item, mark}) => ({item, element: mark.getElement(), at: place(item.at)}));
  const taken = here.filter(({item}) => !item.coarse).map(({at}) => [at.x - 8, at.y - 8, at.x + 8, at.y + 8]);
  for (const item of data.items) {
    if (!item.line || !map.hasLayer(layers[item.id])) continue;
    const parts = item.line.type === "LineString" ? [item.line.coordinates] : item.line.coordinates;
    for (const part of parts) for (const [lon, lat] of part) { const p = place([lat, lon]); taken.push([p.x - 3, p.y - 3, p.x + 3, p.y + 3]); }
  }
  const crossed = ([w, s, e, n], boxes = taken) => boxes.filter(box => box[2] > w && box[0] < e && box[3] > s && box[1] < n).length;
  for (const {text, kind, places, marker} of names) {
    if (kind !== "city") continue;
    const wide = /[\u4e00-\u9fff]/.test(text) ? 8 * text.length : 4.5 * text.length;
    const box = at => { const p = place(at); return [p.x - wide, p.y - 9, p.x + wide, p.y + 9]; };
    const best = places.reduce((found, at) => { const n = crossed(box(at)); return !found || n < found.n ? {at, n} : found; }, null);
    marker.setLatLng(best.at);
    taken.push(box(best.at));
  }
  for (const {item, element, at} of here) {
    if (!item.number) continue;
    const wide = 8 * item.number.length, right = [at.x + 8, at.y - 6, at.x + 9 + wide, at.y + 6], left = [at.x - 9 - wide, at.y - 6, at.x - 8, at.y + 6];
    const spots = item.coarse ? [[at.x - 13, at.y - 6, at.x + 13, at.y + 6]] : [right, left];
    const box = spots.find(spot => !crossed(spot));
    element.classList.toggle("off", !box);
    element.classList.toggle("left", box === left);
    if (box) taken.push(box);
  }
}
map.on("zoomend", number);
const halo = L.layerGroup().addTo(map);
function ring(id) {
  halo.clearLayers();
  const item = items[id], yellow = {pane: "halo", interactive: false, color: "#ffb000", opacity: 0.85, fill: false};
  if (unit[id]) outlines([id], {color: "#ffb000", weight: 4, fill: false}).addTo(halo);
  if (!item) return;
  if (item.line) L.geoJSON(item.line, {...yellow, style: {...yellow, weight: 10}}).addTo(halo);
  else if (item.area) L.geoJSON(item.area, {...yellow, style: {...yellow, weight: 5}}).addTo(halo);
  else if (item.drawn && !item.coarse) L.circleMarker(item.at, {...yellow, radius: 14, weight: 4}).addTo(halo);
  else {
    if (!item.drawn) outlines(item.codes, hatched(item.kind)).addTo(halo);
    outlines(item.codes, {color: "#ffb000", weight: 4, fill: false}).addTo(halo);
  }
}
// On a phone the details lie over the lower half: what they tell of must be seen above them.
const reveal = () => { if (getComputedStyle(get("detail")).position === "fixed" && state.view === "map") get("map").scrollIntoView(); };
const fit = bounds => map.fitBounds(bounds || data.bounds, {animate: false, maxZoom: 11, padding: [30, 30]});

// --- details -----------------------------------------------------------------------------------------------------------
let back = null;
const list = pairs => make("dl", {}, ...pairs.flatMap(([key, value]) => [make("dt", {textContent: key}),
  value instanceof Node ? make("dd", {}, value) : make("dd", {textContent: value})]));
const cited = sources => make("ul", {className: "cited"}, ...sources.map(source => make("li", {textContent: source})));
function link(text, act) {
  const button = make("button", {type: "button", className: "link", textContent: text});
  button.addEventListener("click", act);
  return button;
}
function entry(item) {
  const button = make("button", {type: "button", className: "entry"});
  button.innerHTML = (item.number ? `<b>${item.number}</b>` : "") + glyph(item.kind);
  button.append(make("span", {textContent: item.title}));
  button.addEventListener("click", () => show(item.id, back || button));
  return button;
}
function quoted(task, words) {
  const quote = make("blockquote", {lang: "zh-CN"}), text = get(`doc-${task}`).cloneNode(true);
  text.querySelector("button").remove();
  const [before, ...after] = text.textContent.trim().split(words || "\u0000");
  quote.append(before);
  if (after.length) quote.append(make("mark", {textContent: words}), after.join(words));
  return quote;
}
function panel(id, title, from, ...content) {
  if (get("detail").hidden || from) back = from || null;
  get("detail-title").textContent = title;
  get("detail-body").replaceChildren(...content);
  get("detail").hidden = false;
  get("detail").scrollTop = 0;
  state.id = id;
  for (const element of all("#text .chosen")) element.classList.remove("chosen");
  ring(id);
  writeAddress();
  get("detail-title").focus({preventScroll: true});
  reveal();
}
function inDocument(task, reference) {
  look("document");
  const words = reference && all(".w", get(`doc-${task}`)).find(word => word.dataset.refs.split(" ").includes(reference));
  const target = words || get(`doc-${task}`);
  target.classList.add("chosen");
  target.scrollIntoView({block: "center"});
}
function onMap(id) {
  look("map");
  ring(id);
  fit(items[id] ? items[id].bounds : L.geoJSON(unit[id]).getBounds());
  reveal();
}
function showItem(item, from) {
  const rows = [[words.source_words, quoted(item.task, item.words)],
    [words.task, link(`${item.task} ${tasks[item.task].title}`, () => showTask(item.task))], ...item.rows];
  if (item.sources.length) rows.push([words.places, cited(item.sources)]);
  const later = [];
  if (item.later) later.push(make("section", {className: "later"}, make("h3", {textContent: words.later}),
    make("p", {textContent: item.later.text}), cited(item.later.sources)));
  const go = make("p", {}, link(words.in_document, () => inDocument(item.task, item.id)), " ");
  if (item.bounds) go.append(link(words.on_map, () => onMap(item.id)));
  panel(item.id, item.number ? `${item.number} ${item.title}` : item.title, from,
    make("p", {className: "other", lang: document.documentElement.lang === "en" ? "zh-CN" : "en", textContent: item.other}), go, list(rows), ...later);
}
function showTask(id, from) {
  const task = tasks[id];
  panel(id, `${id} ${task.title}`, from, make("p", {}, link(words.in_document, () => inDocument(id))),
    list([[words.source_words, quoted(id)], ...task.rows]), ...itemsOf(id).map(entry));
}
function showUnit(code, from) {
  const {name, city} = unit[code].properties;
  const coarse = item => item.coarse || item.precision === "none";
  const here = data.items.filter(item => item.codes.includes(code) || item.codes.includes(city) || item.cities.includes(code));
  const groups = [[words.in_county, item => item.kind !== "site" && !coarse(item)],
    [words.known_to, item => item.kind !== "site" && coarse(item)], [words.county_sites, item => item.kind === "site"]];
  panel(code, name, from, ...groups.flatMap(([title, wanted]) => {
    const found = here.filter(wanted).map(entry);
    return [make("h3", {textContent: title}), ...(found.length ? found : [make("p", {textContent: words.nothing})])];
  }));
}
function show(id, from) {
  if (items[id]) showItem(items[id], from);
  else if (tasks[id]) showTask(id, from);
  else if (unit[id]) showUnit(id, from);
  else return;
  if (from && state.view === "map" && (items[id] || unit[id])) fit(items[id] ? items[id].bounds : L.geoJSON(unit[id]).getBounds());
}
// What lies behind a word of the document: every row that was read from it.
function showWords(word) {
  const task = word.closest("[data-task]");
  const pieces = word.dataset.refs.split(" ").map(key => {
    const reference = data.refs[key], item = items[reference.go], go = make("p");
    if (item) go.append(link(item.number ? `${item.number} ${item.title}` : item.title, () => showItem(item)), " ");
    if (item ? item.bounds : unit[reference.go]) go.append(link(words.on_map, () => onMap(reference.go)));
    return make("section", {className: "piece"}, make("h3", {textContent: reference.title}), list(reference.rows), go);
  });
  panel(task ? task.dataset.task : "", data.refs[word.dataset.refs.split(" ")[0]].title, null, make("p", {textContent: fill(words.span, {at: word.dataset.at})}), ...pieces,
    ...(task ? [make("p", {}, link(`${task.dataset.task} ${tasks[task.dataset.task].title}`, () => showTask(task.dataset.task)))] : []));
  word.classList.add("chosen");
}
function close() {
  if (get("detail").hidden) return;
  get("detail").hidden = true;
  halo.clearLayers();
  get("county").value = "";
  state.id = "";
  for (const element of all("#text .chosen")) element.classList.remove("chosen");
  writeAddress();
  (back && back.isConnected ? back : get("results")).focus();
  back = null;
}

// --- taking away -------------------------------------------------------------------------------------------------------
function save(blob, name) {
  const anchor = make("a", {href: URL.createObjectURL(blob), download: name});
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
}
function csv(view) {
  const cell = text => {
    const clean = text.replace(/\s+/g, " ").trim(), safe = /^[=+\-@＝＋－＠]/.test(clean) && !/^[-+]?[\d.]+$/.test(clean) ? `'${clean}` : clean;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = all("tr", get(`table-${view}`)).filter(row => !row.hidden).map(row => [...row.cells].map(one => cell(one.textContent)).join(","));
  save(new Blob([`\ufeff${rows.join("\r\n")}\r\n`], {type: "text/csv"}), `atlas-${data.name}-${view}.csv`);
}
// The view as it is seen, drawn by the browser itself from its own markup: nothing leaves the page.
async function png(view) {
  const shown = view === "map" ? get("map") : get(`view-${view}`), copy = shown.cloneNode(true);
  for (const element of all(".tools, details.table, .leaflet-control-zoom, [hidden]", copy)) element.remove();
  const wide = shown.clientWidth, high = view === "map" ? shown.clientHeight : shown.scrollHeight;
  copy.style.cssText = `overflow:hidden;background:#fff;width:${wide}px;height:${high}px`;
  const style = make("style", {textContent: all("style").map(one => one.textContent).join("\n")});
  const frame = make("div", {className: "shot"}, style, ...(view === "map" ? [document.querySelector(".patterns").cloneNode(true)] : []), copy);
  frame.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
  const body = new XMLSerializer().serializeToString(frame).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}"><foreignObject width="100%" height="100%">${body}</foreignObject></svg>`;
  const picture = new Image(), scale = Math.min(2, 16000 / high);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = make("canvas", {width: wide * scale, height: high * scale}), pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.drawImage(picture, 0, 0);
  canvas.toBlob(blob => save(blob, `atlas-${data.name}-${view}.png`), "image/png");
}
function cite(view) {
  const text = fill(data.citation, {view: document.querySelector(`[data-view="${view}"]`).textContent.trim(), address: `${location.pathname.split("/").pop()}${location.hash}`});
  get("citation-text").textContent = text;
  get("citation").showModal();
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => { get("citation-close").focus(); }, () => {});
}

// --- listening ---------------------------------------------------------------------------------------------------------
for (const button of all("[data-view]")) button.addEventListener("click", () => look(button.dataset.view));
for (const button of all("[data-csv]")) button.addEventListener("click", () => csv(button.dataset.csv));
for (const button of all("[data-png]")) button.addEventListener("click", () => png(button.dataset.png));
for (const button of all("[data-cite]")) button.addEventListener("click", () => cite(button.dataset.cite));
for (const button of all("button[data-id]")) button.addEventListener("click", () => show(button.dataset.id, button));
for (const button of all("[data-task-open]")) button.addEventListener("click", () => show(button.dataset.taskOpen, button));
for (const facet of facets) facet.addEventListener("change", apply);
get("q").addEventListener("input", event => { state.q = event.target.value.trim(); apply(); });
get("facets").addEventListener("submit", event => event.preventDefault());
get("facets").addEventListener("reset", () => setTimeout(() => { state.q = ""; apply(); }));
get("county").addEventListener("change", event => { if (event.target.value) show(event.target.value, event.target); });
get("text").addEventListener("click", event => { const word = event.target.closest(".w"); if (word) showWords(word); });
get("close").addEventListener("click", close);
get("citation-close").addEventListener("click", () => get("citation").close());
document.addEventListener("keydown", event => { if (event.key === "Escape" && !get("citation").open) close(); });
const printed = matchMedia("print");
printed.addEventListener("change", () => {
  if (state.view !== "map") return;
  map.invalidateSize({pan: false});
  map.fitBounds(data.bounds, {animate: false});
});
function open() {
  readAddress();
  const asked = state.id;
  look(state.view);
  apply();
  if (asked) { show(asked); if (items[asked] || unit[asked]) { if (state.view === "map") fit(items[asked] ? items[asked].bounds : L.geoJSON(unit[asked]).getBounds()); } else if (tasks[asked]) inDocument(asked); }
}
window.addEventListener("hashchange", open);
open();
