/* Where a dragged box clicks into place: edges and middles of the canvas and of other layers, an
   8-px grid for codes; aligning and spreading several. Boxes are {x, y, w, h} in canvas px. */
import { around } from "./poster-model.js";

const edges = (box, axis) => {
  const at = axis === "x" ? box.x : box.y, long = axis === "x" ? box.w : box.h;
  return [at, at + long / 2, at + long];
};

/* Returns {x, y, lines}: the box's corner after snapping, and the lines it met:
   {axis, at, from, to}. `reach` is how far it jumps, in canvas px. The canvas's own edges and middle
   come before those of layers: ornaments lie everywhere. */
export function snap(box, others, canvas, { reach = 8, grid = 0 } = {}) {
  const made = { x: box.x, y: box.y, lines: [] };
  ["x", "y"].forEach((axis) => {
    const best = nearest(box, [canvas], axis, reach) || nearest(box, others, axis, reach);
    if (grid) made[axis] = Math.round(box[axis] / grid) * grid;
    else if (best) {
      made[axis] = box[axis] + best.off;
      made.lines.push(line(axis, best.target, box, best.other));
    }
  });
  return made;
}

function nearest(box, others, axis, reach) {
  let best = null;
  others.forEach((other) => {
    edges(other, axis).forEach((target) => {
      edges(box, axis).forEach((own) => {
        const off = target - own;
        if (Math.abs(off) <= reach && (!best || Math.abs(off) < Math.abs(best.off))) best = { off, target, other };
      });
    });
  });
  return best;
}

function line(axis, at, box, other) {
  const cross = axis === "x" ? ["y", "h"] : ["x", "w"];
  const from = Math.min(box[cross[0]], other[cross[0]]);
  const to = Math.max(box[cross[0]] + box[cross[1]], other[cross[0]] + other[cross[1]]);
  return { axis, at, from, to };
}

/* New corners of boxes set to one edge or middle of what holds them all; a single one, of the
   canvas. `edge` is left, center, right, top, middle or bottom. */
export function align(boxes, edge, canvas) {
  const hold = boxes.length > 1 ? around(boxes) : canvas;
  return boxes.map((box) => {
    const x = { left: hold.x, center: hold.x + (hold.w - box.w) / 2, right: hold.x + hold.w - box.w }[edge];
    const y = { top: hold.y, middle: hold.y + (hold.h - box.h) / 2, bottom: hold.y + hold.h - box.h }[edge];
    return { x: Math.round(x === undefined ? box.x : x), y: Math.round(y === undefined ? box.y : y) };
  });
}

/* New corners of three or more boxes with equal gaps between them, along x or y. */
export function distribute(boxes, axis) {
  const side = axis === "x" ? "w" : "h";
  if (boxes.length < 3) return boxes.map((box) => ({ x: box.x, y: box.y }));
  const order = boxes.map((_, index) => index).sort((a, b) => boxes[a][axis] - boxes[b][axis]);
  const hold = around(boxes), filled = boxes.reduce((sum, box) => sum + box[side], 0);
  const gap = (hold[side] - filled) / (boxes.length - 1);
  const made = boxes.map((box) => ({ x: box.x, y: box.y }));
  let at = hold[axis];
  order.forEach((index) => { made[index][axis] = Math.round(at); at += boxes[index][side] + gap; });
  return made;
}
