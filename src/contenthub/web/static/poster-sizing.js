/* Making layers larger or smaller with all that is measured in px, and laying a design out anew on
   a canvas of another form. */
import { around, boxOf, clone, find, moved, rows, sidePx, walk } from "./poster-model.js";

const LENGTHS = ["size_px", "min_size_px", "tracking_px", "stroke_px", "radius_px", "blur_px", "ring_px"];
const BOUNDS = { size_px: [8, 600], min_size_px: [8, 600], tracking_px: [-20, 200], ring_px: [0, 60], blur_px: [0, 200] };
const whole = (value, key) => {
  const [least, most] = BOUNDS[key] || [0, 4000];
  return Math.max(least, Math.min(most, Math.round(value)));
};

/* Grows what a layer shows, by sx across and sy down; lengths that have no direction by `s`. */
export function scale(layer, sx, sy, s = Math.sqrt(sx * sy)) {
  layer.box.w_px = sidePx(layer.box.w_px * sx);
  layer.box.h_px = sidePx(layer.box.h_px * sy);
  LENGTHS.forEach((key) => {
    if (typeof layer[key] !== "number") return;
    const grown = whole(layer[key] * s, key);
    layer[key] = layer.kind.match(/text|disclosure/) && key === "stroke_px" ? Math.min(40, grown) : grown;
    if (key === "stroke_px" && layer.stroke && !layer[key]) layer[key] = 1;
  });
  const spread = (points) => points.map((point) => [Math.round(point[0] * sx), Math.round(point[1] * sy)]);
  if (layer.points) layer.points = spread(layer.points);
  if (layer.clip) {
    if (layer.clip.points) layer.clip.points = spread(layer.clip.points);
    if (layer.clip.radius_px) layer.clip.radius_px = whole(layer.clip.radius_px * s, "radius_px");
  }
  if (layer.shadow) ["right_px", "down_px"].forEach((key) => { if (layer.shadow[key]) layer.shadow[key] = Math.max(-400, Math.min(400, Math.round(layer.shadow[key] * s))); });
  if (layer.shadow && layer.shadow.blur_px) layer.shadow.blur_px = whole(layer.shadow.blur_px * s, "blur_px");
  if (layer.kind === "group") layer.layers.forEach((inner) => {
    inner.box.x_px = Math.round(inner.box.x_px * sx);
    inner.box.y_px = Math.round(inner.box.y_px * sy);
    scale(inner, sx, sy, s);
  });
}

/* Whether a layer reaches over the canvas's edge. */
export function isOff(design, id) {
  const box = boxOf(design, id);
  return Boolean(box) && (box.x < 0 || box.y < 0 || box.x + box.w > design.width_px || box.y + box.h > design.height_px);
}

/* Whether a fault is that its layer lies outside, which one press mends. */
export const isAway = (fault, design) => fault.field === "box" && isOff(design, fault.layer);

/* Puts a layer back on the canvas, whole: smaller where it is larger than that. */
export function bringBack(design, id) {
  const { layer } = find(design, id), w = design.width_px, h = design.height_px;
  const s = Math.min(1, w / layer.box.w_px, h / layer.box.h_px);
  if (s < 1) scale(layer, s, s);
  const box = boxOf(design, id), within = (at, side, most) => Math.max(0, Math.min(most - side, at));
  moved(layer, within(box.x, box.w, w) - box.x, within(box.y, box.h, h) - box.y);
}

const QR_LEAST_PX = 264, DISCLOSURE_SHARE = 0.025, TEXT_SHARE = 0.014, TEXT_LEAST_PX = 8;

/* The design on a canvas of a size {width_px, height_px, bleed_px, dpi}: what fills the canvas
   fills the new one; all else keeps its form and holds to the edge or middle it stood by, and
   what stands on a card or a strip goes with it. */
