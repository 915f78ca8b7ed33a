/* The employee's phone pages beside htmx: csrf header, copy, share, notices.
   Hooks: data-ch-copy="text", data-ch-told="where a copy, share or save is noted", data-ch-share (with data-title, data-text, data-url,
   data-said; data-way and data-picture: h5wecom.js), data-ch-save="page of the picture, or empty: it is on this page" on a download link, data-ch-sheet (a bottom sheet),
   data-ch-confirm="question" on a form, data-ch-close. Chromium 90 / Safari 14. */
(function () {
  "use strict";
  const doc = document;
  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));

  doc.addEventListener("htmx:configRequest", (event) => {
    const meta = doc.querySelector('meta[name="csrf-token"]');
    if (meta) event.detail.headers["x-csrftoken"] = meta.content;
  });

  /* Who has gone on to another page is not called back by what this one asked before they left
     (a page that polls may answer "show yourself anew"). iOS knows no beforeunload: links tell. */
  const LEAVING_MS = 5000;
  let leftAt = 0;
  window.addEventListener("beforeunload", () => { leftAt = Date.now(); });
  doc.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !link.hasAttribute("download") && !event.defaultPrevented) leftAt = Date.now();
  });
  doc.addEventListener("htmx:beforeOnLoad", (event) => {
    const asked = event.detail.requestConfig;
    if (asked && asked.verb === "get" && Date.now() - leftAt < LEAVING_MS) event.preventDefault();
  });

  function toast(text, level) {
    const box = doc.createElement("div");
    box.className = "tst " + (level || "ok");
    box.setAttribute("role", level === "bad" ? "alert" : "status");
    box.textContent = text;
    doc.getElementById("toasts").appendChild(box);
    setTimeout(() => box.remove(), 3500);
  }
  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = doc.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    doc.body.appendChild(area);
    area.select();
    const done = doc.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy"));
  }
  const copied = (text, what) => copyText(text).then(() => toast(what), () => toast("复制失败，请长按选择文字", "bad"));

  /* a script that is copied is used: the bank has to know whom to tell when it is recalled */
  function tellCopied(url) {
    const meta = doc.querySelector('meta[name="csrf-token"]');
    if (!url || !meta) return;
    fetch(url, { method: "POST", credentials: "same-origin", keepalive: true, headers: { "x-csrftoken": meta.content, accept: "application/json" } })
      .then((answer) => (answer.status < 400 ? null : answer.json()))
      .then((problem) => { if (problem) toast(problem.detail || problem.title || "这段话术现在不能用，请不要发出", "bad"); })
      .catch(() => undefined); /* no network: the text is copied all the same */
  }

  function share(node) {
    tellCopied(node.getAttribute("data-ch-told"));
    const handed = window.chWecom && window.chWecom(node);
    if (handed) handed.catch((error) => { if (!/cancel/i.test((error && error.errMsg) || "")) passOn(node); });
    else passOn(node);
  }
  function passOn(node) {
    const data = { title: node.dataset.title || "", text: node.dataset.text || "", url: node.dataset.url };
    if (data.text.includes(data.url)) delete data.url;
    if (navigator.share) navigator.share(data).catch(() => undefined);
    else copied([data.text, data.url].filter(Boolean).join(" "), node.dataset.said || "链接已复制，去微信粘贴发送");
  }
  /* WeChat and WeCom cannot download: there the picture's page is opened, for a long press */
  const isWeChat = /MicroMessenger|wxwork/i.test(navigator.userAgent);
  function closeSheet(node) {
    const sheet = node.closest(".sheet");
    if (!sheet) return false;
    sheet.remove();
    if (opener) opener.focus();
    return true;
  }
  let opener = null;

  doc.addEventListener("click", (event) => {
    const hit = (name) => event.target.closest("[data-ch-" + name + "]");
    let node;
    if ((node = hit("copy"))) { copied(node.getAttribute("data-ch-copy"), "已复制"); tellCopied(node.getAttribute("data-ch-told")); }
    else if ((node = hit("share"))) { event.preventDefault(); share(node); }
    else if ((node = hit("save"))) {
      tellCopied(node.getAttribute("data-ch-told"));
      const page = node.getAttribute("data-ch-save");
      if (isWeChat) { event.preventDefault(); if (page) location.href = page; else toast("请长按上面的图片保存"); }
    }
    else if ((node = hit("close"))) { if (!closeSheet(node)) node.closest(".tst").remove(); }
    else if (event.target.hasAttribute && event.target.hasAttribute("data-ch-sheet")) closeSheet(event.target);
  });
  doc.addEventListener("keydown", (event) => {
    const sheet = doc.querySelector(".sheet");
    if (event.key === "Escape" && sheet) closeSheet(sheet);
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    const sheet = event.detail.target.id === "sheet" && doc.querySelector(".sheet");
    if (!sheet) return;
    opener = event.detail.requestConfig && event.detail.requestConfig.elt.querySelector("button");
    sheet.focus();
  });
  /* one system question is enough on a phone; capture runs ahead of htmx */
  doc.addEventListener("submit", (event) => {
    const question = event.target.getAttribute("data-ch-confirm");
    if (question && !window.confirm(question + "\n" + (event.target.getAttribute("data-ch-text") || ""))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  doc.addEventListener("htmx:sendError", () => toast("网络不通，请稍后再试", "bad"));
  doc.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig && event.detail.requestConfig.verb !== "get") doc.getElementById("problems").textContent = "";
    all(".is-invalid", event.detail.elt).forEach((input) => { input.classList.remove("is-invalid"); input.removeAttribute("aria-invalid"); });
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "problems") return;
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    const form = asked && asked.closest ? asked.closest("form") : null;
    all("[data-ch-wrong]", event.detail.target).forEach((item) => {
      const box = form && all("[data-ch-field]", form).find((b) => b.getAttribute("data-ch-field") === item.getAttribute("data-ch-wrong"));
      const input = box && box.querySelector("input,select,textarea");
      if (input) { input.classList.add("is-invalid"); input.setAttribute("aria-invalid", "true"); }
    });
  });
})();
