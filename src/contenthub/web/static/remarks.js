/* A reviewer's remarks beside the author's fields: a line under each field leads to its thread.
   Hooks: data-ch-thread (the field's name), data-ch-field (the form's field box). */
(function () {
  "use strict";
  const doc = document;
  const short = (text) => (text.length > 60 ? text.slice(0, 60) + "…" : text);

  function pin() {
    doc.querySelectorAll("[data-ch-pin]").forEach((one) => one.remove());
    doc.querySelectorAll("[data-ch-thread]:not(.done)").forEach((thread) => {
      const name = thread.getAttribute("data-ch-thread");
      const box = name && Array.from(doc.querySelectorAll("form [data-ch-field]")).find((one) => one.getAttribute("data-ch-field") === name);
      const said = thread.querySelectorAll(".msg");
      if (!box || !said.length) return;
      const line = doc.createElement("div"), link = doc.createElement("a");
      line.className = "pin";
      line.setAttribute("data-ch-pin", "");
      link.href = "#" + thread.id;
      const last = said[said.length - 1];
      link.textContent = last.querySelector("b").textContent + "：" + short(last.querySelector("[data-ch-words]").textContent);
      line.appendChild(link);
      box.appendChild(line);
    });
  }
  doc.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.querySelector && (event.detail.target.id === "remarks" || event.detail.target.hasAttribute("data-ch-remarks"))) pin();
  });
})();
