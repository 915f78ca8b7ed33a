/* Choosing a file for a field: a dialog with the bank's files, a search, and an upload.
   The field keeps the file's id; what a person sees is its name and picture. */
(function () {
  "use strict";
  const doc = document, dialog = doc.getElementById("asset-pick");
  if (!dialog || !window.bootstrap || !window.htmx) return;
  const modal = window.bootstrap.Modal.getOrCreateInstance(dialog);
  const body = dialog.querySelector("[data-ch-picks]"), find = dialog.querySelector("[data-ch-pick-find]"), file = dialog.querySelector("[data-ch-pick-file]"), said = dialog.querySelector("[data-ch-pick-said]");
  let box = null, timer = 0;

  function load(cursor) {
    const query = new URLSearchParams({ kind: box.getAttribute("data-ch-kind"), q: find.value, cursor: cursor || "" });
    window.htmx.ajax("GET", "/console/assets/pick?" + query.toString(), { target: body, swap: cursor ? "beforeend" : "innerHTML" });
  }
  doc.addEventListener("click", (event) => {
    const open = event.target.closest("[data-ch-pick]");
    if (open) {
      box = open.closest("[data-ch-pickbox]");
      find.value = "";
      said.hidden = true;
      file.accept = box.getAttribute("data-ch-accept");
      load("");
      modal.show();
      return;
    }
    const off = event.target.closest("[data-ch-pick-off]");
    if (off) { box = off.closest("[data-ch-pickbox]"); put("", "", ""); return; }
    const more = event.target.closest("[data-ch-more]");
    if (more && dialog.contains(more)) { const next = more.getAttribute("data-ch-more"); more.parentNode.remove(); load(next); return; }
    const chosen = event.target.closest("[data-ch-choose]");
    if (chosen && dialog.contains(chosen)) {
      put(chosen.getAttribute("data-ch-choose"), chosen.getAttribute("data-ch-name"), chosen.getAttribute("data-ch-url"));
      modal.hide();
    }
  });
  find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => load(""), 300); });
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  file.addEventListener("change", () => {
    if (!file.files.length || !window.chSend) return;
    tell("正在上传…", false);
    window.chSend(file.files[0], "", (share) => tell(share < 1 ? "正在上传 " + Math.floor(share * 100) + "%" : "正在检查…", false), () => {}).then((made) => {
      said.hidden = true;
      put(made.id, made.filename, made.url);
      modal.hide();
    }, (error) => tell(error.message, true)).then(() => { file.value = ""; });
  });
  function tell(text, bad) {
    said.textContent = text;
    said.className = bad ? "err" : "m";
    said.hidden = false;
  }
  function put(id, name, url) {
    const cover = box.closest("[data-ch-cover]");
    if (cover) { doc.dispatchEvent(new CustomEvent("ch-cover", { detail: { box: cover, id: id, url: url } })); return; }
    const hidden = box.querySelector("input[type=hidden]"), shown = box.querySelector("[data-ch-pick-name]");
    hidden.value = id;
    shown.textContent = name || "还没有选择";
    box.querySelector("[data-ch-pick-off]").hidden = !id;
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }
})();
