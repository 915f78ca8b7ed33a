/* Making layers larger or smaller with all that is measured in px, and laying a design out anew on
   a canvas of another form. */
import { clone, sidePx, walk } from "./poster-model.js";

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

const QR_LEAST_PX = 232, DISCLOSURE_SHARE = 0.025;

/* The design on a canvas of a size {width_px, height_px, bleed_px, dpi}: what fills the canvas
   fills the new one; all else keeps its form and its place in proportion, within the canvas. */
export function resized(design, size) {
  const made = clone(design), w0 = design.width_px, h0 = design.height_px;
  const sx = size.width_px / w0, sy = size.height_px / h0, s = Math.min(sx, sy), bleed = size.bleed_px || 0;
  made.width_px = size.width_px;
  made.height_px = size.height_px;
  if (bleed) made.bleed_px = bleed; else delete made.bleed_px;
  if (size.dpi) made.dpi = size.dpi; else delete made.dpi;
  made.layers.forEach((layer) => placeAnew(layer, { w0, h0, sx, sy, s, bleed, size }));
  walk(made.layers, (layer) => {
    if (layer.kind !== "disclosure") return;
    const least = Math.ceil(size.height_px * DISCLOSURE_SHARE);
    layer.size_px = Math.max(layer.size_px, least);
    if (layer.min_size_px) layer.min_size_px = Math.max(layer.min_size_px, least);
  });
  return made;
}

function placeAnew(layer, { w0, h0, sx, sy, s, bleed, size }) {
  const box = layer.box, middleX = box.x_px + box.w_px / 2, middleY = box.y_px + box.h_px / 2;
  const fills = { x: box.w_px >= w0 * 0.9 && box.x_px <= w0 * 0.05, y: box.h_px >= h0 * 0.9 && box.y_px <= h0 * 0.05 };
  const isGround = !layer.rotation_degrees && ["shape", "gradient", "picture"].includes(layer.kind);
  const across = isGround && fills.x ? sx : s, down = isGround && fills.y ? sy : s;
  scale(layer, across, down, s);
  if (layer.kind === "qr") {
    const side = Math.max(QR_LEAST_PX, Math.floor(Math.min(box.w_px, box.h_px) / 8) * 8);
    box.w_px = box.h_px = Math.min(side, size.width_px, size.height_px);
  }
  box.x_px = Math.round(middleX * sx - box.w_px / 2);
  box.y_px = Math.round(middleY * sy - box.h_px / 2);
  if (isGround && fills.x && fills.y && bleed) {
    box.x_px = box.y_px = -bleed;
    box.w_px = size.width_px + 2 * bleed;
    box.h_px = size.height_px + 2 * bleed;
  } else if (["text", "disclosure", "qr", "photo", "logo"].includes(layer.kind)) {
    box.w_px = Math.min(box.w_px, size.width_px);
    box.h_px = Math.min(box.h_px, size.height_px);
    box.x_px = Math.max(0, Math.min(box.x_px, size.width_px - box.w_px));
    box.y_px = Math.max(0, Math.min(box.y_px, size.height_px - box.h_px));
  }
}
