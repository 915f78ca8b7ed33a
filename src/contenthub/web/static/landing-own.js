/* What this browser signed up for is asked for apart: the page is the same for everybody. Only a
   browser that once sent such a form asks at all. */
(function () {
  "use strict";
  var d = document;
  function kept(value) {
    try { if (value) localStorage.setItem("ch-signed-up", value); return localStorage.getItem("ch-signed-up"); } catch (e) { return ""; }
  }
  function offer(form, held) {
    var people = form.querySelector("[name=people]"), note = form.parentNode.querySelector("[data-held]");
    var full = form.parentNode.querySelector("[data-full]");
    note.textContent = "您已报名 " + held.seats + " 位" + (held.signups > 1 ? "（" + held.signups + " 次报名）" : "") + "；要改人数或信息，填报名时的手机号，改好再提交一次";
    note.hidden = false;
    form.hidden = false;
    if (full) full.hidden = true;
    form.querySelector("[type=submit]").textContent = "修改报名";
    for (var n = people && held.most ? people.options.length + 1 : 1; people && n <= held.most; n++) people.add(new Option(n + " 位", n));
    if (people && held.signups === 1 && people.selectedIndex === 0) people.value = held.seats;
  }
  var signing = d.querySelector("form[data-mine]");
  if (signing && kept()) {
    fetch(signing.dataset.mine, { headers: { Accept: "application/json" }, cache: "no-store" })
      .then(function (r) { return r.ok ? r.json() : { seats: 0 }; })
      .then(function (held) { if (held.seats) offer(signing, held); })
      .catch(function () { /* the form stands as it is for everybody */ });
  }
  d.addEventListener("submit", function (e) { if (e.target.dataset.mine) kept("1"); });
})();
