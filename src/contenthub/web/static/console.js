/* The console's behaviour beside htmx: csrf header, theme, confirm dialog, field errors,
   copy, keys. Every hook is a data-ch-… attribute (listed in templates/ui/macros.html).
   Written for Chromium 90 and Safari 14; no eval, no inline style. */
(function () {
  "use strict";
  const doc = document, root = doc.documentElement;
  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));
  const byId = (id) => doc.getElementById(id);

  /* csrf: every htmx request carries the token of the page */
  doc.addEventListener("htmx:configRequest", (event) => {
    const meta = doc.querySelector('meta[name="csrf-token"]');
    if (meta) event.detail.headers["x-csrftoken"] = meta.content;
  });

  /* notices */
  function toast(text, level) {
    const region = byId("toasts");
    if (!region) return;
    const box = doc.createElement("div");
    box.className = "tst " + (level || "ok");
    box.setAttribute("role", level === "bad" ? "alert" : "status");
    box.textContent = text;
    region.appendChild(box);
    setTimeout(() => box.remove(), 5000);
  }
  function expireToasts() {
    all("[data-ch-toast]:not([data-ch-timed])").forEach((box) => {
      box.setAttribute("data-ch-timed", "");
      if (!box.classList.contains("bad")) setTimeout(() => box.remove(), 6000);
    });
  }
  /* what saves by itself says so in its own place */
  const isQuiet = (event) => event.detail && event.detail.elt && event.detail.elt.hasAttribute("data-ch-quiet");
  doc.addEventListener("htmx:sendError", (event) => { if (!isQuiet(event)) toast("连接不上服务器，请检查网络后再试", "bad"); });
  doc.addEventListener("htmx:timeout", (event) => { if (!isQuiet(event)) toast("服务器很久没有回答，请稍后再试", "bad"); });
  /* a server-sent HX-Trigger {"ch-toast": {"text": …, "level": …}} */
  doc.addEventListener("ch-toast", (event) => toast(event.detail.text || event.detail.value || "", event.detail.level));

  /* wrong fields: the refusal names them, we mark them in the form that asked */
  function clearMarks(part) {
    all(".err", part).forEach((node) => {
      if (!node.closest("[data-ch-field]")) return;
      if (node.hasAttribute("data-ch-cover-error")) { node.hidden = true; return; } /* the form's own place for it */
      all('[aria-describedby~="' + node.id + '"]', part).forEach((input) => {
        const left = input.getAttribute("aria-describedby").split(" ").filter((x) => x && x !== node.id);
        input.setAttribute("aria-describedby", left.join(" "));
      });
      node.remove();
    });
    all(".is-invalid,[aria-invalid]", part).forEach((input) => {
      input.classList.remove("is-invalid");
      input.removeAttribute("aria-invalid");
    });
    all(".fld.bad", part).concat(part).forEach((box) => box.classList.remove("bad"));
  }
  /* who edits a field has read what was wrong with it: the mark and its line above go */
  function forgive(event) {
    const box = event.target.closest && event.target.closest("[data-ch-field]");
    if (!box || !box.querySelector(".err:not([hidden]),.is-invalid")) return;
    clearMarks(box);
    const name = box.getAttribute("data-ch-field"), said = doc.querySelector("#problems [data-ch-problem]");
    if (!said) return;
    const lines = all("[data-ch-wrong]", said);
    lines.filter((line) => line.getAttribute("data-ch-wrong") === name).forEach((line) => line.remove());
    if (lines.length && !said.querySelector("[data-ch-wrong]")) said.remove();
  }
  /* browsers bring a long text's cursor into sight, not its box: lift it off the sticky bar */
  doc.addEventListener("focusin", (event) => {
    const bar = doc.querySelector(".wfoot"), field = event.target;
    if (!bar || !field.matches("input,select,textarea") || bar.contains(field)) return;
    requestAnimationFrame(() => {
      const box = field.getBoundingClientRect(), over = box.bottom + 12 - bar.getBoundingClientRect().top;
      if (over > 0 && bar.getBoundingClientRect().bottom > box.top) window.scrollBy(0, Math.min(over, Math.max(0, box.top - 72)));
    });
  });
  doc.addEventListener("input", forgive);
  doc.addEventListener("change", forgive);
  function markField(form, name, message) {
    const box = all("[data-ch-field]", form).find((b) => b.getAttribute("data-ch-field") === name);
    const input = box && (box.querySelector("[data-ch-rich]") || box.querySelector("input,select,textarea"));
    if (!input) return null;
    const id = "e-" + name.replace(/\W/g, "-"), note = doc.createElement("div");
    note.className = "err";
    note.id = id;
    note.setAttribute("data-ch-marked", "");
    note.textContent = message;
    box.appendChild(note);
    input.classList.add("is-invalid");
    input.setAttribute("aria-invalid", "true");
    const known = (input.getAttribute("aria-describedby") || "").split(" ").filter((x) => x && x !== id);
    input.setAttribute("aria-describedby", known.concat(id).join(" "));
    return input;
  }
  doc.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    const marked = form && (form.tagName === "FORM" ? form : form.type === "submit" && form.form);
    if (marked) clearMarks(marked);
    const quiet = form && form.hasAttribute && form.hasAttribute("data-ch-quiet");
    if (!quiet && event.detail.requestConfig && event.detail.requestConfig.verb !== "get") {
      const problems = byId("problems");
      if (problems) problems.textContent = "";
    }
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    expireToasts();
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    const form = asked && asked.closest ? asked.closest("form") : null;
    if (!form || event.detail.target.id !== "problems") return;
    const inputs = all("[data-ch-wrong]", event.detail.target)
      .map((item) => markField(form, item.getAttribute("data-ch-wrong"), item.textContent))
      .filter(Boolean);
    if (inputs[0] && inputs[0].chRich) inputs[0].chRich.focus(); /* its own box is hidden */
    else if (inputs[0]) inputs[0].focus();
  });

  /* a fragment that writes a field: its text becomes the field's, and listeners know */
  doc.addEventListener("htmx:afterSwap", () => {
    all("[data-ch-writes]").forEach((node) => {
      const field = byId(node.getAttribute("data-ch-writes")), text = node.getAttribute("data-ch-text");
      node.removeAttribute("data-ch-writes");
      if (!field || field.value === text) return;
      field.value = text;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  /* one dialog for every question */
  let asking = null;
  function ask(form, question) {
    const box = byId("ch-confirm"), from = question || form, opener = doc.activeElement;
    if (!box || !window.bootstrap) return false;
    asking = form;
    const data = (name) => from.getAttribute("data-ch-" + name) || "";
    byId("ch-confirm-t").textContent = data("confirm");
    byId("ch-confirm-p").textContent = data("text");
    byId("ch-confirm-p").hidden = !data("text");
    const ok = byId("ch-confirm-ok");
    ok.textContent = data("verb") || "确定";
    ok.className = "btn " + (from.hasAttribute("data-ch-grave") ? "btn-bad" : "btn-primary");
    const part = byId("ch-confirm-ask"), text = byId("ch-confirm-text");
    part.hidden = !data("ask");
    byId("ch-confirm-err").hidden = true;
    text.value = "";
    part.querySelector("label").textContent = data("ask");
    const chips = part.querySelector(".fill");
    chips.textContent = "";
    data("choices").split("|").filter(Boolean).forEach((choice) => {
      const chip = doc.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.textContent = choice;
      chip.setAttribute("data-ch-fill", "ch-confirm-text");
      chips.appendChild(chip);
    });
    /* whoever closes the question with the keyboard stands where they stood */
    box.addEventListener("hidden.bs.modal", () => {
      const now = doc.activeElement; /* still in the box until the page is drawn again */
      if (opener && opener.isConnected && (now === doc.body || box.contains(now))) opener.focus();
    }, { once: true });
    window.bootstrap.Modal.getOrCreateInstance(box).show();
    return true;
  }
  function agreed() {
    const form = asking, name = form.getAttribute("data-ch-ask-name");
    if (form.hasAttribute("data-ch-ask")) {
      const text = byId("ch-confirm-text").value.trim();
      byId("ch-confirm-err").hidden = Boolean(text);
      if (!text) return byId("ch-confirm-text").focus();
      form.elements.namedItem(name).value = text;
    }
    window.bootstrap.Modal.getInstance(byId("ch-confirm")).hide();
    form.setAttribute("data-ch-agreed", "");
    const event = new Event("submit", { bubbles: true, cancelable: true });
    if (form.matches("button")) form.click();
    else if (form.dispatchEvent(event)) form.submit();
    form.removeAttribute("data-ch-agreed");
  }
  /* capture: ahead of htmx's own listener on the form */
  doc.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-ch-confirm") || form.hasAttribute("data-ch-agreed")) return;
    if (ask(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  /* the second click of a double one was meant for the button before: it neither agrees nor closes */
  doc.addEventListener("click", (event) => {
    if (event.detail < 2 || !event.target.closest("#ch-confirm")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  /* a button that asks only while its page shows a question for it */
  doc.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ch-question]");
    if (!button || button.hasAttribute("data-ch-agreed")) return;
    const question = byId(button.getAttribute("data-ch-question"));
    if (question && ask(button, question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  /* the menu is longer than a small screen: the entry of this page is brought into sight */
  const here = doc.querySelector(".side nav [aria-current]"), menu = here && here.closest("nav");
  if (menu && menu.clientHeight < menu.scrollHeight)
    menu.scrollTop = Math.max(0, here.offsetTop - menu.offsetTop - menu.clientHeight / 2);

  /* theme */
  function showTheme() {
    const dark = root.getAttribute("data-bs-theme") === "dark";
    all("[data-ch-theme] span").forEach((s) => { s.textContent = dark ? "切换浅色" : "切换深色"; });
  }
  function turnTheme() {
    const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", next);
    try {
      // What the computer has anyway is not remembered: it goes on following the computer.
      if (next === systemTheme()) localStorage.removeItem("ch-theme");
      else localStorage.setItem("ch-theme", next);
    } catch (e) { /* private window: only this page turns */ }
    showTheme();
  }
  const dusk = window.matchMedia("(prefers-color-scheme:dark)");
  function systemTheme() { return dusk.matches ? "dark" : "light"; }
  dusk.addEventListener("change", () => {
    try { if (localStorage.getItem("ch-theme")) return; } catch (e) { /* private window: nothing was chosen */ }
    root.setAttribute("data-bs-theme", systemTheme());
    showTheme();
  });

  /* copy, also where the clipboard API is missing (http, old webviews) */
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
  function fill(chip) {
    const field = byId(chip.getAttribute("data-ch-fill"));
    if (!field) return;
    const text = chip.textContent.trim();
    if (field.value.indexOf(text) < 0) field.value += (field.value.trim() ? "；" : "") + text;
    field.focus();
  }

  /* put a word where the cursor is, with room around it, and let listeners know */
  function insert(chip) {
    const field = byId(chip.getAttribute("data-ch-insert"));
    if (!field) return;
    const from = field.selectionStart, to = field.selectionEnd, text = chip.getAttribute("data-ch-text");
    const before = from > 0 && !/[\s(（]$/.test(field.value.slice(0, from)) && text !== ")" ? " " : "";
    field.setRangeText(before + text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  doc.addEventListener("click", (event) => {
    const hit = (name) => event.target.closest("[data-ch-" + name + "]");
    let node;
    if (event.target.id === "ch-confirm-ok") agreed();
    else if ((node = hit("copy"))) copyText(node.getAttribute("data-ch-copy")).then(() => toast("已复制"), () => toast("复制失败，请长按选择文字", "bad"));
    else if ((node = hit("fill"))) fill(node);
    else if ((node = hit("insert"))) insert(node);
    else if (hit("theme")) turnTheme();
    else if ((node = hit("close"))) node.closest(".tst,.note0").remove();
    else if (hit("back") && history.length > 1) { event.preventDefault(); history.back(); }
  });
  doc.addEventListener("change", (event) => {
    const node = event.target;
    if (node.hasAttribute("data-ch-all")) all('input[type=checkbox][name="' + node.getAttribute("data-ch-all") + '"]').forEach((box) => { box.checked = node.checked; });
    if (node.hasAttribute("data-ch-submit") && node.form) node.form.submit();
  });

  /* keys: never while typing */
  doc.addEventListener("keydown", (event) => {
    const search = doc.querySelector("[data-ch-search]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {
      event.preventDefault();
      search.focus();
      return;
    }
    const typing = event.target.closest && event.target.closest("input,textarea,select,[contenteditable],.modal");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = all("[data-ch-key]").find((n) => n.getAttribute("data-ch-key") === event.key.toLowerCase() && !n.disabled);
    if (target) { event.preventDefault(); target.click(); }
  });

  doc.addEventListener("DOMContentLoaded", () => {
    showTheme();
    expireToasts();
    const focus = doc.querySelector("[data-ch-focus]");
    if (focus) focus.focus();
  });
})();
