/* <ch-poster-editor>: the drag editor of a poster. Holds the state and its history; the canvas, the
   panels and the keyboard tell it what to change, and are drawn anew from what it then is. */
import { Canvas } from "./poster-canvas.js";
import { button, el, say } from "./poster-dom.js";
import { Fields } from "./poster-fields.js";
import { History } from "./poster-history.js";
import { keys } from "./poster-keys.js";
import { LayerList } from "./poster-layers.js";
import { above, boxOf, clone, find, freshId, group, ids, layerOf, moved, paste, remove, reorder, ungroup } from "./poster-model.js";
import { Sprites, ask, latest } from "./poster-server.js";
import { Saving } from "./poster-saving.js";
import { bringBack, isAway, resized } from "./poster-sizing.js";
import { align, distribute } from "./poster-snap.js";
import { TextInPlace, bringFace } from "./poster-text.js";
import { Texts } from "./poster-texts.js";
import { choosePicture } from "./poster-extras.js";
import { fresh, learn } from "./poster-words.js";

const PREVIEW_MS = 200, PREVIEW_PX = 720, READING_MS = 700;
let copied = []; /* outlives nothing but the page */

class PosterEditor extends HTMLElement {
  connectedCallback() {
    const told = JSON.parse(document.getElementById("poster-data").textContent);
    this.state = Object.assign({ chosen: [], faults: [], drawn: [], read: [], remarks: [], fixes: {}, hidden: new Set(), values: {}, showsSafe: false, showsTruth: false, isPanning: false }, told);
    learn(told);
    this.history = new History(this.snapshot());
    const state = () => this.state, on = this.deeds();
    this.on = on;
    this.sprites = new Sprites({ url: this.state.url, state, told: (answer, design) => this.told(answer, design), drawn: (id) => this.canvas.redress(id) });
    this.canvas = new Canvas(this.part("canvas"), { state, sprites: this.sprites, on });
    this.text = new TextInPlace(this.part("canvas"), { state, on, canvas: this.canvas });
    this.list = new LayerList(this.part("layers"), { state, on, canvas: this.canvas });
    this.fields = new Fields(this.part("fields"), { state, on, redraw: () => this.fields.draw(true) });
    this.texts = new Texts(this.part("texts"), { state, on });
    this.saving = new Saving(this.part("saved"), this.part("conflict"), { state, on });
    this.preview = latest(() => this.fetchPreview(), PREVIEW_MS);
    this.reading = latest(() => this.fetchReading(), READING_MS);
    this.bind();
    keys(on);
    new ResizeObserver(() => this.canvas.resize()).observe(this.part("canvas"));
    this.isLoading = true;
    this.draw();
    this.preview(0);
    this.jump();
    bringFace(this.state.face_url).then(() => { this.dataset.face = "here"; });
  }
  /* Opens the tab an address names (#texts), or chooses its layer, as links from faults do:
     #f-layers-headline-text. */
  jump() {
    const tab = [...this.querySelectorAll("[role=tab]")].find((one) => location.hash === "#" + one.dataset.tab);
    if (tab) { this.tab(tab.dataset.tab); return; }
    const named = (/^#f-layers-(.+)$/.exec(location.hash) || [])[1];
    const found = named && [...ids(this.state.design)].filter((id) => named === id || named.startsWith(id + "-")).sort((a, b) => b.length - a.length)[0];
    if (found) this.on.choose([found]);
  }
  part(name) { return this.querySelector(`[data-part="${name}"]`); }
  snapshot() { return { title: this.state.title, design: this.state.design }; }

  /* ---- changing */
  change(recipe, key = "") {
    const design = clone(this.state.design);
    recipe(design);
    if (JSON.stringify(design) === JSON.stringify(this.state.design)) { this.draw(); return; }
    this.state.design = design;
    this.kept(key);
  }
  kept(key) {
    this.history.push(this.snapshot(), key, performance.now());
    this.after();
  }
  after() {
    const known = ids(this.state.design);
    this.state.chosen = this.state.chosen.filter((id) => known.has(id));
    this.state.isSavable = null;
    this.saving.changed();
    this.draw();
    this.sprites.refresh();
    this.preview();
    this.state.isRead = false;
    this.reading();
  }
  restore(step) {
    this.querySelector('[name="title"]').value = this.state.title = step.title;
    this.replace(step.design);
  }
  replace(design) {
    const before = this.state.design, isOther = before.width_px !== design.width_px || before.height_px !== design.height_px;
    this.state.design = design;
    this.after();
    this.fields.draw(true);
    this.drawTexts(true);
    if (isOther) this.canvas.fit();
  }
  draw() {
    this.canvas.draw();
    this.list.draw();
    this.fields.draw();
    this.drawTexts();
    this.querySelector('[data-deed="undo"]').disabled = !this.history.canUndo;
    this.querySelector('[data-deed="redo"]').disabled = !this.history.canRedo;
    this.drawFaults();
  }
  drawTexts(force) { if (!this.part("panel-texts").hidden) this.texts.draw(force); }
  drawFaults() {
    const { faults, remarks, isRead } = this.state, host = this.part("faults");
    host.replaceChildren(...faults.map((fault) => this.faultOf(fault, "fault0")), ...remarks.map((fault) => this.faultOf(fault, "fault0 remark0")));
    const sound = isRead ? "没有发现问题" + (remarks.length ? "，" + remarks.length + " 处建议" : "") : "正在检查文字…";
    this.part("fault-count").textContent = faults.length ? faults.length + " 处要改" : sound;
    this.part("fault-count").title = faults.length ? "" : "提交审核时再为每一位员工画一遍";
    this.part("fault-count").dataset.level = faults.length ? "bad" : isRead ? "ok" : "";
  }
  /* A fault that leads to its layer, with what one click mends. */
  faultOf(fault, cls) {
    const goes = button(fault.message, () => { this.on.choose(fault.layer ? [fault.layer] : []); this.tab("fields"); }, { cls });
    const mends = isAway(fault, this.state.design) ? button("移回画布", () => this.on.bringBack(fault.layer), { icon: "focus-centered" })
      : fault.field === "text" && this.state.fixes[fault.layer] ? button("换成变量", () => this.on.mend(fault.layer), { icon: "variable" }) : null;
    return mends ? el("span", { class: "away0" }, goes, mends) : goes;
  }
  /* What is wrong is told by who draws the layers and by who reads the texts. */
  gather() {
    const seen = new Set(), key = (one) => one.layer + "|" + one.message;
    this.state.faults = [...this.state.drawn, ...this.state.read].filter((one) => !seen.has(key(one)) && seen.add(key(one)));
  }
  fetchReading() {
    const { design, item_id, employee_id } = this.state;
    return ask("POST", this.state.url + "/reading", { design, item_id, employee_id }).then((answer) => {
      if (design !== this.state.design) return;
      Object.assign(this.state, { read: answer.faults, remarks: answer.remarks, fixes: answer.fixes, isRead: true });
      this.gather();
      this.list.draw();
      this.drawTexts();
      this.drawFaults();
    }, (error) => {
      this.part("fault-count").textContent = error.message;
      if (error.away || error.status >= 500) setTimeout(() => this.reading(0), 15000);
    });
  }

  /* ---- what the server says */
  told(answer, design) {
    const isNewest = design === this.state.design;
    if (isNewest) this.state.isSavable = answer.error ? undefined : answer.is_savable;
    if (answer.error) { this.part("fault-count").textContent = answer.error.message; return; }
    Object.assign(this.state, { drawn: answer.faults, hidden: new Set(answer.hidden), values: answer.values });
    this.gather();
    if (isNewest && answer.is_savable && this.saving.isDirty && this.saving.isHeld) this.saving.later(100);
    if (!this.canvas.isDragging) this.canvas.draw();
    this.list.draw();
    this.drawTexts();
    this.drawFaults();
    if (this.isLoading && (answer.faults.length || this.state.design.layers.every((layer) => this.sprites.of(layer)))) this.loaded();
  }
  /* Until every layer has its picture, the whole poster stands in for them: it is asked for first. */
  loaded() {
    this.isLoading = false;
    this.dataset.ready = "true";
    this.reading(0);
    if (!this.state.showsTruth) this.canvas.showTruth(null);
  }
  get wantsPreview() { return this.isLoading || this.state.showsTruth || !this.part("panel-truth").hidden; }
  fetchPreview() {
    if (!this.wantsPreview) return null;
    const { design, item_id, employee_id } = this.state, began = performance.now();
    this.part("truth").setAttribute("aria-busy", "true");
    return ask("POST", this.state.url + "/preview", { design, item_id, employee_id, width_px: PREVIEW_PX }).then((answer) => {
      this.dataset.previewMs = String(Math.round(performance.now() - began));
      const image = this.part("truth-picture");
      image.hidden = !answer.src;
      this.part("truth-why").textContent = answer.faults.map((fault) => fault.message).join("；");
      if (!answer.src) { this.canvas.showTruth(null); return null; }
      image.src = answer.src;
      return image.decode().then(() => { if (this.state.showsTruth || this.isLoading) this.canvas.showTruth(image); });
    }).catch((error) => { this.part("truth-why").textContent = error.message; }).then(() => {
      this.part("truth").removeAttribute("aria-busy");
      if (!this.isBegun) { this.isBegun = true; this.sprites.refresh(0); }
    });
  }
  truth(on) {
    this.state.showsTruth = on;
    this.querySelector('[data-deed="truth"]').setAttribute("aria-pressed", String(on));
    if (on) this.preview(0); else this.canvas.showTruth(null);
  }
  tab(name) {
    this.querySelectorAll("[role=tab]").forEach((tab) => {
      const is = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      this.part("panel-" + tab.dataset.tab).hidden = !is;
    });
    if (name === "truth") this.preview(0);
    if (name === "texts") this.texts.draw(true);
    if (name === "tryout") this.tryout();
  }
  /* Ten employees who are hardest on a design, drawn from what is saved. */
  tryout() {
    const host = this.part("tryout");
    host.textContent = "正在保存并绘制…";
    this.saving.now().then((kept) => {
      if (kept) window.htmx.ajax("GET", "/console/posters/" + this.state.template_id + "/tryout", { target: host, swap: "innerHTML" });
      else host.textContent = this.saving.said;
    });
  }

  /* ---- what hands, keys and panels may do */
  deeds() {
    const chosen = () => this.state.chosen, free = () => chosen().filter((id) => !(layerOf(this.state.design, id) || {}).locked);
    const pick = (found) => { this.state.chosen = found; this.draw(); };
    const place = (boxes, corners) => this.change((design) => free().forEach((id, index) => { const box = boxes[index], layer = find(design, id).layer; moved(layer, corners[index].x - box.x, corners[index].y - box.y); }));
    const paper = () => ({ x: 0, y: 0, w: this.state.design.width_px, h: this.state.design.height_px });
    const boxes = () => free().map((id) => boxOf(this.state.design, id));
    return {
      change: (recipe, key) => this.change(recipe, key),
      choose: (found) => { if (found.join() !== chosen().join()) pick(found); },
      mend: (id) => { const text = this.state.fixes[id]; if (text) this.change((design) => { find(design, id).layer.text = text; }, "mend " + id); },
      open: (id) => { pick([id]); if (!this.text.open(id)) this.tab("fields"); },
      edit: () => { if (chosen().length === 1 && !this.text.open(chosen()[0])) this.tab("fields"); },
      undo: () => { if (this.history.canUndo) this.restore(this.history.undo()); },
      redo: () => { if (this.history.canRedo) this.restore(this.history.redo()); },
      save: () => this.saving.now().then((done) => { if (!done && this.saving.isDirty) say(this.saving.said, "warn"); }),
      copy: () => { const own = chosen().map((id) => layerOf(this.state.design, id)).filter(Boolean); if (own.length) { copied = clone(own); say("已复制 " + own.length + " 个图层", "ok"); } },
      cut: () => { this.on.copy(); this.on.remove(); },
      paste: () => { let made = []; if (copied.length) this.change((design) => { made = paste(design, copied, 24, 24); }); if (made.length) pick(made); },
      duplicate: () => { const own = chosen().map((id) => layerOf(this.state.design, id)).filter(Boolean); let made = []; if (own.length) this.change((design) => { made = paste(design, own, 24, 24); }); if (made.length) pick(made); },
      remove: () => { const gone = free(); if (gone.length) this.change((design) => remove(design, gone)); else if (chosen().length) say("选中的图层锁定了，请先在图层列表里解锁", "warn"); },
      nudge: (dx, dy) => { const all = free(); if (all.length) this.change((design) => all.forEach((id) => moved(find(design, id).layer, dx, dy)), "nudge " + all.join()); else if (chosen().length) say("选中的图层锁定了，请先在图层列表里解锁", "warn"); return all.length > 0; },
      enter: (row) => { this.cameFrom = row; this.part("canvas").focus(); },
      all: () => pick(this.state.design.layers.filter((layer) => !layer.locked).map((layer) => layer.id)),
      group: () => { let id = ""; if (chosen().length) this.change((design) => { id = group(design, chosen()); }); if (id) pick([id]); else say("只有在同一层的图层才能成组", "warn"); },
      ungroup: () => { let inner = []; if (chosen().length === 1) this.change((design) => { inner = ungroup(design, chosen()[0]); }); if (inner.length) pick(inner); },
      order: (steps) => { if (chosen().length === 1) this.change((design) => reorder(design, chosen()[0], steps)); },
      align: (edge) => { const own = boxes(); place(own, align(own, edge, paper())); },
      distribute: (axis) => { const own = boxes(); place(own, distribute(own, axis)); },
      bringBack: (id) => { this.change((design) => bringBack(design, id)); pick([id]); },
      resize: (size) => { if (size) this.become(resized(this.state.design, size)); },
      zoom: (now) => { this.part("zoom").textContent = Math.round(now * 100) + "%"; },
      closer: (factor) => this.canvas.closer(factor),
      fit: () => this.canvas.fit(),
      pan: (on) => { this.state.isPanning = on; this.part("canvas").classList.toggle("panning", on); },
      toFields: () => { this.tab("fields"); this.part("panel-fields").scrollIntoView(); },
      toLayers: () => this.part("layers-head").scrollIntoView(),
      toAdd: () => this.part("add").scrollIntoView(),
      truth: () => this.truth(!this.state.showsTruth),
      saved: (found) => this.wasSaved(found),
      refused: () => this.sprites.refresh(0),
      theirs: (found) => { this.state.hash = found.revision.hash; this.querySelector('[name="title"]').value = this.state.title = found.title; this.become(found.revision.layers); },
    };
  }
  /* Another design in this one's place; the one before is a step back. */
  become(design) {
    this.history.push({ title: this.state.title, design }, "", performance.now());
    this.replace(design);
  }
  wasSaved(found) {
    const isNew = !this.state.template_id;
    Object.assign(this.state, { template_id: found.id, hash: found.revision.hash });
    if (isNew) window.history.replaceState(window.history.state, "", "/console/posters/" + found.id + "/edit");
    document.querySelectorAll("[data-after-save]").forEach((link) => { link.hidden = false; link.href = "/console/posters/" + found.id; });
  }
  add(kind) {
    const put = (layer) => {
      let id = "";
      this.change((design) => { layer.id = id = freshId(ids(design), layer.id); design.layers.splice(above(design, layer), 0, layer); });
      this.on.choose([id]);
      this.tab("fields");
    };
    if (kind !== "picture") { put(fresh(kind, this.state.design)); return; }
    const { width_px: w, height_px: h } = this.state.design, side = Math.round(Math.min(w, h) * 0.4);
    choosePicture(this.state.url, (sha) => put({ kind: "picture", id: "picture-1", asset: sha, fit: "contain", box: { x_px: Math.round((w - side) / 2), y_px: Math.round((h - side) / 2), w_px: side, h_px: side } }));
  }
  /* Draws it for everybody first: what stands in the way is shown on its layer. */
  submit(button) {
    button.disabled = true;
    const { design, item_id, employee_id } = this.state;
    const done = () => { button.disabled = false; };
    this.saving.now().then((kept) => {
      if (!kept) throw new Error(this.saving.said);
      return ask("POST", this.state.url + "/check", { design, item_id, employee_id });
    }).then((found) => {
      if (found.faults.length) { this.state.read = found.faults; this.gather(); this.draw(); throw new Error(found.faults[0].message); }
      return ask("POST", "/api/v1/poster-templates/" + this.state.template_id + "/submit");
    }).then(() => { window.location.assign("/console/posters/" + this.state.template_id); }, (error) => { done(); say(error.message, "bad"); });
  }

  bind() {
    this.addEventListener("click", (event) => {
      const deed = event.target.closest("[data-deed]"), adds = event.target.closest("[data-add]"), tab = event.target.closest("[role=tab]"), submit = event.target.closest("[data-submit]");
      if (deed) this.on[deed.dataset.deed](deed.dataset.by ? Number(deed.dataset.by) : undefined);
      else if (adds) this.add(adds.dataset.add);
      else if (tab) this.tab(tab.dataset.tab);
      else if (submit) this.submit(submit);
    });
    this.addEventListener("keydown", (event) => {
      const tab = event.target.closest("[role=tab]"), step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!tab || !step) return;
      event.preventDefault();
      const all = [...this.querySelectorAll("[role=tab]")], next = all[(all.indexOf(tab) + step + all.length) % all.length];
      this.tab(next.dataset.tab);
      next.focus();
    });
    const canvas = this.part("canvas");
    canvas.addEventListener("focusout", (event) => { if (!canvas.contains(event.relatedTarget)) this.cameFrom = ""; });
    // Who came from a row of the list goes back to it, the layer still chosen.
    canvas.addEventListener("keydown", (event) => {
      const row = event.key === "Escape" && event.target === canvas && this.cameFrom && this.part("layers").querySelector(`[data-row="${this.cameFrom}"]`);
      if (row) { event.preventDefault(); row.focus(); }
    });
    this.querySelector('[name="title"]').addEventListener("input", (event) => { this.state.title = event.target.value; this.kept("title"); });
    // Who is shown stays chosen, even after a search that found nobody.
    this.addEventListener("htmx:configRequest", (event) => { if (event.target.name === "q" && this.state.employee_id) event.detail.parameters.employee_id = this.state.employee_id; });
    // A search changes the list from outside, without a word from the browser; nobody found changes nothing.
    this.querySelector("#employee").addEventListener("htmx:afterSwap", ({ target }) => { if (target.value && target.value !== this.state.employee_id) target.dispatchEvent(new Event("change")); });
    this.querySelector("#employee").addEventListener("change", (event) => { this.state.employee_id = event.target.value || null; this.sprites.refresh(0); this.preview(0); this.reading(0); });
    this.querySelector("[data-safe]").addEventListener("change", (event) => { this.state.showsSafe = event.target.checked; this.canvas.marked(); });
  }
}

customElements.define("ch-poster-editor", PosterEditor);
