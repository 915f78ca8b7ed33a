/* What layers and their properties are called, and which property is shown for which kind. */

export const KINDS = {
  picture: "图片", logo: "行标", text: "文字", shape: "图形", gradient: "渐变", qr: "二维码", photo: "员工照片", disclosure: "提示语", group: "组",
};
export const ICONS = {
  picture: "photo", logo: "building-bank", text: "typography", shape: "shape", gradient: "blur", qr: "qrcode", photo: "user", disclosure: "section", group: "box-multiple",
};
/* What the shipped templates' drawings are made of; what their texts are called comes from the server (`learn`). */
export const NAMES = {
  photo: "员工照片", qr: "二维码", logo: "行标", sky: "背景", strip: "底部横条", card: "卡片", "strip-shadow": "横条阴影", "card-shadow": "卡片阴影",
  mark: "行标图案", gift: "礼盒", coins: "金币", rays: "光芒", ring: "圆环", confetti: "彩纸", wheat: "麦穗", lantern: "灯笼", firework: "烟花", moon: "月亮", shield: "盾牌", hill: "山丘", ribbon: "标题横条", foot: "底条", "ad-box": "广告标识框", dash: "短线",
};

const VARIABLES = {};
/* Takes over what layers' ids and variables are called. */
export function learn({ names, variables }) { Object.assign(NAMES, names); Object.assign(VARIABLES, Object.fromEntries(variables)); }
export const nameOf = (layer) => layer.name || NAMES[layer.id] || spoken(words(layer)).slice(0, 14) || KINDS[layer.kind] + " " + layer.id;
const spoken = (text) => text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => VARIABLES[name] || name);
export const words = (layer) => layer.text || (layer.spans || []).map((span) => span.text).join("");

const N = (key, label, min, max, more) => Object.assign({ key, label, type: "number", min, max, step: 1 }, more);
const C = (key, label, more) => Object.assign({ key, label, type: "colour" }, more);
const B = (key, label, more) => Object.assign({ key, label, type: "check" }, more);
const S = (key, label, options, more) => Object.assign({ key, label, type: "select", options }, more);
const WEIGHTS = [[400, "常规"], [500, "中等"], [700, "粗体"], [900, "特粗"]];

const STROKE = (most) => [C("stroke", "描边", { optional: true }), N("stroke_px", "描边宽", 0, most, { fallback: 0 })];
const WRITING = [
  N("size_px", "字号", 8, 600), N("min_size_px", "最小字号", 8, 600, { optional: true, hint: "放不下时自动缩小到这里为止" }),
  S("font", "字体", []), S("weight", "粗细", WEIGHTS, { fallback: 400, isNumber: true }),
  C("colour", "颜色", { fallback: "#202020" }), C("colour_to", "渐变到", { optional: true }),
  S("align", "对齐", [["left", "左"], ["center", "中"], ["right", "右"], ["justify", "两端"]], { fallback: "left" }),
  S("valign", "上下", [["top", "靠上"], ["middle", "居中"], ["bottom", "靠下"]], { fallback: "top" }),
  N("max_lines", "最多行数", 1, 40, { fallback: 1 }), N("line_height", "行距", 1, 3, { fallback: 1.3, step: 0.05 }), N("tracking_px", "字距", -20, 200, { fallback: 0 }),
  B("vertical", "竖排"), B("hang", "行末标点悬挂"), B("autospace", "中英文间留空", { fallback: true }),
  ...STROKE(40),
];

/* What a code opens, and when it ends. */
export const OPENS = {
  share: "打开这条内容，浏览和留资记在员工名下。内容下架或到期后，扫码只看到“内容已下架”和客户经理的联系方式；印在纸上的请改选“员工名片”。",
  card: "打开员工的电子名片，浏览和留资记在员工名下。不随内容下架，换内容不用重印；员工离职后打开的是接手同事的名片。",
  contact: "加员工的企业微信好友。不随内容下架；员工离职或换企业微信账号后六小时内失效，印在纸上的要重印。",
};