export function resized(design, size) {
  const made = clone(design), w0 = design.width_px, h0 = design.height_px, bleed = size.bleed_px || 0;
  const sx = size.width_px / w0, sy = size.height_px / h0, s = Math.min(sx, sy);
  const held = anchors(design);
  made.width_px = size.width_px;
  made.height_px = size.height_px;
  if (bleed) made.bleed_px = bleed; else delete made.bleed_px;
  if (size.dpi) made.dpi = size.dpi; else delete made.dpi;
  const shift = { start: () => 0, middle: (spare) => spare / 2, end: (spare) => spare };
  made.layers.forEach((layer) => {
    const at = held.get(layer.id), fills = filling(layer, design), before = Object.assign({}, layer.box);
    scale(layer, fills.x ? sx : s, fills.y ? sy : s, s);
    // Edges are rounded, not sides: what touched touches, and does not overlap by a pixel.
    const right = fills.x ? (x) => Math.round(x * sx) : (x) => Math.round(x * s + shift[at.x](size.width_px - s * w0));
    const down = fills.y ? (y) => Math.round(y * sy) : (y) => Math.round(y * s + shift[at.y](size.height_px - s * h0));
    layer.box = { x_px: right(before.x_px), y_px: down(before.y_px), w_px: sidePx(right(before.x_px + before.w_px) - right(before.x_px)), h_px: sidePx(down(before.y_px + before.h_px) - down(before.y_px)) };
    if (bleed) bled(layer, fills, before, design, size);
    scannable(layer, at, size);
    readable(layer, design, s, size);
    lawful(layer, at, size);
  });
  walk(made.layers, (layer, at) => { if (at.parent) legible(layer, size); });
  apart(made.layers);
  return made;
}

const GROUNDS = ["shape", "gradient", "picture"];

function filling(layer, design) {
  const box = layer.box, isGround = !layer.rotation_degrees && GROUNDS.includes(layer.kind);
  return { x: isGround && box.w_px >= design.width_px * 0.95 && box.x_px <= design.width_px * 0.05, y: isGround && box.h_px >= design.height_px * 0.95 && box.y_px <= design.height_px * 0.05 };
}

/* Of each layer, what it holds to: start, middle or end across and down. */
function anchors(design) {
  const held = new Map(), grounds = [];
  const pieces = new Map();
  rows(design.layers).filter((row) => row.stem).forEach((row) => {
    const hold = around(row.members.map((one) => ({ x: one.box.x_px, y: one.box.y_px, w: one.box.w_px, h: one.box.h_px })));
    row.members.forEach((one) => pieces.set(one.id, hold));
  });
  const side = (share, low, high) => (share < low ? "start" : share > high ? "end" : "middle");
  design.layers.forEach((layer) => {
    const own = layer.box, box = pieces.get(layer.id) || { x: own.x_px, y: own.y_px, w: own.w_px, h: own.h_px };
    const x = box.x + box.w / 2, y = box.y + box.h / 2;
    const at = { x: side(x / design.width_px, 0.42, 0.58), y: side(y / design.height_px, 0.34, 0.7) };
    const below = grounds.filter((one) => one.box.w * one.box.h > box.w * box.h && x >= one.box.x && x <= one.box.x + one.box.w && y >= one.box.y && y <= one.box.y + one.box.h).pop();
    if (below && !below.fills.x) at.x = below.at.x;
    if (below && !below.fills.y) at.y = below.at.y;
    held.set(layer.id, at);
    const fills = filling(layer, design);
    if (GROUNDS.includes(layer.kind) && !(fills.x && fills.y) && !pieces.has(layer.id)) grounds.push({ box, at, fills });
  });
  return held;
}

/* What reaches the canvas's edge reaches over it where paper is cut. */
function bled(layer, fills, before, design, size) {
  const box = layer.box, bleed = size.bleed_px;
  if (fills.x) { box.x_px = 0 - bleed; box.w_px = size.width_px + 2 * bleed; }
  if (fills.y) { box.y_px = 0 - bleed; box.h_px = size.height_px + 2 * bleed; }
  if (!fills.x || fills.y) return;
  if (before.y_px <= 0) { box.h_px += box.y_px + bleed; box.y_px = 0 - bleed; }
  if (before.y_px + before.h_px >= design.height_px) box.h_px = size.height_px + bleed - box.y_px;
}

const GROWS = { start: 0, middle: 0.5, end: 1 };

/* A group grows with its code, as far as the canvas has room, until a telephone reads it. */
function scannable(layer, at, size) {
  let least = Infinity;
  if (layer.kind === "group") walk(layer.layers, (inner) => { if (inner.kind === "qr") least = Math.min(least, inner.box.w_px, inner.box.h_px); });
  const box = layer.box, { x_px, y_px, w_px, h_px } = box;
  const grown = Math.min(QR_LEAST_PX / least, size.width_px / w_px, size.height_px / h_px);
  if (grown <= 1) return;
  scale(layer, grown, grown);
  box.x_px = Math.max(0, Math.min(size.width_px - box.w_px, Math.round(x_px - (box.w_px - w_px) * GROWS[at.x])));
  box.y_px = Math.max(0, Math.min(size.height_px - box.h_px, Math.round(y_px - (box.h_px - h_px) * GROWS[at.y])));
}

