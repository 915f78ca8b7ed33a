/* A view counts after one visible second and is sent until it is taken; dwell (visible
   time) goes out each time the page hides, the greatest is kept; sharing makes a child link. */
(function () {
  "use strict";
  var d = document, b = d.body.dataset, seen = 0, since = 0, timer = 0, viewed = false, pause = 1000;
  function visible() { return seen + (since ? Date.now() - since : 0); }
  function body(kind) {
    return JSON.stringify({ token: b.beaconToken, kind: kind, visible_ms: Math.round(visible()) });
  }
  function view() {
    fetch(b.beaconUrl, { method: "POST", body: body("view"), headers: { "Content-Type": "application/json" }, keepalive: true })
      .then(function (r) { if (r.status > 499 || r.status == 429) throw r; viewed = true; })
      .catch(function () { pause = Math.min(pause * 2, 6e4); later(pause * (1 + Math.random()) / 2); });
  }
  function later(ms) {
    clearTimeout(timer);
    if (since && !viewed) timer = setTimeout(view, ms);
  }
  function turn() {
    if (d.visibilityState === "visible") {
      if (!since) since = Date.now();
      later(Math.max(0, 1000 - seen));
    } else {
      clearTimeout(timer);
      dwell();
      seen = visible();
      since = 0;
    }
  }
  function dwell() {
    if (visible() > 999 && navigator.sendBeacon) navigator.sendBeacon(b.beaconUrl, new Blob([body("dwell")], { type: "application/json" }));
  }
  if (b.beaconUrl && b.beaconToken) {
    turn();
    d.addEventListener("visibilitychange", turn);
    window.addEventListener("pagehide", dwell);
  }

  function copy(text, note) {
    function done() { note.textContent = "链接已复制，去微信粘贴给朋友"; }
    function fail() { note.textContent = "请长按上面的链接复制"; }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, fail);
    else fail();
  }
  function show(form, url) {
    var box = form.parentNode.querySelector("[data-shared]");
    var note = box.querySelector("[data-note]");
    box.hidden = false;
    box.querySelector("output").textContent = url;
    box.querySelector("button").onclick = function () { copy(url, note); };
    if (navigator.share) navigator.share({ title: d.title, url: url }).catch(function () { copy(url, note); });
    else copy(url, note);
  }
  d.addEventListener("submit", function (e) {
    var form = e.target, button = form.querySelector("[type=submit]");
    if (!form.hasAttribute("data-share")) {
      /* one tap, one lead: a slow network must not send the form twice */
      if (form.sent) e.preventDefault();
      form.sent = true;
      setTimeout(function () { form.sent = false; }, 5000);
      return;
    }
    e.preventDefault();
    button.disabled = true;
    fetch(form.action, { method: "POST", headers: { Accept: "application/json" } })
      .then(function (r) { if (!r.ok) throw r; return r.json(); })
      .then(function (j) { show(form, j.url || location.origin + "/s/" + j.code); })
      .catch(function () { show(form, location.href); })
      .then(function () { button.disabled = false; });
  });
})();
