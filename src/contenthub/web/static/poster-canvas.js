/* The canvas: one node a layer, with the painter's own pixels; dragging, turning, sizing, choosing.
   It changes nothing itself: it tells `on.change(recipe, key)` and draws what the design says. */
import { boxOf, find, moved, piecesOf, sidePx } from "./poster-model.js";
import { gripsFor, scale } from "./poster-sizing.js";
import { snap } from "./poster-snap.js";
import { isPlain } from "./poster-words.js";

const Konva = window.Konva;
const PAD_PX = 28, LEAST_ZOOM = 0.05, MOST_ZOOM = 4, CODE_GRID_PX = 8;
const GRIP_PX = 10, FINGER_PX = 20;
const CORNERS = ["top-left", "top-right", "bottom-left", "bottom-right"], SIDES = ["middle-left", "middle-right", "top-center", "bottom-center"];
/* Where covers of phones, trimming knives and 企业微信 hide a poster's edge: shares of the canvas. */
const SAFE = { moments: { top: 0.08, bottom: 0.1, side: 0.05 }, cover: { top: 0.06, bottom: 0.06, side: 0.12 }, print: { top: 0.03, bottom: 0.03, side: 0.03 }, other: { top: 0.04, bottom: 0.04, side: 0.04 } };

export class Canvas {
  constructor(host, { state, sprites, on }) {
    Object.assign(this, { host, state, sprites, on });
    this.nodes = new Map();
    this.hiddenHere = new Set();
    this.zoom = 1;
    this.isDragging = false;
    this.stage = new Konva.Stage({ container: host, width: host.clientWidth || 300, height: host.clientHeight || 300 });
    this.art = new Konva.Layer();
    this.top = new Konva.Layer();
    this.stage.add(this.art, this.top);
    this.paper = new Konva.Group();
    this.ground = new Konva.Rect({ name: "ground", listening: false });
    this.paper.add(this.ground);
    this.art.add(this.paper);
    this.truth = new Konva.Image({ listening: false, visible: false });
    this.marks = new Konva.Group({ listening: false });
    this.guides = new Konva.Group({ listening: false });
    this.band = new Konva.Rect({ listening: false, visible: false, fill: "rgba(26,86,184,.12)", stroke: "#1a56b8", strokeWidth: 1 });
    this.grips = new Konva.Transformer({ rotationSnaps: [0, 45, 90, 135, 180, 225, 270, 315], rotationSnapTolerance: 4, anchorSize: GRIP_PX, anchorCornerRadius: 5, borderStroke: "#1a56b8", anchorStroke: "#1a56b8", flipEnabled: false, ignoreStroke: true });
    this.top.add(this.truth, this.marks, this.guides, this.grips, this.band);
    this.listen();
    this.pinch();
    this.fit();
  }

