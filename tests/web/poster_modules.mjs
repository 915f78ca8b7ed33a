// The editor's pure modules, run by node (test_poster_modules.py copies them beside this file).
import assert from "node:assert/strict";
import { test } from "node:test";
import { dressIn, families, familyOf, weightOf, weights } from "./poster-faces.js";
import { History } from "./poster-history.js";
import { above, boxOf, clone, find, group, ids, onGround, paste, reading, piecesOf, recolour, remove, reorder, reorderTo, rows, ungroup } from "./poster-model.js";
import { bringBack, gripsFor, isAway, resized, scale } from "./poster-sizing.js";
import { align, distribute, snap } from "./poster-snap.js";
import { ask, spriteKey } from "./poster-server.js";

const box = (x, y, w, h) => ({ x_px: x, y_px: y, w_px: w, h_px: h });
const shape = (id, x, y, w, h, more) => ({ kind: "shape", id, box: box(x, y, w, h), fill: "#AA0000", ...more });
const design = () => ({
  width_px: 1080, height_px: 1920, schema: 2,
  layers: [
    { kind: "gradient", id: "sky", box: box(0, 0, 1080, 1920), stops: [{ at: 0, colour: "#aa0000" }, { at: 1, colour: "#550000" }] },
    shape("a", 100, 100, 200, 100), shape("b", 400, 300, 100, 100),
    { kind: "text", id: "headline", box: box(90, 600, 900, 200), size_px: 120, min_size_px: 60, text: "存款" },
    { kind: "qr", id: "qr", box: box(800, 1600, 240, 240) },
    { kind: "disclosure", id: "disclosure", box: box(40, 1850, 700, 60), size_px: 48, text: "提示" },
  ],
});

test("a new ground takes the place of what fills the canvas and of nothing else", () => {
  const made = design();
  made.layers.splice(1, 0, shape("veil", -10, -10, 1100, 1940));
  made.bleed_px = 35;
  assert.equal(onGround(made, "ab"), "background");
  assert.deepEqual(made.layers.map((layer) => layer.id), ["background", "a", "b", "headline", "qr", "disclosure"]);
  assert.deepEqual(made.layers[0].box, box(-35, -35, 1150, 1990));
  onGround(made, "cd");
  assert.deepEqual([made.layers[0].asset, made.layers.length], ["cd", 6]);
});

test("a layer that lies outside is put back whole, smaller only where it must be", () => {
  const made = design(), away = { layer: "headline", field: "box" };
  assert.equal(isAway(away, made), false);
  Object.assign(find(made, "headline").layer.box, { x_px: 900, y_px: -40 });
  assert.equal(isAway(away, made), true);
  assert.equal(isAway({ layer: "headline", field: "text" }, made), false);
  bringBack(made, "headline");
  assert.deepEqual(find(made, "headline").layer.box, box(180, 0, 900, 200));
  find(made, "qr").layer.box = box(-2000, 1900, 2160, 2160);
  bringBack(made, "qr");
  assert.deepEqual(find(made, "qr").layer.box, box(0, 840, 1080, 1080));
  const id = group(made, ["a", "b"]);
  find(made, "a").layer.box.x_px = 1500;
  bringBack(made, "a");
  assert.deepEqual(boxOf(made, "a"), { x: 880, y: 100, w: 200, h: 100 });
  assert.ok(id);
});

test("regular and bold of one family are one choice, its weights another", () => {
  const faces = [{ key: "", family: "思源黑体", weight: 0 }, { key: "b", family: "品牌体", weight: 700 }, { key: "r", family: "品牌体", weight: 400 }];
  assert.deepEqual(families(faces, "r").map((one) => one[0]), ["思源黑体", "品牌体"]);
  assert.equal(families(faces, "gone")[0][0], "", "a recalled face is said to be one");
  assert.equal(weights(faces, ""), null);
  assert.deepEqual(weights(faces, "b"), [[400, "常规"], [700, "粗体"]]);
  const layer = { font: "r" };
  dressIn(layer, faces, "品牌体", 900);
  assert.deepEqual([layer.font, weightOf(faces, layer.font), familyOf(faces, layer.font)], ["b", 700, "品牌体"]);
  dressIn(layer, faces, "思源黑体", 700);
  assert.deepEqual(layer, {});
});

test("words are read from the top down, those in groups where they stand", () => {
  const made = design();
  made.layers.push({ kind: "group", id: "g", box: box(0, 1000, 100, 100), layers: [{ kind: "text", id: "in", box: box(0, 50, 50, 50), text: "x" }] });
  made.layers.unshift({ kind: "text", id: "foot", box: box(0, 1700, 9, 9), text: "y" });
  assert.deepEqual(reading(made).map((layer) => layer.id), ["headline", "in", "foot", "disclosure"]);
});

