/* Words written where they stand: a field over the canvas, in the poster's own face and size. */
import { boxOf, find } from "./poster-model.js";

const FACE = "contenthub poster";

/* Fetches a typeface of the painter's (the shipped one is 2 MB; kept by the browser for ever). */
export function bringFace(url, name = FACE) {
  if (!window.FontFace) return Promise.resolve();
  const face = new FontFace(name, "url(" + url + ")", { weight: "100 900" });
  document.fonts.add(face);
  return face.load().catch(() => {}); // words are typed in the browser's own face, painted in the right one
}

const brought = new Set();

/* The families of a layer's face, the shipped one and the bank's own that stand in for what both
   lack, as the painter takes them; one that may not leave the server is not shown. */
export function familiesOf(font, spares) {
  const own = font ? [named(font)] : [];
  return [...own, FACE, ...spares.filter((key) => key !== font).map(named)].map((name) => `"${name}"`).join(",") + ",sans-serif";
}
function named(key) {
  const name = FACE + " " + key.slice(0, 16);
  /* Declared alone: a browser fetches it when a character asks for it. */
  if (window.FontFace && !brought.has(key)) document.fonts.add(new FontFace(name, "url(/console/posters/fonts/" + key + "/file)", { weight: "100 900" }));
  brought.add(key);
  return name;
}

export class TextInPlace {
  constructor(host, { state, on, canvas }) {
    Object.assign(this, { host, state, on, canvas });
    this.area = null;
  }
  get isOpen() { return Boolean(this.area); }

  open(id) {
    const at = find(this.state().design, id);
    if (!at || at.layer.locked || !(at.layer.kind === "text" || at.layer.kind === "disclosure")) return false;
    this.close();
    const layer = at.layer, frame = this.canvas.screenBox(boxOf(this.state().design, id)), zoom = this.canvas.zoom;
    const area = document.createElement("textarea"), style = area.style;
    area.className = "ptext";
    area.setAttribute("aria-label", "修改文字，Esc 放弃，Ctrl+Enter 完成");
    area.maxLength = 500;
    area.value = layer.text || (layer.spans || []).map((span) => span.text).join("");
    style.left = frame.x + "px";
    style.top = frame.y + "px";
    style.width = Math.max(80, frame.w + 8) + "px";
    style.height = Math.max(28, frame.h + 8) + "px";
    style.fontSize = Math.max(9, layer.size_px * zoom) + "px";
    style.lineHeight = String(layer.line_height || 1.3);
    style.fontFamily = familiesOf(layer.font, this.state().spare_fonts || []);
    style.fontWeight = String(layer.weight || 400);
    style.letterSpacing = (layer.tracking_px || 0) * zoom + "px";
    style.textAlign = layer.align || "left";
    style.transform = layer.rotation_degrees ? `rotate(${layer.rotation_degrees}deg)` : "";
    if (layer.vertical) style.writingMode = "vertical-rl";
    const before = area.value, isDark = light(layer.colour || "#202020") < 140;
    area.classList.add(isDark ? "dark" : "light");
    style.color = layer.colour || "#202020";
    area.addEventListener("input", () => this.on.change((design) => { const one = find(design, id).layer; one.text = area.value; delete one.spans; }, "text " + id));
    area.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        if (area.value !== before) this.on.undo();
        this.close();
        this.host.focus();
      }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { this.close(); this.host.focus(); }
    });
    area.addEventListener("blur", () => this.close());
    this.area = area;
    this.host.append(area);
    area.focus();
    area.select();
    return true;
  }
  close() {
    const area = this.area;
    if (!area) return;
    this.area = null;
    area.remove();
    this.canvas.draw();
  }
}

function light(colour) {
  const n = parseInt(colour.slice(1), 16);
  return (n >> 16) * 0.3 + ((n >> 8) & 255) * 0.59 + (n & 255) * 0.11;
}
