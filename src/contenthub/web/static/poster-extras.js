/* The properties that are more than one value: words and variables, pictures and their cut,
   a gradient's stops, the pictures employees may choose, rules of visibility. */
import { button, el, say } from "./poster-dom.js";
import { field } from "./poster-fields.js";
import { clone, find } from "./poster-model.js";
import { OPENS, TESTS } from "./poster-words.js";
import { crop } from "./poster-crop.js";
import { ask } from "./poster-server.js";

const PICTURES = "image/jpeg,image/png,image/webp";

/* Asks for one of the bank's pictures; `put` gets its sha256, by which a design names it. */
export function choosePicture(url, put) {
  if (!window.chPick) { say("素材文件暂时打不开，请刷新页面", "bad"); return; }
  window.chPick({ kind: "image", accept: PICTURES, put: (made) => {
    if (made.id) ask("GET", url + "/assets/" + made.id).then((asset) => put(asset.sha256), (error) => say(error.message, "bad"));
  } });
}
const pictureUrl = (state, sha) => state().url + "/pictures/" + sha;

export class Extras {
  constructor(parts) { Object.assign(this, parts); }
  change(id, recipe, key) { this.on.change((design) => recipe(find(design, id).layer), key); }

  content(layer) {
    if (layer.kind === "text" || layer.kind === "disclosure") return this.words(layer);
    if (layer.kind === "picture") return this.picture(layer);
    if (layer.kind === "qr") return el("div", { class: "hlp", "data-key": "opens" }, OPENS[layer.code || "share"]);
    return "";
  }
  more(layer, swatches) {
    if (layer.kind === "gradient") return this.stops(layer, swatches);
    if (layer.kind === "picture") return this.choices(layer);
    if (layer.kind === "qr") return this.logo(layer);
    return "";
  }

  /* ---- words */
  words(layer, { label = "文字", rows = 3 } = {}) {
    if (layer.spans && layer.spans.length) return this.spans(layer);
    const area = el("textarea", { class: "form-control", rows: String(rows), maxlength: "500", "aria-label": label, "data-key": "text", oninput: (event) => this.change(layer.id, (one) => { one.text = event.target.value; }, "text " + layer.id) });
    area.value = layer.text || "";
    return el("div", { class: "pf wide" }, area, this.variables(layer, area), button("分成大小不同的几段", () => { this.change(layer.id, (one) => { one.spans = [{ text: one.text || "文字" }]; delete one.text; }); this.redraw(); }, { cls: "lnk" }));
  }
  variables(layer, area) {
    const known = this.state().variables.filter(([name]) => layer.kind !== "disclosure" || !name.startsWith("employee."));
    const values = this.state().values;
    const pick = el("select", { class: "form-select", "aria-label": "插入变量", onchange: (event) => {
      if (!event.target.value) return;
      area.setRangeText("{{ " + event.target.value + " }}", area.selectionStart, area.selectionEnd, "end");
      event.target.value = "";
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    } }, el("option", { value: "" }, "插入变量…"), ...known.map(([name, word]) => el("option", { value: name }, word + (values[name] ? "（" + values[name].slice(0, 12) + "）" : ""))));
    return pick;
  }
  spans(layer) {
    const parts = layer.spans.map((span, index) => {
      const set = (key, value, plain) => this.change(layer.id, (one) => { if (value === plain || value === undefined) delete one.spans[index][key]; else one.spans[index][key] = value; }, "span " + layer.id + index + key);
      const text = el("input", { class: "form-control", value: span.text, maxlength: "500", "aria-label": "第 " + (index + 1) + " 段文字", oninput: (event) => set("text", event.target.value) });
      return el("div", { class: "stop0" }, text,
        field({ key: "scale" + index, label: "大小 %", type: "number", min: 0.2, max: 4, percent: true, fallback: 1 }, span.scale, (value) => set("scale", value, 1)),
        field({ key: "span_colour" + index, label: "颜色", type: "colour", optional: true }, span.colour, (value) => { set("colour", value); this.redraw(); }),
        button("", () => { this.change(layer.id, (one) => { one.spans.splice(index, 1); if (!one.spans.length) { delete one.spans; one.text = span.text; } }); this.redraw(); }, { icon: "trash", label: "删去第 " + (index + 1) + " 段", cls: "btn btn-line btn-sm ico" }));
    });
    return el("div", { class: "pf wide" }, ...parts, el("div", { class: "row1" },
      button("加一段", () => { this.change(layer.id, (one) => one.spans.push({ text: "文字" })); this.redraw(); }, { icon: "plus" }),
      button("合成一段", () => { this.change(layer.id, (one) => { one.text = one.spans.map((span) => span.text).join(""); delete one.spans; }); this.redraw(); }, { cls: "lnk" })));
  }