/* Of each kind, its own properties; what all kinds have is COMMON. */
export const FIELDS = {
  text: [...WRITING, B("ellipsis", "放不下时用省略号")],
  disclosure: WRITING,
  shape: [
    S("shape", "形状", [["rect", "矩形"], ["rounded", "圆角矩形"], ["ellipse", "椭圆"], ["line", "线"], ["polygon", "多边形"], ["curve", "曲线"], ["rays", "光芒"]], { fallback: "rect" }),
    C("fill", "填充", { optional: true }), ...STROKE(200), N("radius_px", "圆角", 0, 4000, { fallback: 0 }), N("blur_px", "模糊", 0, 200, { fallback: 0 }),
    N("count", "光芒条数", 2, 90, { fallback: 24, when: (layer) => layer.shape === "rays" }),
  ],
  gradient: [
    S("form", "方式", [["linear", "线性"], ["radial", "放射"]], { fallback: "linear" }),
    N("angle_degrees", "角度", 0, 359, { fallback: 90, when: (layer) => layer.form !== "radial" }), N("radius_px", "圆角", 0, 4000, { fallback: 0 }),
  ],
  picture: [
    S("fit", "填充方式", [["cover", "铺满裁切"], ["contain", "完整显示"], ["stretch", "拉伸"]], { fallback: "cover" }), N("radius_px", "圆角", 0, 4000, { fallback: 0 }), ...STROKE(200),
  ],
  qr: [
    S("code", "扫码后打开", [["share", "这条内容（员工的链接）"], ["card", "员工名片"], ["contact", "企业微信「联系我」"]], { fallback: "share" }),
    S("level", "纠错级别", [["auto", "自动"], ["L", "L 低"], ["M", "M 中"], ["Q", "Q 较高"], ["H", "H 高"]], { fallback: "auto" }),
    C("colour", "码点颜色", { fallback: "#101010" }), C("ground", "底色", { fallback: "#ffffff" }),
  ],
  photo: [
    S("form", "外形", [["round", "圆形"], ["rounded", "圆角"]], { fallback: "round" }), N("radius_px", "圆角", 0, 4000, { fallback: 0, when: (layer) => layer.form === "rounded" }),
    N("ring_px", "描边宽", 0, 60, { fallback: 0 }), C("ring", "描边颜色", { fallback: "#ffffff" }),
  ],
  logo: [C("fill", "没有行标时的底色", { fallback: "#c81e28" }), C("ink", "字的颜色", { fallback: "#ffffff" })],
  group: [],
};
export const PLACE = [N("x_px", "左", -8000, 8000), N("y_px", "上", -8000, 8000), N("w_px", "宽", 1, 8000), N("h_px", "高", 1, 8000)];
/* A code and the mandatory text may not be turned, faded or cut: faults.py. */
export const isPlain = (layer) => layer.kind === "qr" || layer.kind === "disclosure";
export const LOOKS = [N("rotation_degrees", "旋转 °", -180, 180, { fallback: 0 }), N("opacity", "不透明度 %", 0, 100, { fallback: 1, percent: true })];
export const SHADOW = [C("colour", "颜色"), N("right_px", "向右", -400, 400, { fallback: 0 }), N("down_px", "向下", -400, 400, { fallback: 0 }), N("blur_px", "模糊", 0, 200, { fallback: 0 }), N("opacity", "不透明度 %", 0, 100, { fallback: 1, percent: true })];
export const CLIPS = [["", "不裁"], ["rounded", "圆角"], ["ellipse", "椭圆"]];
export const TESTS = [["filled", "有内容"], ["empty", "没有内容"], ["one_of", "是其中之一"], ["none_of", "不是其中任何一个"]];

/* New layers, in the middle of a canvas. */
export function fresh(kind, design) {
  const w = design.width_px, h = design.height_px, unit = Math.min(w, h);
  const box = (bw, bh) => ({ x_px: Math.round((w - bw) / 2), y_px: Math.round((h - bh) / 2), w_px: Math.round(bw), h_px: Math.round(bh) });
  const size = Math.max(8, Math.round(unit * 0.06)), least = Math.ceil(h * 0.025);
  const unit24 = Math.max(20, Math.round(w / 45)); // as the mark of starterparts.py
  const code = Math.max(240, Math.floor(unit * 0.26 / 8) * 8);
  return {
    text: { kind: "text", id: "text-1", box: box(unit * 0.7, size * 1.4), size_px: size, text: "双击修改文字", weight: 700 },
    disclosure: { kind: "disclosure", id: "disclosure-1", box: Object.assign(box(w * 0.9, least * 1.4), { y_px: h - Math.round(least * 1.6) }), size_px: least, text: "请填写本类产品的法定提示语", align: "center" },
    ad: { kind: "text", id: "ad", box: { x_px: w - unit24 * 4, y_px: unit24, w_px: unit24 * 3, h_px: Math.round(unit24 * 1.6) }, size_px: unit24, text: "广告", align: "center", valign: "middle", colour: "#ffffff", stroke: "#10202f", stroke_px: 2 },
    rect: { kind: "shape", id: "shape-1", box: box(unit * 0.4, unit * 0.25), shape: "rounded", radius_px: Math.round(unit * 0.02), fill: "#1a56b8" },
    ellipse: { kind: "shape", id: "shape-1", box: box(unit * 0.3, unit * 0.3), shape: "ellipse", fill: "#1a56b8" },
    line: { kind: "shape", id: "line-1", box: box(unit * 0.5, 4), shape: "rect", fill: "#1a56b8" },
    gradient: { kind: "gradient", id: "gradient-1", box: box(unit * 0.5, unit * 0.3), stops: [{ at: 0, colour: "#2a6be0" }, { at: 1, colour: "#173a7a" }] },
    qr: { kind: "qr", id: "qr", box: box(code, code) },
    photo: { kind: "photo", id: "photo", box: box(unit * 0.2, unit * 0.2), ring_px: 6 },
    logo: { kind: "logo", id: "logo", box: box(unit * 0.08, unit * 0.08) },
  }[kind];
}
