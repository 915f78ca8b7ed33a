/* Choosing a file: a dialog with the bank's files, a search, and an upload. A field keeps the
   file's id, and what a person sees is its name and picture; the rich text (richtext.js) asks
   by chPick and puts the picture where it wants. */
(function () {
  "use strict";
  const doc = document, dialog = doc.getElementById("asset-pick");
  if (!dialog || !window.bootstrap || !window.htmx) return;
  const modal = window.bootstrap.Modal.getOrCreateInstance(dialog);
  const body = dialog.querySelector("[data-ch-picks]"), find = dialog.querySelector("[data-ch-pick-find]"), file = dialog.querySelector("[data-ch-pick-file]"), said = dialog.querySelector("[data-ch-pick-said]");
  let wanted = null, timer = 0;

  /* want: kind and accept of the files, `many` lets several be uploaded at once, put(made) gets
     {id, name, url} of each */
  function pick(want) {
    wanted = want;
    find.value = "";
    said.hidden = true;
    file.accept = want.accept;
    file.multiple = Boolean(want.many);
    load("");
    modal.show();
  }
  window.chPick = pick;

  function load(cursor) {
    const query = new URLSearchParams({ kind: wanted.kind, q: find.value, cursor: cursor || "" });
    window.htmx.ajax("GET", "/console/assets/pick?" + query.toString(), { target: body, swap: cursor ? "beforeend" : "innerHTML" });
  }
  doc.addEventListener("click", (event) => {
    const open = event.target.closest("[data-ch-pick]");
    if (open) {
      const box = open.closest("[data-ch-pickbox]");
      pick({ kind: box.getAttribute("data-ch-kind"), accept: box.getAttribute("data-ch-accept"), put: (made) => put(box, made) });
      return;
    }
    const off = event.target.closest("[data-ch-pick-off]");
    if (off) { put(off.closest("[data-ch-pickbox]"), { id: "", name: "", url: "" }); return; }
    const more = event.target.closest("[data-ch-more]");
    if (more && dialog.contains(more)) { const next = more.getAttribute("data-ch-more"); more.parentNode.remove(); load(next); return; }
    const chosen = event.target.closest("[data-ch-choose]");
    if (chosen && dialog.contains(chosen)) {
      wanted.put({ id: chosen.getAttribute("data-ch-choose"), name: chosen.getAttribute("data-ch-name"), url: chosen.getAttribute("data-ch-url") });
      modal.hide();
    }
  });
  find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => load(""), 300); });
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  file.addEventListener("change", () => {
    if (!file.files.length || !window.chSend) return;
    const many = Array.from(file.files), want = wanted;
    const one = (n) => {
      const which = many.length > 1 ? "第 " + (n + 1) + "/" + many.length + " 个 " : "";
      const progress = (share) => tell(which + (share < 1 ? "正在上传 " + Math.floor(share * 100) + "%" : "正在检查…"), false);
      progress(0);
      return window.chSend(many[n], "", progress, () => {}).then((made) => {
        want.put({ id: made.id, name: made.filename, url: made.url });
        return n + 1 < many.length ? one(n + 1) : undefined;
      });
    };
    one(0).then(() => { said.hidden = true; modal.hide(); }, (error) => tell(error.message, true)).then(() => { file.value = ""; });
  });
  function tell(text, bad) {
    said.textContent = text;
    said.className = bad ? "err" : "m";
    said.hidden = false;
  }
  function put(box, made) {
    const cover = box.closest("[data-ch-cover]");
    if (cover) { doc.dispatchEvent(new CustomEvent("ch-cover", { detail: { box: cover, id: made.id, url: made.url } })); return; }
    const hidden = box.querySelector("input[type=hidden]"), shown = box.querySelector("[data-ch-pick-name]"), off = box.querySelector("[data-ch-pick-off]");
    hidden.value = made.id;
    if (shown) shown.textContent = made.name || "还没有选择";
    if (off) off.hidden = !made.id;
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }
})();
