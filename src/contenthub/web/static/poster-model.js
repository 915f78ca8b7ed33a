/* A poster's design as plain data: finding, changing, copying, grouping and ordering its layers.
   Nothing here knows the page, so that node can run it (tests/web/static/poster.test.mjs). */

export const clone = (thing) => JSON.parse(JSON.stringify(thing));

/* Visits every layer, those in groups after their group; `x` and `y` are the group's corner. */
export function walk(layers, visit, parent = null, depth = 0, x = 0, y = 0) {
  layers.forEach((layer, index) => {
    visit(layer, { parent, index, depth, x, y, list: layers });
    if (layer.kind === "group") walk(layer.layers, visit, layer, depth + 1, x + layer.box.x_px, y + layer.box.y_px);
  });
}

/* The layer of an id with its place: {layer, parent, index, depth, x, y, list}, or null. */
export function find(design, id) {
  let found = null;
  walk(design.layers, (layer, at) => { if (!found && layer.id === id) found = Object.assign({ layer }, at); });
  return found;
}

export const layerOf = (design, id) => (find(design, id) || {}).layer || null;

/* A layer's box counted from the canvas. */
export function boxOf(design, id) {
  const at = find(design, id);
  if (!at) return null;
  const box = at.layer.box;
  return { x: at.x + box.x_px, y: at.y + box.y_px, w: box.w_px, h: box.h_px };
}

export function ids(design) {
  const all = new Set();
  walk(design.layers, (layer) => all.add(layer.id));
  return all;
}

export function freshId(taken, wanted) {
  const stem = (wanted || "layer").replace(/-\d+$/, "").slice(0, 34) || "layer";
  let id = wanted && !taken.has(wanted) ? wanted : "", n = 2;
  while (!id) { if (!taken.has(stem + "-" + n)) id = stem + "-" + n; n += 1; }
  taken.add(id);
  return id;
}

/* Gives a copy and all in it ids of their own. */
function renamed(layer, taken) {
  const made = clone(layer);
  walk([made], (one) => { one.id = freshId(taken, one.id); });
  return made;
}

export function moved(layer, dx, dy) {
  layer.box.x_px = clampPx(layer.box.x_px + dx);
  layer.box.y_px = clampPx(layer.box.y_px + dy);
}

const clampPx = (value) => Math.max(-8000, Math.min(8000, Math.round(value)));
export const sidePx = (value) => Math.max(1, Math.min(8000, Math.round(value)));

export function remove(design, chosen) {
  const gone = new Set(chosen);
  const kept = (layers) => layers.filter((layer) => !gone.has(layer.id)).map((layer) => {
    if (layer.kind === "group") layer.layers = kept(layer.layers);
    return layer;
  }).filter((layer) => layer.kind !== "group" || layer.layers.length);
  design.layers = kept(design.layers);
}

/* Puts copies above the topmost of what was copied; returns their ids. */
export function paste(design, copied, dx = 0, dy = 0) {
  const taken = ids(design);
  return copied.map((layer) => {
    const made = renamed(layer, taken);
    moved(made, dx, dy);
    delete made.locked;
    design.layers.splice(above(design, made), 0, made);
    return made.id;
  });
}

/* Where a new layer goes: on top, but below what must never be covered. */
export function above(design, layer) {
  const guarded = (one) => one.kind === "qr" || one.kind === "disclosure" || one.kind === "photo";
  if (guarded(layer) || layer.kind === "text") return design.layers.length;
  const first = design.layers.findIndex(guarded);
  return first < 0 ? design.layers.length : first;
}

/* Puts a picture in the place of the lowest layers that fill the canvas; returns its id. */
export function onGround(design, asset) {
  const bleed = design.bleed_px || 0, { width_px: w, height_px: h } = design;
  const fills = ({ kind, box }) => ["picture", "shape", "gradient"].includes(kind) && box.x_px <= 0 && box.y_px <= 0 && box.x_px + box.w_px >= w && box.y_px + box.h_px >= h;
  while (design.layers.length && fills(design.layers[0])) design.layers.shift();
  const id = freshId(ids(design), "background");
  design.layers.unshift({ kind: "picture", id, asset, name: "背景图", box: { x_px: 0 - bleed, y_px: 0 - bleed, w_px: w + 2 * bleed, h_px: h + 2 * bleed } });
  return id;
}

/* Moves a layer by steps within its list: 1 is one up (nearer to the eye); Infinity is the top. */
export function reorder(design, id, steps) {
  const at = find(design, id);
  if (!at) return;
  const to = Math.max(0, Math.min(at.list.length - 1, at.index + steps));
  at.list.splice(to, 0, at.list.splice(at.index, 1)[0]);
}

