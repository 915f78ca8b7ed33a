/* A rail of posters: which one is in the middle, its words below, its backgrounds; arrow keys and
   dots. Pictures are real <img>s: a long press saves them, so the one that is looked at is
   exchanged for the whole picture once the line is idle. Chromium 90 / Safari 14. */
(function () {
  "use strict";
  const doc = document;
  const rail = doc.querySelector("[data-rail]");
  if (!rail) return;
  const along = doc.querySelector("[data-along]"); /* hx-sync there: the newest question counts */
  const slides = Array.from(rail.querySelectorAll("[data-slide]"));
  const dots = Array.from(doc.querySelectorAll("[data-dot]"));
  const line = navigator.connection || {};
  const isThrifty = line.saveData || /2g/.test(line.effectiveType || "");
  const SETTLED_MS = 220, IDLE_MS = 1200;
  let at = -1, settled = 0, idle = 0;

  const picture = (slide) => slide.querySelector(".frame img");
  function watch(slide) {
    const img = picture(slide), frame = img.parentNode, broken = frame.querySelector(".broken");
    const done = (failed) => { frame.classList.remove("loading"); broken.hidden = !failed; };
    img.addEventListener("load", () => done(false));
    /* A published file that does not come (the CDN is away): our own route draws the same one. */
    const failed = () => {
      const drawn = img.dataset.drawn;
      if (drawn && /^https?:/.test(img.dataset.full)) show(img, drawn, drawn);
      else done(true);
    };
    img.addEventListener("error", failed);
    if (img.complete && !img.naturalWidth) failed();
    else if (img.complete) done(false);
    else frame.classList.add("loading");
  }
  function show(img, src, full) {
    img.parentNode.classList.add("loading");
    img.removeAttribute("srcset");
    img.dataset.full = full;
    img.src = src;
  }
  function whole(slide) {
    const img = picture(slide), full = img.dataset.full;
    if (isThrifty || !full || img.currentSrc.endsWith(full)) return;
    const ready = new Image();
    ready.onload = () => {
      if (img.dataset.full !== full) return;
      img.removeAttribute("srcset");
      img.src = full;
    };
    ready.src = full;
  }

  /* What goes along with a poster; with `keeps` its background was chosen just now, for good. */
  function words(slide, keeps) {
    const url = (keeps ? slide.dataset.keepUrl : slide.dataset.shareUrl) + "?background=" + slide.dataset.background;
    window.htmx.ajax("POST", url, { source: along, target: along, swap: "innerHTML" })
      .then(() => { if (along.querySelector(".wait")) refused(slide, keeps); }, () => undefined);
  }
  function refused(slide, keeps) {
    const again = doc.createElement("button");
    again.type = "button";
    again.className = "cp";
    again.textContent = "再试一次";
    again.addEventListener("click", () => words(slide, keeps));
    along.textContent = "配文没有加载出来。";
    along.appendChild(again);
  }

  function turn(index) {
    if (index === at || !slides[index]) return;
    at = index;
    dots.forEach((dot, n) => { if (n === at) dot.setAttribute("aria-current", "true"); else dot.removeAttribute("aria-current"); });
    clearTimeout(settled);
    clearTimeout(idle);
    settled = setTimeout(() => words(slides[at]), SETTLED_MS);
    idle = setTimeout(() => whole(slides[at]), IDLE_MS);
  }
  function middle() {
    const centre = rail.scrollLeft + rail.clientWidth / 2;
    const off = slides.map((s) => Math.abs(s.offsetLeft - rail.offsetLeft + s.offsetWidth / 2 - centre));
    return off.indexOf(Math.min.apply(null, off));
  }
  function go(index) {
    const slide = slides[Math.max(0, Math.min(index, slides.length - 1))];
    const left = slide.offsetLeft - rail.offsetLeft - (rail.clientWidth - slide.offsetWidth) / 2;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    rail.scrollTo({ left: left, behavior: calm ? "auto" : "smooth" });
  }

  let frame = 0;
  rail.addEventListener("scroll", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => turn(middle()));
  });
  doc.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input,select,textarea")) return;
    event.preventDefault();
    go(at + step);
  });
  doc.addEventListener("click", (event) => {
    const dot = event.target.closest("[data-dot]"), back = event.target.closest("[data-back]"), again = event.target.closest("[data-again]");
    if (dot) go(Number(dot.dataset.dot));
    if (again) {
      const img = again.closest(".frame").querySelector("img");
      again.parentNode.hidden = true;
      show(img, img.dataset.full + (img.dataset.full.includes("?") ? "&" : "?") + "again=" + Date.now(), img.dataset.full);
    }
    if (!back) return;
    event.preventDefault();
    const slide = back.closest("[data-slide]");
    back.parentNode.querySelectorAll("[data-back]").forEach((one) => one.removeAttribute("aria-current"));
    back.setAttribute("aria-current", "true");
    slide.dataset.background = back.dataset.back;
    show(picture(slide), back.dataset.src, back.dataset.full);
    turn(slides.indexOf(slide));
    clearTimeout(settled); /* the words of a slide just reached would take the choice's place */
    words(slide, true);
    clearTimeout(idle);
    idle = setTimeout(() => whole(slide), IDLE_MS);
  });
  slides.forEach(watch);
  turn(middle());
})();