  /* ---- what is seen */
  fit() {
    const { design } = this.state(), bleed = design.bleed_px || 0;
    const wide = design.width_px + 2 * bleed, tall = design.height_px + 2 * bleed;
    const zoom = Math.min((this.stage.width() - 2 * PAD_PX) / wide, (this.stage.height() - 2 * PAD_PX) / tall);
    this.look(Math.max(LEAST_ZOOM, zoom), (this.stage.width() - design.width_px * zoom) / 2, (this.stage.height() - design.height_px * zoom) / 2);
  }
  look(zoom, x, y) {
    this.zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, zoom));
    [this.paper, this.truth, this.marks, this.guides].forEach((node) => { node.position({ x, y }); node.scale({ x: this.zoom, y: this.zoom }); });
    this.place = { x, y };
    this.gripped();
    this.marked();
    this.on.zoom(this.zoom);
  }
  zoomBy(factor, at = { x: this.stage.width() / 2, y: this.stage.height() / 2 }) {
    const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.zoom * factor)), grown = zoom / this.zoom;
    this.look(zoom, at.x - (at.x - this.place.x) * grown, at.y - (at.y - this.place.y) * grown);
  }
  /* Closer to what is chosen, which comes to the middle: on a phone nothing else moves the view. */
  closer(factor) {
    const { chosen, design } = this.state(), box = chosen.length === 1 && boxOf(design, chosen[0]);
    this.zoomBy(factor);
    if (box) this.look(this.zoom, this.stage.width() / 2 - (box.x + box.w / 2) * this.zoom, this.stage.height() / 2 - (box.y + box.h / 2) * this.zoom);
  }
  resize() {
    const wide = this.host.clientWidth, tall = this.host.clientHeight;
    if (!wide || !tall || (wide === this.stage.width() && tall === this.stage.height())) return;
    this.stage.size({ width: wide, height: tall });
    this.fit();
  }
  /* A box of the canvas, in px of the page from the host's corner. */
  screenBox(box) { return { x: this.place.x + box.x * this.zoom, y: this.place.y + box.y * this.zoom, w: box.w * this.zoom, h: box.h * this.zoom }; }

  showTruth(image) {
    const { design } = this.state(), bleed = design.bleed_px || 0;
    this.truth.visible(Boolean(image));
    if (image) this.truth.setAttrs({ image, offset: { x: bleed, y: bleed }, width: design.width_px + 2 * bleed, height: design.height_px + 2 * bleed });
    this.grips.opacity(image ? 0.5 : 1);
  }

  /* Draws the design anew: nodes are kept by id, in the design's order. */
  draw() {
    const { design, hidden } = this.state(), bleed = design.bleed_px || 0;
    this.ground.setAttrs({ x: -bleed, y: -bleed, width: design.width_px + 2 * bleed, height: design.height_px + 2 * bleed, fill: design.background || "#ffffff" });
    this.paper.clip({ x: -bleed, y: -bleed, width: design.width_px + 2 * bleed, height: design.height_px + 2 * bleed });
    const seen = new Set(design.layers.map((layer) => layer.id));
    this.nodes.forEach((node, id) => { if (!seen.has(id)) { node.destroy(); this.nodes.delete(id); } });
    design.layers.forEach((layer, index) => {
      const node = this.nodes.get(layer.id) || this.made(layer);
      node.zIndex(index + 1);
      this.dress(node, layer);
      node.visible(!this.hiddenHere.has(layer.id) && !hidden.has(layer.id));
    });
    this.chosen();
    this.marked();
  }
  made(layer) {
    const node = new Konva.Group({ id: layer.id, name: "layer", draggable: true });
    // What is grabbed and framed is the layer's box, however far its glow reaches.
    const rect = node.getClientRect.bind(node);
    node.getClientRect = (asked) => (asked && asked.skipTransform ? { x: 0, y: 0, width: node.width(), height: node.height() } : rect(asked));
    node.add(new Konva.Image({ name: "picture", listening: false }), new Konva.Rect({ name: "box", fill: "rgba(0,0,0,0)" }));
    this.paper.add(node);
    this.nodes.set(layer.id, node);
    return node;
  }
  dress(node, layer) {
    const box = layer.box, found = this.sprites.newest(layer.id), shadow = layer.shadow;
    node.setAttrs({ x: box.x_px + box.w_px / 2, y: box.y_px + box.h_px / 2, offsetX: box.w_px / 2, offsetY: box.h_px / 2, width: box.w_px, height: box.h_px, scaleX: 1, scaleY: 1, rotation: layer.rotation_degrees || 0, opacity: layer.opacity === undefined ? 1 : layer.opacity, listening: !layer.locked });
    node.draggable(!layer.locked);
    node.findOne(".box").setAttrs({ width: box.w_px, height: box.h_px });
    const picture = node.findOne(".picture");
    picture.visible(Boolean(found && found.image));
    if (!found || !found.image) return;
    // Until the painter's answer to a new size is here, its last picture is stretched.
    const sx = box.w_px / found.boxW, sy = box.h_px / found.boxH;
    picture.setAttrs({ image: found.image, x: found.left_px * sx, y: found.top_px * sy, width: found.w_px * sx, height: found.h_px * sy });
    picture.setAttrs(shadow ? { shadowEnabled: true, shadowColor: shadow.colour, shadowBlur: 2 * (shadow.blur_px || 0), shadowOffsetX: shadow.right_px || 0, shadowOffsetY: shadow.down_px || 0, shadowOpacity: shadow.opacity === undefined ? 1 : shadow.opacity } : { shadowEnabled: false });
  }
  /* One layer's new picture. */
  redress(id) {
    const at = find(this.state().design, id), node = this.nodes.get(id);
    if (at && node && !this.isDragging) this.dress(node, at.layer);
  }

  /* ---- what is chosen */
  chosen() {
    const { chosen, design } = this.state();
    const nodes = chosen.map((id) => this.nodes.get(id)).filter((node) => node && node.draggable());
    this.grips.nodes(nodes);
    const layers = nodes.map((node) => (find(design, node.id()) || {}).layer).filter(Boolean);
    const plain = layers.some(isPlain);
    const keepsForm = layers.length > 1 || layers.some((layer) => !["shape", "gradient"].includes(layer.kind));
    this.grips.rotateEnabled(!plain && layers.length === 1);
    this.grips.keepRatio(keepsForm);
    this.hasSides = layers.length === 1 && layers[0].kind !== "qr";
    this.gripped();
    this.inner();
  }
  /* Keeps the inside of what is chosen free of grips, so that a small layer can still be dragged. */
  gripped() {
    if (!this.grips.nodes().length || this.isDragging) return;
    this.grips.forceUpdate();
    const { padding, sides } = gripsFor(this.grips.width(), this.grips.height(), "ontouchstart" in window ? FINGER_PX : GRIP_PX);
    this.grips.padding(padding);
    this.grips.enabledAnchors(sides && this.hasSides ? [...CORNERS, ...SIDES] : CORNERS);
    this.grips.forceUpdate();
  }
  /* Frames what is chosen within a group, which no node of its own shows. */
  inner() {
    this.top.find(".inner").forEach((node) => node.destroy());
    const { chosen, design } = this.state();
    chosen.filter((id) => !this.nodes.has(id)).forEach((id) => {
      const box = boxOf(design, id), frame = box && this.screenBox(box);
      if (!frame) return;
      const node = new Konva.Rect({ name: "inner", x: frame.x, y: frame.y, width: frame.w, height: frame.h, stroke: "#1a56b8", dash: [5, 4], strokeWidth: 1.5, fill: "rgba(26,86,184,.06)", draggable: true });
      node.on("dragend", () => {
        const dx = (node.x() - frame.x) / this.zoom, dy = (node.y() - frame.y) / this.zoom;
        this.on.change((made) => moved(find(made, id).layer, dx, dy));
      });
      this.top.add(node);
    });
  }
  /* Faults and safe areas over the picture. */
  marked() {
    const { design, faults, showsSafe } = this.state(), thin = 1 / this.zoom;
    this.marks.destroyChildren();
    new Set(faults.map((fault) => fault.layer)).forEach((id) => {
      const box = id && boxOf(design, id);
      if (box) this.marks.add(new Konva.Rect({ x: box.x, y: box.y, width: box.w, height: box.h, stroke: "#c3272b", strokeWidth: 2 * thin, dash: [6 * thin, 4 * thin] }));
    });
    if (showsSafe) this.marks.add(...this.safeAreas(design, thin));
    this.inner();
  }
  safeAreas(design, thin) {
    const form = design.bleed_px ? "print" : design.height_px > design.width_px * 1.6 ? "moments" : design.width_px > design.height_px * 2 ? "cover" : "other";
    const share = SAFE[form], w = design.width_px, h = design.height_px;
    const lines = [new Konva.Rect({ x: w * share.side, y: h * share.top, width: w * (1 - 2 * share.side), height: h * (1 - share.top - share.bottom), stroke: "#0b6e8f", strokeWidth: 1.5 * thin, dash: [10 * thin, 6 * thin] })];
    if (design.bleed_px) lines.push(new Konva.Rect({ x: 0, y: 0, width: w, height: h, stroke: "#c3272b", strokeWidth: 1.5 * thin }));
    return lines;
  }

  /* ---- what a hand does */
  listen() {
    this.paper.on("dragstart", (event) => this.grab(event.target));
    this.paper.on("dragmove", (event) => this.drag(event.target, event.evt));
    this.paper.on("dragend", () => this.drop());
    this.grips.on("transformstart", () => { this.isDragging = true; });
    this.grips.on("transformend", () => this.reshaped());
    this.stage.on("mousedown touchstart", (event) => this.press(event));
    this.stage.on("mousemove touchmove", () => this.stretchBand());
    ["mouseup", "touchend", "touchcancel"].forEach((name) => window.addEventListener(name, () => this.closeBand()));
    // The browser's own double click: konva's is by a clock that a busy machine misses.
    this.host.addEventListener("dblclick", (event) => {
      this.stage.setPointersPositions(event);
      const shape = this.stage.getIntersection(this.stage.getPointerPosition());
      const node = shape && shape.findAncestor(".layer", true);
      if (node) this.on.open(node.id());
    });
    this.stage.on("dbltap", (event) => {
      const node = event.target.findAncestor(".layer", true);
      if (node) this.on.open(node.id());
    });
    this.stage.on("wheel", (event) => {
      event.evt.preventDefault();
      if (event.evt.ctrlKey || event.evt.metaKey) this.zoomBy(event.evt.deltaY < 0 ? 1.1 : 1 / 1.1, this.stage.getPointerPosition());
      else this.look(this.zoom, this.place.x - event.evt.deltaX, this.place.y - event.evt.deltaY);
    });
  }
  /* Two fingers move and size the view; what one of them had begun goes back. */
  pinch() {
    let before = null;
    const seen = ([a, b]) => { const corner = this.host.getBoundingClientRect(); return { far: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1, x: (a.clientX + b.clientX) / 2 - corner.left, y: (a.clientY + b.clientY) / 2 - corner.top }; };
    const on = (name, act) => this.host.addEventListener(name, act, { capture: true, passive: false });
    const keep = (event) => { event.preventDefault(); event.stopPropagation(); };
    on("touchstart", (event) => {
      if (event.touches.length !== 2) return;
      keep(event);
      this.held = this.pulled = null;
      this.band.visible(false);
      this.nodes.forEach((node) => node.stopDrag());
      before = seen(event.touches);
      this.draw();
    });
    on("touchmove", (event) => {
      if (!before || event.touches.length !== 2) return;
      keep(event);
      const now = seen(event.touches);
      this.zoomBy(now.far / before.far, now);
      this.look(this.zoom, this.place.x + now.x - before.x, this.place.y + now.y - before.y);
      before = now;
    });
    ["touchend", "touchcancel"].forEach((name) => on(name, (event) => { if (event.touches.length < 2) before = null; }));
  }
  press(event) {
    const { chosen, design, isPanning } = this.state(), node = event.target.findAncestor && event.target.findAncestor(".layer", true);
    if (event.target.findAncestor && event.target.findAncestor("Transformer")) return;
    if (event.target.name() === "inner") return;
    if (isPanning || event.evt.button === 1) { this.pan(event.evt); return; }
    const adds = event.evt.shiftKey || event.evt.ctrlKey || event.evt.metaKey;
    const fills = node && node.width() >= design.width_px * 0.98 && node.height() >= design.height_px * 0.98;
    if (!node || (fills && !chosen.includes(node.id()))) {
      // A background is chosen by a click; pulling from it frames several.
      if (node) node.stopDrag();
      if (node) node.draggable(false);
      this.openBand(fills ? node.id() : "", adds);
      return;
    }
    const pieces = event.evt.altKey ? [node.id()] : piecesOf(design, node.id());
    if (adds) this.on.choose(chosen.includes(node.id()) ? chosen.filter((id) => !pieces.includes(id)) : [...chosen, ...pieces]);
    else if (!chosen.includes(node.id())) this.on.choose(pieces);
  }
  pan(start) {
    const from = { x: start.clientX, y: start.clientY }, place = this.place;
    this.paper.find(".layer").forEach((node) => node.draggable(false));
    const move = (event) => this.look(this.zoom, place.x + event.clientX - from.x, place.y + event.clientY - from.y);
    const end = () => { window.removeEventListener("mousemove", move); window.removeEventListener("mouseup", end); this.draw(); };
    window.addEventListener("mousemove", move);
    window.addEventListener("mouseup", end);
  }
  openBand(under, adds) {
    const at = this.stage.getPointerPosition();
    this.pulled = { under, adds, from: at };
    this.band.setAttrs({ x: at.x, y: at.y, width: 0, height: 0, visible: true });
  }
  stretchBand() {
    const at = this.stage.getPointerPosition();
    if (!this.pulled || !at) return;
    const from = this.pulled.from;
    this.band.setAttrs({ x: Math.min(at.x, from.x), y: Math.min(at.y, from.y), width: Math.abs(at.x - from.x), height: Math.abs(at.y - from.y) });
  }
  closeBand() {
    if (!this.pulled) return;
    const { design, chosen } = this.state(), { under, adds } = this.pulled, band = this.band.getClientRect();
    this.pulled = null;
    this.band.visible(false);
    const inside = band.width < 4 && band.height < 4 ? (under ? [under] : []) : design.layers.filter((layer) => {
      const box = this.screenBox({ x: layer.box.x_px, y: layer.box.y_px, w: layer.box.w_px, h: layer.box.h_px });
      return !layer.locked && box.x >= band.x && box.y >= band.y && box.x + box.w <= band.x + band.width && box.y + box.h <= band.y + band.height;
    }).map((layer) => layer.id);
    this.on.choose(adds ? [...new Set([...chosen, ...inside])] : inside);
    this.draw();
  }
  grab(node) {
    this.isDragging = true;
    const { chosen, design } = this.state();
    if (!chosen.includes(node.id())) this.on.choose(piecesOf(design, node.id()));
    const ids = new Set(this.state().chosen);
    this.held = { ids, from: new Map([...ids].filter((id) => this.nodes.has(id)).map((id) => [id, Object.assign({}, this.nodes.get(id).position())])) };
    this.others = design.layers.filter((layer) => !ids.has(layer.id) && !this.hiddenHere.has(layer.id)).map((layer) => ({ x: layer.box.x_px, y: layer.box.y_px, w: layer.box.w_px, h: layer.box.h_px }));
  }
  drag(node, event) {
    if (!this.held || !node.hasName("layer")) return;
    const { design } = this.state(), layer = (find(design, node.id()) || {}).layer;
    const box = { x: node.x() - node.width() / 2, y: node.y() - node.height() / 2, w: node.width(), h: node.height() };
    const canvas = { x: 0, y: 0, w: design.width_px, h: design.height_px };
    const free = event && (event.altKey || node.rotation());
    const to = free ? { x: box.x, y: box.y, lines: [] } : snap(box, this.others, canvas, { reach: 7 / this.zoom, grid: layer && layer.kind === "qr" ? CODE_GRID_PX : 0 });
    node.position({ x: Math.round(to.x) + box.w / 2, y: Math.round(to.y) + box.h / 2 });
    const from = this.held.from.get(node.id());
    this.held.from.forEach((start, id) => { if (id !== node.id()) this.nodes.get(id).position({ x: start.x + node.x() - from.x, y: start.y + node.y() - from.y }); });
    this.guides.destroyChildren();
    to.lines.forEach((line) => this.guides.add(new Konva.Line({ points: line.axis === "x" ? [line.at, line.from, line.at, line.to] : [line.from, line.at, line.to, line.at], stroke: "#e0218a", strokeWidth: 1.2 / this.zoom })));
  }
  drop() {
    const held = this.held;
    this.guides.destroyChildren();
    this.isDragging = false;
    this.held = null;
    if (!held) return;
    const shifts = new Map([...held.from].map(([id, start]) => [id, { dx: this.nodes.get(id).x() - start.x, dy: this.nodes.get(id).y() - start.y }]));
    if (![...shifts.values()].some((shift) => shift.dx || shift.dy)) return;
    this.on.change((design) => shifts.forEach((shift, id) => moved(find(design, id).layer, shift.dx, shift.dy)));
  }
  reshaped() {
    this.isDragging = false;
    const bySide = !CORNERS.includes(this.grips.getActiveAnchor() || "top-left"), nodes = this.grips.nodes();
    const done = nodes.map((node) => ({ id: node.id(), sx: node.scaleX(), sy: node.scaleY(), x: node.x(), y: node.y(), turn: node.rotation() }));
    this.on.change((design) => done.forEach((to) => {
      const layer = find(design, to.id).layer, box = layer.box;
      if (Math.abs(to.sx - 1) > 1e-4 || Math.abs(to.sy - 1) > 1e-4) {
        if (layer.kind !== "group" && (bySide || ["shape", "gradient", "picture"].includes(layer.kind)) && !layer.points && !(layer.clip && layer.clip.points)) {
          box.w_px = sidePx(box.w_px * to.sx);
          box.h_px = sidePx(box.h_px * to.sy);
        } else scale(layer, to.sx, to.sy);
        if (layer.kind === "qr") box.w_px = box.h_px = Math.max(8, Math.round(box.w_px / CODE_GRID_PX) * CODE_GRID_PX);
      }
      box.x_px = Math.round(to.x - box.w_px / 2);
      box.y_px = Math.round(to.y - box.h_px / 2);
      const turn = Math.round((((to.turn + 180) % 360 + 360) % 360 - 180) * 10) / 10;
      if (turn) layer.rotation_degrees = turn; else delete layer.rotation_degrees;
    }));
  }
}