/* Puts a layer just above (or below) another of the same list. */
export function reorderTo(design, id, besideId, isAbove) {
  const at = find(design, id), beside = find(design, besideId);
  if (!at || !beside || at.list !== beside.list || id === besideId) return;
  const [layer] = at.list.splice(at.index, 1);
  at.list.splice(at.list.findIndex((one) => one.id === besideId) + (isAbove ? 1 : 0), 0, layer);
}

export function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
  return { x, y, w: Math.max(...boxes.map((box) => box.x + box.w)) - x, h: Math.max(...boxes.map((box) => box.y + box.h)) - y };
}

/* The layers with words as they are read, from the top down; those in groups too. */
export function reading(design) {
  const found = [];
  walk(design.layers, (layer, at) => { if (layer.kind === "text" || layer.kind === "disclosure") found.push({ layer, x: at.x + layer.box.x_px, y: at.y + layer.box.y_px }); });
  return found.sort((a, b) => a.y - b.y || a.x - b.x).map((one) => one.layer);
}

/* Makes one group of layers that stand in the same list; returns its id, or "" when they do not. */
export function group(design, chosen) {
  const places = chosen.map((id) => find(design, id)).filter(Boolean);
  if (!places.length || places.some((at) => at.list !== places[0].list)) return "";
  const list = places[0].list, members = list.filter((layer) => chosen.includes(layer.id));
  const box = around(members.map((layer) => ({ x: layer.box.x_px, y: layer.box.y_px, w: layer.box.w_px, h: layer.box.h_px })));
  const top = list.indexOf(members[members.length - 1]);
  const made = { kind: "group", id: freshId(ids(design), "group-1"), box: { x_px: box.x, y_px: box.y, w_px: box.w, h_px: box.h }, layers: members };
  list.splice(top + 1, 0, made);
  members.forEach((layer) => { list.splice(list.indexOf(layer), 1); moved(layer, -box.x, -box.y); });
  return made.id;
}

/* Takes a group apart; returns the ids of what was in it. */
export function ungroup(design, id) {
  const at = find(design, id);
  if (!at || at.layer.kind !== "group") return [];
  const inner = at.layer.layers;
  inner.forEach((layer) => moved(layer, at.layer.box.x_px, at.layer.box.y_px));
  at.list.splice(at.index, 1, ...inner);
  return inner.map((layer) => layer.id);
}

/* The layers as the panel lists them, topmost first: neighbours drawn as one thing share a row. */
export function rows(layers) {
  const found = [];
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const stem = stemOf(layers[at]);
    let from = at;
    while (stem && from > 0 && stemOf(layers[from - 1]) === stem) from -= 1;
    if (at - from >= 2) found.push({ stem, members: layers.slice(from, at + 1).reverse() });
    else { from = at; found.push({ stem: "", members: [layers[at]] }); }
    at = from;
  }
  return found;
}

/* What pieces of one drawing have in common: the first part of the shipped ids. */
function stemOf(layer) {
  if (!["shape", "gradient", "group"].includes(layer.kind) || layer.name) return "";
  const found = /^([a-z]+)[a-z0-9]*-/.exec(layer.id + "-");
  return found ? found[1] : "";
}

export function piecesOf(design, id) {
  const row = rows(design.layers).find((one) => one.members.some((layer) => layer.id === id));
  return row && row.stem ? row.members.map((layer) => layer.id) : [id];
}

const COLOURS = ["fill", "stroke", "colour", "colour_to", "ring", "ink", "ground", "background"];

/* Colours by how much of the canvas they cover, in lower case. */
export function palette(design, most = 10) {
  const covered = new Map();
  const count = (colour, area) => { if (colour) covered.set(colour.toLowerCase(), (covered.get(colour.toLowerCase()) || 0) + area); };
  walk(design.layers, (layer) => {
    const area = Math.min(layer.box.w_px, design.width_px) * Math.min(layer.box.h_px, design.height_px);
    const stops = layer.stops || [];
    stops.forEach((stop) => count(stop.colour, area / stops.length));
    COLOURS.forEach((key) => count(layer[key], key === "fill" ? area : area / 8));
  });
  return [...covered.entries()].sort((a, b) => b[1] - a[1]).slice(0, most).map((entry) => entry[0]);
}

/* Puts one colour in another's place everywhere. */
export function recolour(node, from, to) {
  if (Array.isArray(node)) { node.forEach((one) => recolour(one, from, to)); return; }
  if (!node || typeof node !== "object") return;
  Object.keys(node).forEach((key) => {
    if (COLOURS.includes(key) && typeof node[key] === "string" && node[key].toLowerCase() === from) node[key] = to;
    else recolour(node[key], from, to);
  });
}
