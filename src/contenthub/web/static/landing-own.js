/* What this browser signed up for is asked for apart, once the form is in sight: the page itself
   is the same for everybody. */
(function () {
  "use strict";
  var signing = document.querySelector("form[data-mine]");
  if (!signing || !window.IntersectionObserver) return;
  function offer(held) {
    var box = signing.parentNode, note = box.querySelector("[data-held]"), full = box.querySelector("[data-full]");
    var people = signing.querySelector("[name=people]");
    note.textContent = "您已报名 " + held.seats + " 位" + (held.signups > 1 ? "（" + held.signups + " 次报名）" : "") + "；要改人数或信息，填报名时的手机号，改好再提交一次";
    note.hidden = signing.hidden = false;
    if (full) full.hidden = true;
    signing.querySelector("[type=submit]").textContent = "修改报名";
    if (!people) return;
    if (held.most) people.length = Math.min(people.length, held.most);
    for (var n = people.options.length + 1; n <= held.most; n++) people.add(new Option(n + " 位", n));
    if (held.signups === 1 && people.selectedIndex === 0) people.value = held.seats;
  }
  var watch = new IntersectionObserver(function (seen) {
    if (!seen.some(function (one) { return one.isIntersecting; })) return;
    watch.disconnect();
    fetch(signing.dataset.mine, { headers: { Accept: "application/json" }, cache: "no-store" })
      .then(function (r) { return r.ok ? r.json() : { seats: 0 }; })
      .then(function (held) { if (held.seats) offer(held); })
      .catch(function () { /* the form stands as it is for everybody */ });
  });
  watch.observe(signing.parentNode);
})();
