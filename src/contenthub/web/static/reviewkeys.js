/* The keys of 审核中心: A and R look first whether a reason is still missing, 1–9 pick one,
   and after a decision the next subject opens without leaving the queue (review.js does J and K).
   Hooks: data-ch-decided (URL of a row that is done), data-ch-next, data-ch-said, data-ch-figures (of the chips, in their order). */
(function () {
  "use strict";
  const doc = document;
  const byId = (id) => doc.getElementById(id);
  const rowOf = (url) => Array.from(doc.querySelectorAll("[data-ch-row]")).find((row) => row.getAttribute("data-ch-row") === url);
  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

  function press(button) {
    if (button && !button.disabled) button.click();
  }
  /* true when something has to be written first: its field has the cursor then */
  function waitsFor(field) {
    if (!field || field.value.trim()) return false;
    const single = Array.from(doc.querySelectorAll('#decide input[name="reason"]'));
    if (field.id === "kept" && single.length && single.every((one) => one.value.trim())) return false;
    field.focus();
    return true;
  }
  function typing(event) {
    const field = event.target;
    if (event.key === "Escape") { field.blur(); return; }
    if (event.key !== "Enter" || !field.closest("#decide") || event.isComposing) return;
    if (field.id === "kept" || field.name === "reason") { stop(event); press(byId("approve")); }
    else if (field.id === "comment" && (event.ctrlKey || event.metaKey)) { stop(event); press(byId("give-back")); }
  }
  function showKeys() {
    const box = byId("keys");
    if (!box || !window.bootstrap) return;
    /* closed, it would keep the cursor, and the keys with it */
    box.addEventListener("hidden.bs.modal", () => { if (doc.activeElement) doc.activeElement.blur(); }, { once: true });
    window.bootstrap.Modal.getOrCreateInstance(box).show();
  }
  function pick() {
    const row = doc.querySelector('[data-ch-row][aria-selected="true"]');
    const box = row && row.querySelector('input[name="ids"]:not(:disabled)');
    if (box) box.click();
  }
  const keys = {
    a: () => Boolean(byId("approve")) && !byId("approve").disabled && waitsFor(byId("kept")),
    r: () => waitsFor(byId("comment")),
    x: () => { pick(); return true; },
    c: () => { const field = doc.querySelector(".remark input[name=text]"); if (field) field.focus(); return Boolean(field); },
    "?": () => { showKeys(); return true; },
  };
  /* capture: ahead of the console's own keys, which press the button with this letter */
  doc.addEventListener("keydown", (event) => {
    const inside = event.target.closest ? event.target : doc.body;
    if (inside.closest(".modal.show")) return;
    if (inside.closest("input:not([type=checkbox]),textarea,select,[contenteditable]")) { typing(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /* a key held down would decide the next one before anybody saw it */
    if (event.repeat && /^[ar]$/i.test(event.key)) { stop(event); return; }
    if (/^[1-9]$/.test(event.key)) {
      const chip = doc.querySelectorAll('[data-ch-fill="comment"]')[Number(event.key) - 1];
      /* the next digit is another reason, no letter of this one */
      if (chip) { stop(event); chip.click(); if (doc.activeElement) doc.activeElement.blur(); }
      return;
    }
    const act = keys[event.key.toLowerCase()];
    if (act && act()) stop(event);
  }, true);
  doc.addEventListener("click", (event) => {
    if (event.target.closest("[data-ch-keys]")) showKeys();
  });

  /* htmx gives the cursor to the next subject's field of the same name: the keys want it back */
  function release(target) {
    if (target.contains(doc.activeElement)) doc.activeElement.blur();
  }
  function select(url) {
    doc.querySelectorAll("[data-ch-row]").forEach((row) => row.removeAttribute("aria-selected"));
    const row = url && rowOf(url);
    if (row) { row.setAttribute("aria-selected", "true"); row.scrollIntoView({ block: "nearest" }); }
  }
  function countPicked() {
    const box = doc.querySelector('input[name="ids"]');
    if (box) box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function leave(part) {
    const done = Array.from(part.querySelectorAll("[data-ch-decided]"));
    done.forEach((one) => {
      const row = rowOf(one.getAttribute("data-ch-decided"));
      if (row) row.remove();
    });
    if (done.length) countPicked();
    return done[0];
  }
  function waiting(told) {
    const figures = told.getAttribute("data-ch-figures").trim().split(/\s+/);
    doc.querySelectorAll(".rev .tabs em").forEach((count) => { count.textContent = figures[0]; });
    doc.querySelectorAll(".rev .views .chip b").forEach((count, place) => { count.textContent = figures[place]; });
    const here = doc.querySelector(".rev .pager > span");
    if (here) here.textContent = `本页 ${doc.querySelectorAll("[data-ch-row]").length} 条`;
  }
  /* what stood beside the list may be among those just decided: the next one takes its place */
  function afterMany(result) {
    if (!leave(result)) return;
    waiting(result.querySelector("[data-ch-figures]"));
    if (doc.querySelector("[data-ch-row][aria-selected]")) return;
    const next = doc.querySelector("[data-ch-row] [data-ch-panel]");
    if (next) next.click(); else window.location.assign("/console/reviews");
  }
  /* what was asked holds for what was ticked then */
  doc.addEventListener("change", (event) => {
    const box = byId("bulk-result");
    const isPick = event.target.name === "ids" || event.target.getAttribute("data-ch-all") === "ids";
    if (isPick && box && box.querySelector('[name="sure"]')) box.textContent = "";
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "bulk-result") afterMany(target);
    if (target.id !== "review") return;
    const done = leave(target);
    if (!done) return;
    release(target);
    select(done.getAttribute("data-ch-next"));
    waiting(done);
    const said = done.getAttribute("data-ch-said");
    if (said) doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: said, level: "ok" } }));
    const problems = byId("problems"), body = target.querySelector(".b");
    if (problems) problems.textContent = "";
    if (body) body.scrollTop = 0;
  });
})();