/* What must be read keeps its least size and stays on the canvas. */
function lawful(layer, at, size) {
  const box = layer.box;
  if (layer.kind === "qr") {
    const side = Math.min(Math.max(QR_LEAST_PX, Math.floor(Math.min(box.w_px, box.h_px) / 8) * 8), size.width_px, size.height_px);
    // Grown towards the middle of the canvas: away from the edge it stands by.
    box.x_px -= Math.round((side - box.w_px) * GROWS[at.x]);
    box.y_px -= Math.round((side - box.h_px) * GROWS[at.y]);
    box.w_px = box.h_px = side;
  }
  legible(layer, size);
  if (!["text", "disclosure", "qr", "photo", "logo"].includes(layer.kind)) return;
  box.w_px = Math.min(box.w_px, size.width_px);
  box.h_px = Math.min(box.h_px, size.height_px);
  box.x_px = Math.max(0, Math.min(box.x_px, size.width_px - box.w_px));
  box.y_px = Math.max(0, Math.min(box.y_px, size.height_px - box.h_px));
}

const meet = (a, b) => a.x_px < b.x_px + b.w_px && b.x_px < a.x_px + a.w_px && a.y_px < b.y_px + b.h_px && b.y_px < a.y_px + a.h_px;

/* What grew stands on nothing that grew beside it: the mandatory text goes up, off its neighbours. */
function apart(layers) {
  const codes = layers.filter((layer) => layer.kind === "qr");
  layers.filter((layer) => layer.kind === "text").forEach((text) => codes.filter((code) => meet(text.box, code.box) && text.box.w_px < 1.5 * code.box.w_px).forEach((code) => {
    const above = code.box.y_px - text.box.h_px;
    if (above >= 0) text.box.y_px = above;
  }));
  layers.forEach((law, place) => {
    if (law.kind !== "disclosure") return;
    layers.slice(place + 1).filter((other) => other.kind === "text" || other.kind === "qr").forEach((other) => {
      if (!meet(law.box, other.box)) return;
      const beside = other.box.x_px - law.box.w_px;
      if (beside >= 0 && other.box.x_px > law.box.x_px + law.box.w_px / 2) law.box.x_px = beside;
      else law.box.y_px = Math.max(0, Math.min(law.box.y_px, other.box.y_px - law.box.h_px));
    });
  });
}

/* A text has letters that a telephone shows (crowding.py), and a box that grows with them. */
function readable(layer, design, s, size) {
  if (layer.kind !== "text") return;
  const before = find(design, layer.id).layer, smallest = (before.min_size_px || before.size_px) * s;
  const least = Math.max(TEXT_LEAST_PX, Math.ceil(Math.min(size.width_px, size.height_px) * TEXT_SHARE));
  const grown = least / smallest;
  if (grown <= 1) return;
  layer.size_px = Math.max(layer.size_px, least);
  if (layer.min_size_px) layer.min_size_px = least;
  const box = layer.box, w = sidePx(box.w_px * grown), h = sidePx(box.h_px * grown);
  box.x_px -= Math.round((w - box.w_px) * (layer.align === "right" ? 1 : layer.align === "center" ? 0.5 : 0));
  box.y_px -= Math.round((h - box.h_px) / 2);
  box.w_px = w;
  box.h_px = h;
}

function legible(layer, size) {
  if (layer.kind !== "disclosure") return;
  const least = Math.ceil(size.height_px * DISCLOSURE_SHARE), grown = Math.max(1, least / (layer.min_size_px || layer.size_px));
  if (grown === 1) return;
  layer.size_px = Math.max(layer.size_px, least);
  if (layer.min_size_px) layer.min_size_px = least;
  const middle = layer.box.x_px + layer.box.w_px / 2, foot = layer.box.y_px + layer.box.h_px;
  layer.box.w_px = Math.min(size.width_px, sidePx(layer.box.w_px * grown));
  layer.box.h_px = sidePx(layer.box.h_px * grown);
  layer.box.x_px = Math.round(middle - layer.box.w_px / 2);
  layer.box.y_px = foot - layer.box.h_px;
}

/* How grips stand round a layer `w` x `h` px of the screen when a hand covers `reach` px: a small
   one has them outside, at its corners only, so that its inside is free to be dragged. */
export function gripsFor(w, h, reach) {
  const isSmall = Math.min(w, h) < 3 * reach;
  return { padding: isSmall ? reach / 2 + 2 : 0, sides: !isSmall };
}
