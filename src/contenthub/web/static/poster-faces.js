/* Typefaces as people choose them: a family and its weights. A design names the file of one weight.
   Faces are {key, family, weight}; weight 0 is a file that has every weight. */

const of = (faces, key) => faces.find((face) => face.key === (key || "")) || null;
const named = { 100: "极细", 200: "纤细", 300: "细", 400: "常规", 500: "中等", 600: "中粗", 700: "粗体", 800: "特粗", 900: "特粗" };

/* What a list of typefaces offers: [family, word]; one that is no longer the bank's is said to be so. */
export function families(faces, key) {
  const found = [...new Set(faces.map((face) => face.family))].map((family) => [family, family]);
  return of(faces, key) ? found : [["", "已停用的字体，请换一个"], ...found];
}
export const familyOf = (faces, key) => (of(faces, key) || { family: "" }).family;

/* The weights a face's family has: [weight, word]; null where the design's own weight decides. */
export function weights(faces, key) {
  const mine = of(faces, key);
  if (mine && !mine.weight) return null;
  const found = mine ? faces.filter((face) => face.family === mine.family).map((face) => face.weight) : [];
  return [...new Set(found)].sort((a, b) => a - b).map((weight) => [weight, named[weight] || String(weight)]);
}
export const weightOf = (faces, key) => (of(faces, key) || { weight: 0 }).weight;

/* Gives a layer the family's face that is nearest to a weight. */
export function dressIn(layer, faces, family, weight) {
  const near = faces.filter((face) => face.family === family).sort((a, b) => Math.abs(a.weight - weight) - Math.abs(b.weight - weight))[0];
  if (!near) return;
  if (near.key) layer.font = near.key; else delete layer.font;
}