  /* ---- pictures */
  picture(layer) {
    const isOwn = layer.asset.length === 64;
    return el("div", { class: "pf wide" }, isOwn ? el("img", { class: "pthumb", src: pictureUrl(this.state, layer.asset), alt: "现在的图片" }) : "", el("div", { class: "row1" },
      button("换一张", () => choosePicture(this.state().url, (sha) => { this.change(layer.id, (one) => { one.asset = sha; delete one.crop; }); this.redraw(); }), { icon: "photo" }),
      isOwn ? button("裁剪", () => crop({ url: pictureUrl(this.state, layer.asset), cut: layer.crop, box: layer.box, put: (cut) => { this.change(layer.id, (one) => { if (cut) one.crop = cut; else delete one.crop; }); this.redraw(); } }), { icon: "crop" }) : ""));
  }
  choices(layer) {
    const offered = layer.choices || [];
    const shown = offered.map((sha, index) => el("li", {}, el("img", { class: "pthumb", src: pictureUrl(this.state, sha), alt: "可换的第 " + (index + 1) + " 张" }), button("", () => { this.change(layer.id, (one) => { one.choices.splice(index, 1); if (!one.choices.length) delete one.choices; }); this.redraw(); }, { icon: "x", label: "去掉可换的第 " + (index + 1) + " 张", cls: "btn btn-line btn-sm ico" })));
    return el("details", { class: "ppart", open: offered.length > 0 }, el("summary", {}, "员工可以换的背景"), el("div", { class: "hlp" }, "最多 8 张，都随海报一起审核；员工在手机上自己换"), el("ul", { class: "pchoices" }, ...shown),
      offered.length < 8 ? button("加一张", () => choosePicture(this.state().url, (sha) => { this.change(layer.id, (one) => { one.choices = [...(one.choices || []), sha]; }); this.redraw(); }), { icon: "photo-plus" }) : "");
  }
  logo(layer) {
    return el("div", { class: "pf wide" }, el("div", { class: "lb" }, "中间的标志"), el("div", { class: "row1" }, layer.logo && layer.logo.length === 64 ? el("img", { class: "pthumb", src: pictureUrl(this.state, layer.logo), alt: "二维码中间的标志" }) : "",
      button(layer.logo ? "换一个" : "放一个标志", () => choosePicture(this.state().url, (sha) => { this.change(layer.id, (one) => { one.logo = sha; }); this.redraw(); }), { icon: "photo" }),
      layer.logo ? button("去掉", () => { this.change(layer.id, (one) => { delete one.logo; }); this.redraw(); }, { cls: "lnk" }) : ""));
  }

  /* ---- the stops of a gradient: a strip to see, and of each stop its place, colour, opacity */
  stops(layer, swatches) {
    const strip = el("div", { class: "gstrip", role: "img", "aria-label": "渐变预览" });
    const rgba = (stop) => { const n = parseInt(stop.colour.slice(1), 16); return `rgba(${n >> 16},${(n >> 8) & 255},${n & 255},${stop.opacity === undefined ? 1 : stop.opacity})`; };
    const sorted = layer.stops.slice().sort((a, b) => a.at - b.at);
    strip.style.backgroundImage = "linear-gradient(90deg," + sorted.map((stop) => rgba(stop) + " " + stop.at * 100 + "%").join(",") + ")";
    const rowsOf = layer.stops.map((stop, index) => {
      const set = (key, value) => this.change(layer.id, (one) => { one.stops[index][key] = value; }, "stop " + layer.id + index + key);
      return el("div", { class: "stop0" },
        field({ key: "at" + index, label: "位置 %", type: "number", min: 0, max: 1, percent: true }, stop.at, (value) => set("at", Math.max(0, Math.min(1, value)))),
        field({ key: "stop" + index, label: "颜色", type: "colour" }, stop.colour, (value) => set("colour", value), { palette: swatches.slice(0, 4) }),
        field({ key: "op" + index, label: "不透明 %", type: "number", min: 0, max: 1, percent: true, fallback: 1 }, stop.opacity, (value) => set("opacity", Math.max(0, Math.min(1, value)))),
        layer.stops.length > 2 ? button("", () => { this.change(layer.id, (one) => one.stops.splice(index, 1)); this.redraw(); }, { icon: "trash", label: "删去第 " + (index + 1) + " 个颜色", cls: "btn btn-line btn-sm ico" }) : "");
    });
    const add = () => { this.change(layer.id, (one) => { const last = one.stops[one.stops.length - 1], before = one.stops[one.stops.length - 2]; one.stops.splice(one.stops.length - 1, 0, Object.assign(clone(last), { at: (last.at + before.at) / 2 })); }); this.redraw(); };
    return el("details", { class: "ppart", open: true }, el("summary", {}, "渐变的颜色"), strip, ...rowsOf, layer.stops.length < 8 ? button("加一个颜色", add, { icon: "plus" }) : "");
  }

  /* ---- rules: when the layer shows */
  rules(layer) {
    const shown = layer.show || [], known = this.state().rule_variables;
    const rows = shown.map((rule, index) => {
      const set = (key, value) => { this.change(layer.id, (one) => { one.show[index][key] = value; }, "rule " + layer.id + index + key); };
      const listed = rule.test === "one_of" || rule.test === "none_of";
      return el("div", { class: "stop0" },
        field({ key: "variable" + index, label: "看哪一项", type: "select", options: known }, rule.variable, (value) => set("variable", value)),
        field({ key: "test" + index, label: "条件", type: "select", options: TESTS, fallback: "filled" }, rule.test, (value) => { set("test", value); this.redraw(); }),
        listed ? el("input", { class: "form-control", value: (rule.values || []).join("、"), placeholder: "用顿号分开", "aria-label": "第 " + (index + 1) + " 条的取值", oninput: (event) => set("values", event.target.value.split(/[、,，]/).map((one) => one.trim()).filter(Boolean)) }) : "",
        button("", () => { this.change(layer.id, (one) => { one.show.splice(index, 1); if (!one.show.length) delete one.show; }); this.redraw(); }, { icon: "trash", label: "删去第 " + (index + 1) + " 条", cls: "btn btn-line btn-sm ico" }));
    });
    return el("details", { class: "ppart", open: shown.length > 0 }, el("summary", {}, "显示条件"), shown.length ? "" : el("div", { class: "hlp" }, "没有条件：一直显示"), ...rows,
      shown.length < 8 ? button("加一条条件", () => { this.change(layer.id, (one) => { one.show = [...(one.show || []), { variable: "employee.phone" }]; }); this.redraw(); }, { icon: "plus" }) : "");
  }
}
