/* The form of an item: pictures go to the bank's own store, the editor's changes count as typing.
   Loaded with defer after jodit and before console.js makes the editors (on DOMContentLoaded).
   Without script the same form posts the picture and the text by itself. */
(function () {
  "use strict";
  const doc = document, UPLOAD = "/api/v1/assets";
  const token = () => (doc.querySelector('meta[name="csrf-token"]') || {}).content || "";

  function problem(text) {
    doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: text, level: "bad" } }));
  }
  function upload(file) {
    const data = new FormData();
    data.append("file", file);
    return fetch(UPLOAD, { method: "POST", body: data, credentials: "same-origin", headers: { "x-csrftoken": token() } })
      .then((answer) => answer.json().then((made) => {
        if (!answer.ok) throw new Error(made.detail || "上传没有成功，请稍后再试");
        return made;
      }));
  }
  function typed(node) {
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }

  if (window.Jodit) {
    /* the library's own uploader speaks to our API; nothing is kept as a data: address */
    Object.assign(window.Jodit.defaultOptions.uploader, {
      url: UPLOAD, insertImageAsBase64URI: false, format: "json", method: "POST",
      imagesExtensions: ["jpg", "jpeg", "png", "webp"],
      filesVariableName: () => "file",
      headers: () => ({ "x-csrftoken": token() }),
      isSuccess: (answer) => Boolean(answer && answer.id),
      getMessage: (answer) => (answer && answer.detail) || "图片没有上传成功",
      process: (answer) => ({ files: answer.url ? [answer.url] : [], path: "", baseurl: "", isImages: [true], error: answer.id ? 0 : 1, msg: answer.detail || "" }),
      defaultHandlerSuccess(data) { (data.files || []).forEach((url) => this.s.insertImage(url)); },
      error(failed) { problem((failed && failed.message) || "图片没有上传成功，请稍后再试"); },
    });
  }
  doc.addEventListener("DOMContentLoaded", () => {
    /* after console.js: its listener was registered when that script ran, before this one */
    setTimeout(() => {
      const made = window.Jodit ? window.Jodit.instances : {};
      Object.keys(made).forEach((key) => {
        const editor = made[key];
        editor.events.on("change", () => {
          editor.synchronizeValues();
          typed(editor.element);
        });
      });
    }, 0);
  });

  /* the cover: uploaded as soon as it is chosen */
  doc.addEventListener("change", (event) => {
    const file = event.target;
    const box = file.closest && file.closest("[data-ch-cover]");
    if (!box || file.type !== "file" || !file.files.length) return;
    event.stopPropagation();
    const wrong = box.querySelector("[data-ch-cover-error]");
    wrong.hidden = true;
    upload(file.files[0]).then((made) => show(box, made.id, made.url)).catch((error) => {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }).finally(() => { file.value = ""; });
  }, true);
  doc.addEventListener("click", (event) => {
    const off = event.target.closest("[data-ch-cover-off]");
    if (off) show(off.closest("[data-ch-cover]"), "", "");
  });
  function show(box, id, url) {
    const hidden = box.querySelector("input[type=hidden]"), picture = box.querySelector("img");
    hidden.value = id;
    picture.hidden = !id;
    if (url) picture.src = url;
    box.querySelector("[data-ch-cover-off]").hidden = !id;
    typed(hidden);
  }
})();
