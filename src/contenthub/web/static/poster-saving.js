/* Keeping the draft while it is drawn: a moment after each change, told in words; a colleague's
   newer design is never written over unasked. */
import { button, el } from "./poster-dom.js";
import { ask } from "./poster-server.js";

const WAIT_MS = 1500, AGAIN_MS = 8000, ASK_MS = 150, API = "/api/v1/poster-templates";

export class Saving {
  /* `state` has title, design, item_id, template_id, hash; `on.theirs(found)` takes a colleague's. */
  constructor(bar, conflict, { state, on }) {
    Object.assign(this, { bar, conflict, state, on });
    this.turn = this.kept = 0;
    this.timer = 0;
    this.running = null;
    this.isHeld = false;
    window.addEventListener("beforeunload", (event) => {
      if (!this.isDirty) return;
      event.preventDefault();
      event.returnValue = ""; // Chromium before 119 asks only for this
    });
    window.addEventListener("online", () => { if (this.isDirty) this.now(); });
  }
  get isDirty() { return this.turn !== this.kept; }
  /* The bar has room for a few words; why nothing was kept stands whole above the canvas. */
  tell(text, level = "") {
    this.said = this.bar.title = text;
    this.bar.textContent = level === "bad" ? "还没有保存" : text;
    this.bar.dataset.level = level;
    this.conflict.replaceChildren(...(level === "bad" ? [el("div", { class: "note0 bad", role: "alert" }, el("div", {}, text))] : []));
  }
  changed() {
    this.turn += 1;
    this.tell("有修改，马上自动保存");
    this.later(WAIT_MS);
  }
  later(ms) { clearTimeout(this.timer); this.timer = setTimeout(() => this.now(), ms); }

  /* Saves what is there; resolves to whether all of it is kept. */
  now() {
    clearTimeout(this.timer);
    if (this.running) return this.running.then(() => (this.isDirty ? this.now() : true));
    if (!this.isDirty && this.state().template_id) return Promise.resolve(true);
    const { isSavable, faults } = this.state();
    // The server has not said yet whether a draft may be so: a moment more.
    if (isSavable === null) return new Promise((done) => { setTimeout(() => done(this.now()), ASK_MS); });
    this.isHeld = isSavable === false; // until the server says that the fault is gone
    if (this.isHeld) {
      this.tell("还没有保存：" + (faults[0] || { message: "有问题要改" }).message, "bad");
      return Promise.resolve(false);
    }
    const sent = this.turn;
    this.tell("正在保存…");
    this.running = this.send().then((found) => {
      this.kept = sent;
      this.on.saved(found);
      if (this.isDirty) { this.later(WAIT_MS); return false; }
      this.tell("已自动保存 " + new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false }), "ok");
      return true;
    }, (error) => this.refused(error)).then((done) => { this.running = null; return done; });
    return this.running;
  }
  send(hash) {
    const { title, design, item_id, template_id, hash: known } = this.state();
    // Work that is under way is kept with its faults; handing it in is what they stand in the way of.
    if (!template_id) return ask("POST", API, { item_id, title, layers: design, unfinished: true });
    return ask("PUT", API + "/" + template_id + "/draft", { title, layers: design, known_hash: hash || known, unfinished: true });
  }
  refused(error) {
    if (error.away || error.status >= 500) {
      this.tell("还没有保存：" + error.message + "。内容都在本页，稍后自动再试；请先不要关闭", "bad");
      this.later(AGAIN_MS);
    } else if (error.code === "changed_meanwhile") this.clash(error);
    else if (error.status === 401 || error.status === 403) this.tell("登录已过期，内容都在本页：请在新窗口登录后按 Ctrl+S 保存", "bad");
    else {
      this.tell("还没有保存：" + error.message, "bad");
      this.on.refused(error);
    }
    return false;
  }
  clash(error) {
    this.tell("还没有保存：" + error.message, "bad");
    const load = () => ask("GET", API + "/" + this.state().template_id).then((found) => { this.on.theirs(found); }, (wrong) => this.tell(wrong.message, "bad"));
    const mine = () => ask("GET", API + "/" + this.state().template_id).then((found) => this.send(found.revision.hash)).then((found) => { this.kept = this.turn; this.on.saved(found); this.tell("已用您的版本保存", "ok"); }, (wrong) => this.tell(wrong.message, "bad"));
    this.conflict.replaceChildren(el("div", { class: "note0 warn", role: "alert" }, el("div", {}, el("p", {}, error.message + "。"), el("div", { class: "row1" },
      button("载入对方的版本（可撤销回我的）", load, { icon: "refresh" }), button("用我的版本覆盖", mine, { cls: "btn btn-bad btn-sm" })))));
  }
}
