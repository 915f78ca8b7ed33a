/* The properties of what is chosen, as fields; of the canvas when nothing is. */
import { button, el, icon } from "./poster-dom.js";
import { find, onGround, palette, recolour, sidePx } from "./poster-model.js";
import { Extras, choosePicture } from "./poster-extras.js";
import { dressIn, families, familyOf, weightOf, weights } from "./poster-faces.js";
import { CLIPS, FIELDS, KINDS, LOOKS, PLACE, SHADOW, isPlain, nameOf } from "./poster-words.js";

let numbered = 0;

/* A labelled field that reports each change: `put(value)`; undefined puts the default back. */
export function field(spec, value, put, { palette: swatches = [] } = {}) {
  numbered += 1;
  const id = "pf-" + numbered, shown = value === undefined || value === null ? spec.fallback : value;
  if (spec.type === "check") return el("label", { class: "form-check pf" }, el("input", { id, type: "checkbox", class: "form-check-input", checked: Boolean(shown), "data-key": spec.key, onchange: (event) => put(event.target.checked) }), el("span", { class: "form-check-label" }, spec.label));
  const label = el("label", { class: "lb", for: id }, spec.label);
  if (spec.type === "select") return el("div", { class: "pf" }, label, el("select", { id, class: "form-select", "data-key": spec.key, onchange: (event) => put(spec.isNumber ? Number(event.target.value) : event.target.value) }, ...spec.options.map(([key, word]) => el("option", { value: String(key), selected: key === shown }, word))));
  if (spec.type === "colour") return colour(spec, shown, put, { id, label, swatches });
  const times = spec.percent ? 100 : 1;
  return el("div", { class: "pf" }, label, el("input", {
    id, type: "number", class: "form-control", min: spec.min, max: spec.max, step: spec.step || 1, value: shown === undefined ? "" : String(Math.round(shown * times * 100) / 100), title: spec.hint, "data-key": spec.key,
    oninput: (event) => {
      const given = event.target.value.trim(), number = Number(given);
      if (!given && spec.optional) put(undefined);
      else if (given && Number.isFinite(number)) put(Math.max(spec.min, Math.min(spec.max, number)) / times);
    },
  }));
}

function colour(spec, shown, put, { id, label, swatches }) {
  const pick = el("input", { id, type: "color", class: "form-control form-control-color", value: shown || "#ffffff", "data-key": spec.key, oninput: (event) => put(event.target.value) });
  const chips = el("div", { class: "chips0", role: "group", "aria-label": spec.label + "：本行和海报里的颜色" }, ...swatches.map((one) => el("button", { type: "button", class: "swatch", "data-colour": one, title: one, "aria-label": "用颜色 " + one, onclick: () => { pick.value = one; put(one); } })));
  chips.querySelectorAll("button").forEach((chip) => { chip.style.backgroundColor = chip.dataset.colour; });
  const off = spec.optional ? el("button", { type: "button", class: "lnk", onclick: () => put(shown ? undefined : "#ffffff") }, shown ? "去掉" : "加上") : "";
  if (spec.optional && !shown) pick.disabled = true;
  return el("div", { class: "pf wide" }, label, el("div", { class: "row1" }, pick, off, chips));
}