test("a group and its undoing leave every layer where it stood", () => {
  const made = design(), before = ["a", "b"].map((id) => boxOf(made, id));
  const id = group(made, ["b", "a"]);
  assert.deepEqual(find(made, id).layer.box, box(100, 100, 400, 300));
  assert.deepEqual(["a", "b"].map((one) => boxOf(made, one)), before);
  assert.equal(group(made, ["a", "headline"]), "", "layers of two lists are no group");
  assert.deepEqual(ungroup(made, id), ["a", "b"]);
  assert.deepEqual(made, design());
});

test("copies have ids of their own, in groups too, and stand below what may not be covered", () => {
  const made = design(), id = group(made, ["a", "b"]);
  const [copy] = paste(made, [find(made, id).layer, ], 24, 24);
  assert.equal(ids(made).size, 6 + 1 + 3);
  assert.ok(find(made, copy).index < find(made, "qr").index);
  assert.equal(above(made, { kind: "text" }), made.layers.length);
});

test("layers are ordered by steps and by place, removed, and an emptied group goes too", () => {
  const made = design();
  reorder(made, "a", 1);
  assert.deepEqual(made.layers.slice(1, 3).map((one) => one.id), ["b", "a"]);
  reorder(made, "a", -Infinity);
  assert.equal(made.layers[0].id, "a");
  reorderTo(made, "a", "b", true);
  assert.deepEqual(made.layers.slice(0, 3).map((one) => one.id), ["sky", "b", "a"]);
  const id = group(made, ["a", "b"]);
  remove(made, ["a", "b"]);
  assert.equal(find(made, id), null);
});

test("pieces of one drawing are chosen and listed together, named ones alone", () => {
  const made = design();
  made.layers.splice(1, 2, ...[1, 2, 3].map((n) => shape("coins-" + n, n, n, 5, 5)));
  assert.deepEqual(piecesOf(made, "coins-2"), ["coins-3", "coins-2", "coins-1"]);
  find(made, "coins-2").layer.name = "金币";
  assert.deepEqual(piecesOf(made, "coins-1"), ["coins-1"]);
  assert.equal(rows(made.layers).flatMap((row) => row.members).length, made.layers.length);
});

test("one colour is put in another's place whatever its case", () => {
  const made = design();
  recolour(made, "#aa0000", "#00aa00");
  assert.equal(made.layers[0].stops[0].colour, "#00aa00");
  assert.equal(find(made, "a").layer.fill, "#00aa00");
});

test("a hundred steps back, merged where they follow closely, and nothing redone after a new one", () => {
  const history = new History(0);
  for (let n = 1; n <= 150; n += 1) history.push(n, "", n * 10000);
  for (let n = 0; n < 200; n += 1) history.undo();
  assert.equal(history.now, 50);
  history.redo();
  history.push("typed", "text", 1);
  history.push("typed more", "text", 300);
  history.push("typed later", "text", 9000);
  assert.equal(history.canRedo, false);
  assert.deepEqual([history.undo(), history.undo()], ["typed more", 51]);
  history.redo();
  history.push("after an undo nothing is merged", "text", 9001);
  assert.equal(history.undo(), "typed more");
});

test("a box clicks to the canvas, to others and codes to the grid; far from all it stays", () => {
  const canvas = { x: 0, y: 0, w: 1080, h: 1920 }, other = { x: 100, y: 100, w: 200, h: 100 };
  const near = snap({ x: 104, y: 303, w: 50, h: 50 }, [other], canvas, { reach: 8 });
  assert.deepEqual([near.x, near.y], [100, 303]);
  assert.deepEqual(near.lines, [{ axis: "x", at: 100, from: 100, to: 353 }]);
  assert.equal(snap({ x: 487, y: 5, w: 100, h: 100 }, [], canvas).x, 490, "the canvas's middle");
  assert.equal(snap({ x: 487, y: 5, w: 100, h: 100 }, [{ x: 486, y: 900, w: 9, h: 9 }], canvas).x, 490, "before an ornament's edge");
  assert.deepEqual([snap({ x: 803, y: 1605, w: 240, h: 240 }, [], canvas, { grid: 8 })].map((at) => [at.x, at.y])[0], [800, 1608]);
  assert.deepEqual(snap({ x: 700, y: 700, w: 33, h: 35 }, [other], canvas).lines, []);
});

test("several are aligned to each other, one to the canvas, three spread evenly", () => {
  const boxes = [{ x: 0, y: 0, w: 10, h: 10 }, { x: 35, y: 40, w: 20, h: 10 }, { x: 90, y: 9, w: 10, h: 10 }];
  assert.deepEqual(align(boxes, "right", {}).map((at) => at.x), [90, 80, 90]);
  assert.deepEqual(align(boxes.slice(0, 1), "center", { x: 0, y: 0, w: 110, h: 100 }), [{ x: 50, y: 0 }]);
  assert.deepEqual(distribute(boxes, "x").map((at) => at.x), [0, 40, 90]);
});

