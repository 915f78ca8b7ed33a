/* Cutting a picture of the design: a frame over the whole picture; kept as shares of its sides. */
import { say } from "./poster-dom.js";

export function crop({ url, cut, box, put }) {
  const dialog = document.getElementById("poster-crop"), picture = dialog.querySelector("img");
  const modal = window.bootstrap.Modal.getOrCreateInstance(dialog);
  let cropper = null;
  const begin = () => {
    cropper = new window.Cropper(picture, { viewMode: 1, autoCropArea: 1, aspectRatio: box.w_px / box.h_px, zoomable: false, rotatable: false, scalable: false, checkOrientation: false, checkCrossOrigin: false, ready: () => {
      const all = cropper.getImageData();
      if (cut) cropper.setData({ x: cut.left * all.naturalWidth || 0, y: cut.top * all.naturalHeight || 0, width: (cut.width || 1) * all.naturalWidth, height: (cut.height || 1) * all.naturalHeight });
    } });
  };
  const share = (value, whole) => Math.max(0, Math.min(1, Math.round(value / whole * 10000) / 10000));
  const keep = () => {
    const all = cropper.getImageData(), data = cropper.getData();
    const made = { left: share(data.x, all.naturalWidth), top: share(data.y, all.naturalHeight), width: share(data.width, all.naturalWidth), height: share(data.height, all.naturalHeight) };
    if (made.width && made.height) put(made);
    else say("没有选中画面，请拖出要保留的部分", "warn");
    modal.hide();
  };
  const whole = () => { put(null); modal.hide(); };
  const free = (event) => cropper && cropper.setAspectRatio(event.target.checked ? box.w_px / box.h_px : NaN);
  const on = [["[data-ch-crop-keep]", "click", keep], ["[data-ch-crop-whole]", "click", whole], ["[data-ch-crop-form]", "change", free]];
  on.forEach(([selector, event, act]) => dialog.querySelector(selector).addEventListener(event, act));
  dialog.querySelector("[data-ch-crop-form]").checked = true;
  dialog.addEventListener("shown.bs.modal", begin, { once: true });
  dialog.addEventListener("hidden.bs.modal", () => {
    if (cropper) cropper.destroy();
    on.forEach(([selector, event, act]) => dialog.querySelector(selector).removeEventListener(event, act));
  }, { once: true });
  picture.src = url;
  modal.show();
}
