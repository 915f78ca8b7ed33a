/* A list beside its detail: which row is shown, J and K, ticked rows; narrow screens open a page.
   Hooks: data-ch-row (URL of a row's detail), data-ch-panel (its link), data-ch-step (±1),
   data-ch-bulk and data-ch-picked (the bar of ticked rows), data-ch-say (a notice to show). */
(function () {
  "use strict";
  const doc = document;
  const rows = () => Array.from(doc.querySelectorAll("[data-ch-row]"));
  const shown = () => rows().findIndex((row) => row.getAttribute("aria-selected") === "true");

  function select(row) {
    rows().forEach((one) => one.removeAttribute("aria-selected"));
    if (row) row.setAttribute("aria-selected", "true");
  }
  doc.addEventListener("click", (event) => {
    const step = event.target.closest("[data-ch-step]");
    if (!step) return;
    const next = rows()[shown() + Number(step.getAttribute("data-ch-step"))];
    const link = next && next.querySelector("[data-ch-panel]");
    if (link) link.click();
  });
  /* a narrow screen has no room beside the list: the link is an ordinary one */
  doc.addEventListener("htmx:confirm", (event) => {
    const link = event.detail.elt;
    if (!link.hasAttribute("data-ch-panel") || window.innerWidth > 991) return;
    event.preventDefault();
    window.location.href = link.href;
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    const row = asked && asked.closest && asked.closest("[data-ch-row]");
    if (!row) return;
    select(row);
    row.scrollIntoView({ block: "nearest" });
    const body = event.detail.target.querySelector(".b");
    if (body) body.scrollTop = 0;
  });

  function countPicked() {
    const bar = doc.querySelector("[data-ch-bulk]");
    if (!bar) return;
    const count = doc.querySelectorAll('input[name="ids"]:checked').length;
    bar.hidden = !count;
    bar.querySelector("[data-ch-picked]").textContent = String(count);
  }
  doc.addEventListener("change", (event) => {
    if (event.target.name === "ids" || event.target.getAttribute("data-ch-all") === "ids") setTimeout(countPicked);
  });
  doc.addEventListener("DOMContentLoaded", () => {
    countPicked();
    const say = doc.querySelector("[data-ch-say]");
    if (!say) return;
    doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: say.getAttribute("data-ch-say"), level: "ok" } }));
    history.replaceState(history.state, "", window.location.pathname);
  });
})();
