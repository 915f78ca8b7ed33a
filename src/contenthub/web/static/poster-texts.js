/* All words of a poster one below the other, for who changes only words or does not see the canvas. */
import { button, el, icon } from "./poster-dom.js";
import { Extras } from "./poster-extras.js";
import { reading } from "./poster-model.js";
import { nameOf } from "./poster-words.js";

export class Texts {
  constructor(host, parts) {
    Object.assign(this, parts, { host });
    this.extras = new Extras(Object.assign({}, parts, { redraw: () => this.draw(true) }));
  }
  /* Draws anew, unless a person types in one of the fields; what is wrong is told either way. */
  draw(force) {
    const { design, faults, remarks, fixes } = this.state(), layers = reading(design), active = document.activeElement;
    const isTyping = active && this.host.contains(active) && active.matches("textarea,input,select");
    if (force || !isTyping) {
      const at = active && this.host.contains(active) && active.id;
      this.host.replaceChildren(el("p", { class: "hlp" }, layers.length ? "大括号里的变量会换成已审核内容或员工资料里的文字，不要直接写利率" : "这张海报没有文字"), ...layers.map((layer) => this.row(layer)));
      if (at) { const again = document.getElementById(at); if (again) again.focus(); }
    }
    layers.forEach((layer) => {
      const why = this.host.querySelector(`[data-why="${layer.id}"]`), mine = faults.filter((fault) => fault.layer === layer.id);
      if (!why) return;
      const advice = remarks.filter((one) => one.layer === layer.id).map((one) => el("span", { class: "hlp" }, one.message));
      const mends = fixes[layer.id] ? [button("换成变量", () => this.on.mend(layer.id), { icon: "variable" })] : [];
      why.replaceChildren(...mine.map((fault) => el("span", { class: "err" }, icon("alert-circle"), fault.message)), ...advice, ...mends);
    });
  }
  row(layer) {
    return el("section", { class: "ptext0", "aria-labelledby": "pt-" + layer.id }, el("h3", { class: "ph" }, el("button", { type: "button", class: "lnk", id: "pt-" + layer.id, title: "在画布上选中", onclick: () => this.on.choose([layer.id]) }, nameOf(layer))),
      layer.locked ? el("p", {}, layer.text || "") : this.extras.words(layer, { label: nameOf(layer), rows: (layer.text || "").length > 20 ? 2 : 1 }), el("div", { "data-why": layer.id, role: "status" }));
  }
}