test("another size keeps forms, fills with backgrounds and keeps what the law asks for", () => {
  const sizes = [{ width_px: 1080, height_px: 1080 }, { width_px: 1068, height_px: 455 }, { width_px: 2480, height_px: 3508, bleed_px: 35, dpi: 300 }, { width_px: 1920, height_px: 1080 }];
  sizes.forEach((size) => {
    const before = design(), made = resized(before, size), bleed = size.bleed_px || 0;
    assert.deepEqual(before, design(), "the design it came from is untouched");
    assert.deepEqual(made.layers[0].box, box(0 - bleed, 0 - bleed, size.width_px + 2 * bleed, size.height_px + 2 * bleed));
    const { layer: qr } = find(made, "qr"), { layer: law } = find(made, "disclosure"), { layer: a } = find(made, "a");
    assert.ok(qr.box.w_px >= 231 && qr.box.w_px === qr.box.h_px && qr.box.w_px % 8 === 0);
    assert.ok(law.size_px >= size.height_px * 0.025);
    assert.ok(Math.abs(a.box.w_px / a.box.h_px - 2) < 0.1);
    [qr, law].forEach((layer) => assert.ok(layer.box.x_px >= 0 && layer.box.y_px >= 0 && layer.box.x_px + layer.box.w_px <= size.width_px && layer.box.y_px + layer.box.h_px <= size.height_px));
  });
});

test("a block with a code keeps a code that is read, and what touches the edge goes over it in print", () => {
  const person = { kind: "group", id: "person", box: box(260, 1500, 560, 240), layers: [{ kind: "qr", id: "code", box: box(310, 10, 232, 232) }] };
  const before = () => ({ ...design(), layers: [shape("strip", 0, 1780, 1080, 140), clone(person)] });
  [{ width_px: 1080, height_px: 1080 }, { width_px: 1068, height_px: 455 }, { width_px: 1063, height_px: 638, bleed_px: 35, dpi: 300 }, { width_px: 1920, height_px: 1080 }].forEach((size) => {
    const made = resized(before(), size), { layer } = find(made, "person"), code = layer.layers[0].box, strip = made.layers[0].box, bleed = size.bleed_px || 0;
    assert.ok(Math.min(code.w_px, code.h_px) >= 231, JSON.stringify([size, code]));
    assert.ok(layer.box.x_px >= 0 && layer.box.y_px >= 0 && layer.box.x_px + layer.box.w_px <= size.width_px && layer.box.y_px + layer.box.h_px <= size.height_px);
    assert.deepEqual([strip.x_px, strip.w_px], [0 - bleed, size.width_px + 2 * bleed]);
    assert.equal(strip.y_px + strip.h_px, size.height_px + bleed);
  });
});

test("a group grows with all in it", () => {
  const made = design(), id = group(made, ["a", "b"]), layer = find(made, id).layer;
  scale(layer, 2, 2);
  assert.deepEqual(layer.box, box(100, 100, 800, 600));
  assert.deepEqual(layer.layers[1].box, box(600, 400, 200, 200));
});

test("a sprite is asked for anew when what it shows changes, not when its layer is only moved", () => {
  const made = design(), key = (id, change) => { const one = clone(made); change(find(one, id).layer); return spriteKey(find(one, id).layer, one, "e"); };
  const same = key("headline", () => {});
  assert.equal(key("headline", (one) => { one.box.x_px += 5; one.rotation_degrees = 9; one.opacity = 0.5; }), same);
  assert.notEqual(key("headline", (one) => { one.text = "贷款"; }), same);
  assert.notEqual(key("qr", (one) => { one.box.x_px += 1; }), key("qr", () => {}), "a code's modules keep to the grid");
  assert.equal(key("qr", (one) => { one.box.x_px += 8; }), key("qr", () => {}));
});

test("a small layer has its grips outside and none at its sides", () => {
  assert.deepEqual(gripsFor(200, 80, 10), { padding: 0, sides: true });
  assert.deepEqual(gripsFor(200, 29, 10), { padding: 7, sides: false });
  assert.deepEqual(gripsFor(50, 80, 20), { padding: 12, sides: false });
});

test("a server that answers without words is not called out of reach", async () => {
  globalThis.document = { querySelector: () => null };
  globalThis.fetch = async () => ({ ok: false, status: 502, json: async () => JSON.parse("<html>") });
  await assert.rejects(ask("POST", "/console/posters/canvas"), { message: "服务器暂时画不出来，请稍后再试", status: 502 });
  globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
  await assert.rejects(ask("POST", "/console/posters/canvas"), { message: "连接不上服务器，请检查网络后再试", away: true });
});
