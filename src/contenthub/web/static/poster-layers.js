/* The list of layers, topmost first: choosing, naming, hiding, locking, ordering by hand and by
   keyboard. Pieces of one drawing share a row that can be opened. */
import { el, icon } from "./poster-dom.js";
import { find, rows, reorder, reorderTo } from "./poster-model.js";
import { isAway } from "./poster-sizing.js";
import { ICONS, NAMES, nameOf } from "./poster-words.js";

export class LayerList {
  constructor(host, { state, on, canvas }) {
    Object.assign(this, { host, state, on, canvas });
    this.open = new Set();
    this.naming = "";
    host.addEventListener("keydown", (event) => this.key(event));
  }

  draw() {
    if (this.naming && this.host.querySelector("input")) return; // an answer of the server must not end the typing of a name
    const { design, chosen } = this.state(), focused = document.activeElement && this.host.contains(document.activeElement) ? document.activeElement.dataset.row : "";
    const lines = () => Array.from(this.host.querySelectorAll("[data-row]")), place = lines().findIndex((line) => line.dataset.row === focused);
    const list = el("ul", { class: "plist", "aria-label": "图层，从上到下" });
    rows(design.layers).forEach((row) => (row.stem ? this.drawing(list, row) : this.branch(list, row.members[0], 0)));
    this.host.replaceChildren(list);
    // Where a layer was deleted, the next one has its place: the keyboard is not sent to the page's top.
    const again = focused && (this.host.querySelector(`[data-row="${focused}"]`) || lines()[Math.min(place, lines().length - 1)]);
    if (again) { again.focus({ preventScroll: true }); this.reveal(again); }
    const first = chosen.join(" ") !== this.shownFor && this.host.querySelector(".prow1.on");
    this.shownFor = chosen.join(" ");
    if (first) this.reveal(first);
    const field = this.host.querySelector("input");
    if (field) { field.focus(); field.select(); }
  }
  /* Scrolls the list alone: on a phone the page must stay where a finger is dragging. */
  reveal(row) {
    const at = row.getBoundingClientRect(), view = this.host.getBoundingClientRect();
    if (at.top < view.top) this.host.scrollTop -= view.top - at.top;
    else if (at.bottom > view.bottom) this.host.scrollTop += at.bottom - view.bottom;
  }
  drawing(list, row) {
    const { chosen } = this.state(), ids = row.members.map((layer) => layer.id), key = row.members[row.members.length - 1].id;
    const isOpen = this.open.has(key) || (chosen.length === 1 && ids.includes(chosen[0]));
    const line = this.line({ label: (NAMES[row.stem] || "图案 " + row.stem) + "（" + ids.length + " 个）", name: "shape", pressed: ids.every((id) => chosen.includes(id)), row: "pieces-" + key, choose: () => this.on.choose(ids) });
    line.prepend(this.small(isOpen ? "chevron-down" : "chevron-right", isOpen ? "收起" : "展开", () => { if (isOpen) this.open.delete(key); else this.open.add(key); this.draw(); }, { "aria-expanded": String(isOpen) }));
    line.append(this.eye(ids), this.lock(ids));
    list.append(line);
    if (isOpen) row.members.forEach((layer) => this.branch(list, layer, 1));
  }
  branch(list, layer, depth) {
    list.append(this.one(layer, depth));
    if (layer.kind === "group") layer.layers.slice().reverse().forEach((inner) => this.branch(list, inner, depth + 1));
  }
  one(layer, depth) {
    const { chosen, faults, hidden } = this.state(), mine = faults.filter((fault) => fault.layer === layer.id);
    if (this.naming === layer.id) return this.renaming(layer, depth);
    const line = this.line({ label: nameOf(layer), name: ICONS[layer.kind] || "shape", pressed: chosen.includes(layer.id), row: layer.id, depth, choose: (event) => this.choose(layer.id, event) });
    if (mine.length) line.querySelector("button.nm").append(el("span", { class: "flt", title: mine.map((fault) => fault.message).join("；") }, icon("alert-circle"), el("span", { class: "visually-hidden" }, "有问题")));
    if (hidden.has(layer.id)) line.querySelector("button.nm").append(el("span", { class: "m", title: "显示条件不成立，这位员工的海报上没有它" }, "不显示"));
    if (mine.some((fault) => isAway(fault, this.state().design))) line.append(this.small("focus-centered", "移回画布", () => this.on.bringBack(layer.id), { class: "sm flt" }));
    line.append(this.eye([layer.id]), this.lock([layer.id]));
    if (!depth || find(this.state().design, layer.id).parent) this.draggable(line, layer.id);
    line.querySelector("button.nm").addEventListener("dblclick", () => { this.naming = layer.id; this.draw(); });
    return line;
  }
  line({ label, name, pressed, row, depth = 0, choose }) {
    return el("li", { class: "prow1" + (pressed ? " on" : "") + (depth ? " in" + Math.min(depth, 3) : "") }, el("button", { type: "button", class: "nm", "aria-pressed": String(pressed), "data-row": row, onclick: choose }, icon(name), el("span", { class: "one" }, label)));
  }
  small(name, label, onclick, more) { return el("button", Object.assign({ type: "button", class: "sm", "aria-label": label, title: label, onclick }, more), icon(name)); }
  eye(ids) {
    const off = ids.every((id) => this.canvas.hiddenHere.has(id));
    if (!ids.every((id) => this.canvas.nodes.has(id))) return el("span", { class: "sm" });
    return this.small(off ? "eye-off" : "eye", off ? "在画布上重新显示" : "编辑时先隐藏（海报上仍然有）", () => {
      ids.forEach((id) => (off ? this.canvas.hiddenHere.delete(id) : this.canvas.hiddenHere.add(id)));
      this.canvas.draw();
      this.draw();
    }, { "aria-pressed": String(off) });
  }
  lock(ids) {
    const { design } = this.state(), on = ids.every((id) => (find(design, id) || { layer: {} }).layer.locked);
    return this.small(on ? "lock" : "lock-open", on ? "解锁" : "锁定，不被误拖", () => this.on.change((made) => ids.forEach((id) => {
      const layer = find(made, id).layer;
      if (on) delete layer.locked; else layer.locked = true;
    })), { "aria-pressed": String(on) });
  }
  choose(id, event) {
    const { chosen } = this.state(), adds = event.shiftKey || event.ctrlKey || event.metaKey;
    this.on.choose(adds ? (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]) : [id]);
  }
  renaming(layer, depth) {
    const done = (keeps) => {
      if (this.naming !== layer.id) return;
      this.naming = "";
      const name = field.value.trim().slice(0, 40);
      if (keeps && name !== nameOf(layer)) this.on.change((design) => { const one = find(design, layer.id).layer; if (name) one.name = name; else delete one.name; });
      else this.draw();
    };
    const field = el("input", { class: "form-control", value: nameOf(layer), maxlength: "40", "aria-label": "图层名称", onblur: () => done(true), onkeydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    } });
    return el("li", { class: "prow1" + (depth ? " in" + Math.min(depth, 3) : "") }, field);
  }
  draggable(line, id) {
    line.draggable = true;
    line.addEventListener("dragstart", (event) => { this.held = id; event.dataTransfer.setData("text/plain", id); event.dataTransfer.effectAllowed = "move"; });
    line.addEventListener("dragover", (event) => { event.preventDefault(); line.classList.toggle("up", event.offsetY < line.offsetHeight / 2); line.classList.toggle("dn", event.offsetY >= line.offsetHeight / 2); });
    line.addEventListener("dragleave", () => line.classList.remove("up", "dn"));
    line.addEventListener("drop", (event) => { event.preventDefault(); const held = this.held, isAbove = line.classList.contains("up"); if (held) this.on.change((design) => reorderTo(design, held, id, isAbove)); });
  }
  /* Up and down walk the list, with Alt they order the layer; left and right move it on the canvas,
     Enter goes there; F2 names it. */
  key(event) {
    const row = event.target.dataset && event.target.dataset.row, all = [...this.host.querySelectorAll("button.nm")], step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row) return;
    if (event.key === "F2" && !row.startsWith("pieces-")) { event.preventDefault(); this.naming = row; this.draw(); }
    const right = { ArrowLeft: -1, ArrowRight: 1 }[event.key], isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
    if (isPlain && (right || (event.key === "Enter" && !event.shiftKey))) {
      event.preventDefault();
      event.stopPropagation();
      if (event.target.getAttribute("aria-pressed") !== "true") event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      if (right) this.on.nudge(right * (event.shiftKey ? 10 : 1), 0); else this.on.enter(row);
      return;
    }
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) this.on.change((design) => reorder(design, row, -step));
    else { const next = all[all.indexOf(event.target) + step]; if (next) next.focus(); }
  }
}