export class Fields {
  constructor(host, parts) {
    Object.assign(this, parts, { host });
    this.extras = new Extras(parts);
  }
  /* Draws anew, unless a person types in one of the fields: the field itself is right already. */
  draw(force) {
    const { chosen, design } = this.state(), key = chosen.join(" "), active = document.activeElement;
    const isTyping = active && this.host.contains(active) && active.matches("input,textarea,select");
    if (!force && isTyping && key === this.drawnFor) { this.follow(); return; }
    this.drawnFor = key;
    const layers = chosen.map((id) => find(design, id)).filter(Boolean).map((at) => at.layer);
    const inside = layers.length === 1 ? this.ofLayer(layers[0]) : layers.length ? this.ofMany(layers) : this.ofCanvas(design);
    const held = active && this.host.contains(active) ? active.id : "";
    this.host.replaceChildren(...inside.filter(Boolean));
    // Who works by keyboard goes on from the field that was changed, not from the page's top.
    const again = held && this.host.querySelector("#" + CSS.escape(held));
    if (again) again.focus({ preventScroll: true });
  }
  /* Keeps place fields true while something else changes them. */
  follow() {
    const { chosen, design } = this.state(), at = find(design, chosen[0]);
    if (!at) return;
    PLACE.forEach((spec) => { const one = this.host.querySelector(`[data-key="${spec.key}"]`); if (one && one !== document.activeElement) one.value = String(at.layer.box[spec.key]); });
  }
  set(id, key, value, label) {
    this.on.change((design) => { const layer = find(design, id).layer; if (value === undefined) delete layer[key]; else layer[key] = value; }, "set " + id + " " + (label || key));
  }
  ofLayer(layer) {
    const swatches = [...new Set([...this.state().bank_colours, ...palette(this.state().design, 8)])].slice(0, 9);
    const own = (FIELDS[layer.kind] || []).filter((spec) => !spec.when || spec.when(layer)).map((spec) => this.ofFace(spec, layer) || field(spec, layer[spec.key], (value) => {
      this.own(layer, spec, value);
      if (spec.type !== "number") this.draw(spec.type === "select" || spec.optional);
    }, { palette: swatches }));
    const place = PLACE.map((spec) => field(spec, layer.box[spec.key], (value) => this.on.change((design) => { find(design, layer.id).layer.box[spec.key] = spec.key[0] === "w" || spec.key[0] === "h" ? sidePx(value) : Math.round(value); }, "place " + layer.id + spec.key)));
    const looks = isPlain(layer) ? [] : LOOKS.map((spec) => field(spec, layer[spec.key], (value) => this.set(layer.id, spec.key, value === spec.fallback ? undefined : value)));
    return [
      el("h3", { class: "ph" }, KINDS[layer.kind] + "：" + nameOf(layer)),
      this.faults(layer.id),
      this.extras.content(layer),
      el("div", { class: "pgrid" }, ...own),
      this.part("位置和大小", el("div", { class: "pgrid" }, ...place, ...looks), this.aligning([layer])),
      this.extras.more(layer, swatches),
      isPlain(layer) ? "" : this.part("遮罩", el("div", { class: "pgrid" }, ...this.clip(layer))),
      this.part("阴影", this.shadow(layer, swatches)),
      layer.kind === "disclosure" ? "" : this.extras.rules(layer),
      this.deeds([layer]),
    ];
  }
  /* Family and weight of a bank's own typeface are files of one weight each. */
  ofFace(spec, layer) {
    const faces = this.state().fonts;
    if (spec.key !== "font" && !(spec.key === "weight" && weights(faces, layer.font))) return null;
    const isWeight = spec.key === "weight", now = isWeight ? weightOf(faces, layer.font) : familyOf(faces, layer.font);
    return field(Object.assign({}, spec, { options: isWeight ? weights(faces, layer.font) : families(faces, layer.font) }), now, (value) => {
      this.on.change((design) => {
        const one = find(design, layer.id).layer;
        dressIn(one, faces, isWeight ? familyOf(faces, one.font) : value, isWeight ? value : weightOf(faces, one.font) || one.weight || 400);
      }, "face " + layer.id);
      this.draw(true);
    });
  }
  own(layer, spec, value) {
    const plain = value === spec.fallback || (spec.type === "check" && value === Boolean(spec.fallback));
    this.on.change((design) => {
      const one = find(design, layer.id).layer;
      if (plain || value === undefined) delete one[spec.key]; else one[spec.key] = value;
      if (one.min_size_px > one.size_px) one.min_size_px = one.size_px;
      if (spec.key === "stroke" && value && !one.stroke_px) one.stroke_px = 2;
    }, "set " + layer.id + " " + spec.key);
  }
  part(title, ...inside) { return el("details", { class: "ppart", open: title === "位置和大小" }, el("summary", {}, title), ...inside); }
  faults(id) {
    const mine = this.state().faults.filter((fault) => fault.layer === id);
    return mine.length ? el("div", { class: "note0 bad", role: "alert" }, icon("alert-circle"), el("div", {}, ...mine.map((fault) => el("p", {}, fault.message)))) : "";
  }
  clip(layer) {
    const clip = layer.clip, form = clip ? clip.form : "";
    const options = form && !CLIPS.some((one) => one[0] === form) ? [...CLIPS, [form, form === "curve" ? "曲线" : "多边形"]] : CLIPS;
    return [
      field({ key: "clip", label: "裁成", type: "select", options, fallback: "" }, form, (value) => { this.set(layer.id, "clip", value ? { form: value, radius_px: value === "rounded" ? 24 : 0 } : undefined); this.draw(true); }),
      form === "rounded" ? field({ key: "clip_radius", label: "圆角", type: "number", min: 0, max: 4000 }, clip.radius_px || 0, (value) => this.set(layer.id, "clip", { form, radius_px: Math.round(value) }, "clip radius")) : "",
    ];
  }
  shadow(layer, swatches) {
    const on = field({ key: "shadow", label: "有阴影", type: "check" }, Boolean(layer.shadow), (value) => { this.set(layer.id, "shadow", value ? { colour: "#101828", down_px: 8, blur_px: 12, opacity: 0.35 } : undefined); this.draw(true); });
    const inside = layer.shadow ? SHADOW.map((spec) => field(spec, layer.shadow[spec.key], (value) => this.on.change((design) => { find(design, layer.id).layer.shadow[spec.key] = spec.percent || spec.type === "colour" ? value : Math.round(value); }, "shadow " + layer.id + spec.key), { palette: swatches })) : [];
    return el("div", { class: "pgrid" }, on, ...inside);
  }
  aligning(layers) {
    const one = (edge, name, label) => button("", () => this.on.align(edge), { icon: name, label, cls: "btn btn-line btn-sm ico" });
    const spread = layers.length > 2 ? [button("", () => this.on.distribute("x"), { icon: "layout-distribute-vertical", label: "左右等距", cls: "btn btn-line btn-sm ico" }), button("", () => this.on.distribute("y"), { icon: "layout-distribute-horizontal", label: "上下等距", cls: "btn btn-line btn-sm ico" })] : [];
    return el("div", { class: "row1 tools0", role: "group", "aria-label": layers.length > 1 ? "互相对齐" : "对齐到画布" }, one("left", "layout-align-left", "左对齐"), one("center", "layout-align-center", "左右居中"), one("right", "layout-align-right", "右对齐"), one("top", "layout-align-top", "上对齐"), one("middle", "layout-align-middle", "上下居中"), one("bottom", "layout-align-bottom", "下对齐"), ...spread);
  }
  ofMany(layers) {
    return [el("h3", { class: "ph" }, "选中了 " + layers.length + " 个图层"), this.aligning(layers), this.deeds(layers)];
  }
  deeds(layers) {
    const isGroup = layers.length === 1 && layers[0].kind === "group";
    return el("div", { class: "row1 tools0" },
      layers.length > 1 ? button("成组", () => this.on.group(), { icon: "box-multiple" }) : "", isGroup ? button("解组", () => this.on.ungroup(), { icon: "box-multiple" }) : "",
      layers.length === 1 ? button("上移", () => this.on.order(1), { icon: "arrow-up" }) : "", layers.length === 1 ? button("下移", () => this.on.order(-1), { icon: "arrow-down" }) : "",
      button("复制一份", () => this.on.duplicate(), { icon: "copy" }), button("删除", () => this.on.remove(), { icon: "trash", cls: "btn btn-bad btn-sm" }));
  }
  ofCanvas(design) {
    const sizes = this.state().sizes, same = sizes.find((size) => size.width_px === design.width_px && size.height_px === design.height_px);
    const size = el("select", { id: "pf-size", class: "form-select", onchange: (event) => this.on.resize(sizes.find((one) => one.code === event.target.value)) }, ...(same ? [] : [el("option", { value: "", selected: true }, design.width_px + "×" + design.height_px)]), ...sizes.map((one) => el("option", { value: one.code, selected: one === same }, one.title)));
    const swap = palette(design).map((one, index) => el("input", { type: "color", class: "form-control form-control-color", value: one, "aria-label": "主要颜色 " + (index + 1) + "：" + one, title: one, onchange: (event) => { const to = event.target.value; this.on.change((made) => recolour(made, one, to)); this.draw(true); } }));
    return [
      el("h3", { class: "ph" }, "整张海报"),
      this.faults(""),
      el("div", { class: "pf wide" }, el("label", { class: "lb", for: "pf-size" }, "尺寸"), size, el("div", { class: "hlp" }, "改尺寸会按比例重新摆放所有图层，可以撤销")),
      el("div", { class: "pgrid" }, field({ key: "background", label: "底色", type: "colour", fallback: "#ffffff" }, design.background, (value) => this.on.change((made) => { made.background = value; }, "background")),
        field({ key: "quality", label: "JPG 质量", type: "number", min: 60, max: 95, fallback: 88 }, design.quality, (value) => this.on.change((made) => { made.quality = Math.round(value); }, "quality"))),
      el("div", { class: "row1 tools0" }, button("换背景图", () => choosePicture(this.state().url, (sha) => { let id = ""; this.on.change((made) => { id = onGround(made, sha); }); this.on.choose([id]); }), { icon: "photo-plus" }), el("span", { class: "hlp" }, "换掉最底下铺满画布的图层，可以撤销")),
      el("div", { class: "lb" }, "主要颜色"), el("div", { class: "swatches" }, ...swap), el("div", { class: "hlp" }, "改一种颜色，所有用到它的图层一起变"),
    ];
  }
}
