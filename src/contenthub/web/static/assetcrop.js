/* Cutting a picture: a frame that is dragged, and the same four numbers in fields for the
   keyboard. The server cuts; what is sent are pixels of the picture itself. */
(function () {
  "use strict";
  const doc = document, picture = doc.getElementById("crop-picture"), bar = doc.querySelector("[data-ch-crop]"), form = doc.getElementById("crop-form");
  if (!picture || !bar || !form || !window.Cropper) return;
  const begin = bar.querySelector("[data-ch-crop-on]"), tools = bar.querySelector("[data-ch-crop-tools]");
  const names = { left_px: "x", top_px: "y", width_px: "width", height_px: "height" };
  const fields = Object.keys(names).map((name) => [doc.getElementById("crop-" + name), names[name]]);
  let cropper = null, typing = false;

  function shown() {
    if (typing) return;
    const data = cropper.getData(true), image = cropper.getImageData();
    data.x = Math.max(0, data.x);
    data.y = Math.max(0, data.y);
    data.width = Math.min(data.width, image.naturalWidth - data.x);
    data.height = Math.min(data.height, image.naturalHeight - data.y);
    fields.forEach((pair) => { pair[0].value = data[pair[1]]; });
  }
  begin.addEventListener("click", () => {
    begin.hidden = true;
    tools.hidden = false;
    form.hidden = false;
    cropper = new window.Cropper(picture, { viewMode: 1, autoCropArea: 1, checkOrientation: false, checkCrossOrigin: false, zoomable: false, rotatable: false, scalable: false, responsive: true, crop: shown });
  });
  tools.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-ch-ratio]");
    if (!chip || !cropper) return;
    tools.querySelectorAll("[data-ch-ratio]").forEach((each) => each.setAttribute("aria-pressed", String(each === chip)));
    cropper.setAspectRatio(parseFloat(chip.getAttribute("data-ch-ratio")) || NaN);
  });
  form.addEventListener("input", () => {
    if (!cropper) return;
    const data = {};
    fields.forEach((pair) => { data[pair[1]] = parseInt(pair[0].value, 10) || 0; });
    typing = true;
    cropper.setData(data);
    typing = false;
  });
})();
