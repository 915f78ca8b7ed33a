/* The form of an item: saved while it is typed, nothing lost when the network or a colleague
   comes between, the rules' word beside each field, the page as customers see it, the cover.
   Without script the same form posts the picture and the text by itself. */
(function () {
  "use strict";
  const doc = document;
  const byId = (id) => doc.getElementById(id);
  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));
  const form = byId("item-form");
  if (!form) return;
  const say = (text, level) => doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: text, level: level } }));
  const typed = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));

  /* ---- Back after a submit meets the item that this form made, never an empty form again: the
     address carries the form, and a page kept whole in memory is asked for anew */
  const key = byId("form-key");
  if (key) {
    const here = new URL(location.href);
    here.searchParams.set("form", key.value);
    history.replaceState(history.state, "", here);
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted && key) location.reload(); });

  /* ---- saving: `turn` counts what was typed, `sent` what the running save took along */
  let turn = 0, sent = 0, kept = 0, asked = false, away = false, ready = false;
  const isDirty = () => turn !== kept;
  const saveNow = () => { const bar = byId("autosave"); if (bar && window.htmx) window.htmx.trigger(bar, "ch-save"); };
  const tell = (text) => { const bar = byId("autosave"); if (bar) bar.textContent = text; };
  const isAutosave = (event) => event.detail && event.detail.elt && event.detail.elt.id === "autosave";
  function noted(event) {
    /* what the editor says while it is being made is not typing */
    if (ready && event.target.name && event.target.name !== "known_hash") turn += 1;
  }
  form.addEventListener("input", noted);
  form.addEventListener("change", noted);
  doc.addEventListener("htmx:beforeSend", (event) => { if (isAutosave(event)) { sent = turn; tell("正在保存…"); } });
  doc.addEventListener("ch-saved", () => {
    kept = sent;
    away = false;
    setTimeout(() => showPreview(10), 100); /* the event comes before the answer is in the page */
    asked = false;
    if (isDirty()) setTimeout(saveNow, 1000); /* typed while the save was on its way */
  });
  doc.addEventListener("ch-unsaved", () => {
    away = false;
    setTimeout(() => { /* the event comes before the answer is in the page */
      const clash = byId("item-conflict");
      if (clash && clash.textContent.trim()) clash.scrollIntoView({ block: "nearest" });
      else if (asked) say((byId("autosave") || {}).textContent.trim() || "还没有保存", "warn");
      asked = false;
    }, 150);
  });
  function offline() {
    away = true;
    tell("网络断开，内容都在本页，恢复后自动保存；请先不要关闭");
    setTimeout(() => { if (away) saveNow(); }, 8000);
  }
  doc.addEventListener("htmx:sendError", (event) => { if (isAutosave(event)) offline(); });
  doc.addEventListener("htmx:timeout", (event) => { if (isAutosave(event)) offline(); });
  /* signed out while writing: no request may lead away to the log-in page, or the text is gone.
     Back from another window with a new log-in, the page takes over its token and saves. */
  let out = false;
  function signedOut() {
    out = true;
    tell("登录已过期，内容都在本页，没有丢。");
    const link = doc.createElement("a");
    link.href = "/login";
    link.target = "_blank";
    link.textContent = "在新窗口登录";
    const bar = byId("autosave");
    if (bar) bar.append(link, "，回到这里会自动保存");
  }
  function signedIn() {
    if (!out) return;
    fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } }).then((answer) => {
      if (!answer.ok || new URL(answer.url).pathname === "/login") return;
      answer.text().then((html) => {
        const meta = new DOMParser().parseFromString(html, "text/html").querySelector('meta[name="csrf-token"]');
        if (!meta) return;
        out = false;
        doc.querySelector('meta[name="csrf-token"]').content = meta.content;
        all('input[name="_csrf_token"]').forEach((field) => { field.value = meta.content; });
        saveNow();
      });
    }, () => { /* no network either: the next look comes with the next focus */ });
  }
  window.addEventListener("focus", signedIn);
  doc.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    event.preventDefault();
    signedOut();
  });
  doc.addEventListener("htmx:responseError", (event) => {
    if (!isAutosave(event)) return;
    const status = event.detail.xhr.status;
    if (status === 403) { signedOut(); return; }
    tell("还没有保存（服务器暂时不可用），内容都在本页，稍后自动再试");
    if (status >= 500) { away = true; setTimeout(() => { if (away) saveNow(); }, 8000); }
  });
  window.addEventListener("online", () => { if (isDirty()) saveNow(); });
  window.addEventListener("offline", offline);
  doc.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    asked = true;
    if (out) signedIn();
    else saveNow();
  }, true);
  /* a save that leads on to another page is no loss; any other way out is asked about */
  doc.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status < 400 && event.detail.xhr.getResponseHeader("HX-Redirect")) kept = turn;
  });
  doc.addEventListener("click", (event) => { if (event.target.closest("[data-ch-leave]")) kept = turn; });
  window.addEventListener("beforeunload", (event) => {
    if (!isDirty()) return;
    event.preventDefault();
    event.returnValue = ""; /* Chromium before 119 asks only for this */
  });
  form.addEventListener("submit", () => { if (!window.htmx) kept = turn; });

  /* ---- the page as a customer sees it */
  const itemUrl = () => (byId("item-saving") || doc.body).getAttribute("data-ch-item") || "";
  function showPreview(tries) {
    const box = byId("phone-preview"), url = itemUrl();
    if (box && !url && tries) setTimeout(() => showPreview(tries - 1), 100);
    if (!box || !url) return;
    const frame = box.querySelector("iframe"), page = url + "/preview";
    box.querySelector(".wait0").hidden = true;
    frame.hidden = false;
    all("[data-ch-phone]").forEach((button) => { button.disabled = false; button.removeAttribute("title"); });
    if (frame.getAttribute("src") !== page) { frame.setAttribute("src", page); return; }
    try { frame.contentWindow.location.reload(); } catch (e) { frame.setAttribute("src", page); }
  }
  doc.addEventListener("click", (event) => {
    if (!event.target.closest("[data-ch-phone]") || !itemUrl()) return;
    const code = byId("phone-code");
    window.htmx.ajax("POST", itemUrl() + "/phone", { target: "#phone-code", swap: "innerHTML" })
      // The preview's card scrolls by itself: half a code below its edge cannot be scanned.
      .then(() => window.requestAnimationFrame(() => code.scrollIntoView({ block: "nearest" })));
  });

  /* ---- validity: days for most, to the minute for who needs it */
  ["valid_from", "valid_until"].forEach((name) => {
    const input = form.elements[name];
    if (!input) return;
    const button = doc.createElement("button");
    button.type = "button";
    button.className = "lnk tap0";
    const label = () => { button.textContent = input.type === "date" ? "精确到时分" : "只按日期"; };
    button.addEventListener("click", () => {
      const day = input.value.slice(0, 10), isDay = input.type === "date";
      input.type = isDay ? "datetime-local" : "date";
      input.value = day && isDay ? day + (name === "valid_from" ? "T09:00" : "T18:00") : day;
      label();
      typed(input);
      input.focus();
    });
    label();
    input.insertAdjacentElement("afterend", button);
  });

  /* ---- variables go where the cursor was */
  let last = null;
  form.addEventListener("focusin", (event) => {
    const node = event.target;
    if (node.closest(".jodit-container")) last = byId("f-body");
    else if (node.matches("textarea,input[type=text]") && node.name) last = node;
  });
  doc.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-ch-variable]");
    if (!chip) return;
    const name = chip.getAttribute("data-ch-variable");
    const isMessage = last && last.closest("[data-ch-field]") && /message|script|text/.test(last.name) && last.name !== "title";
    if (last && isMessage && last.setRangeText) {
      last.setRangeText("{{ " + name + " }}", last.selectionStart, last.selectionEnd, "end");
      typed(last);
      last.focus();
    } else if (chip.hasAttribute("data-ch-message")) say("这个变量只能用在话术里，请先点到话术的输入框", "warn");
    else if (byId("f-body") && byId("f-body").chRich) byId("f-body").chRich.insertVariable(name);
  });

  /* ---- the rules' word beside each field, mended by one press where they know how */
  const fieldOf = (name) => all("[data-ch-field]", form).find((box) => box.getAttribute("data-ch-field") === name);
  function beside(hit) {
    const box = fieldOf(hit.getAttribute("data-ch-hit"));
    if (!box) return;
    const line = doc.createElement("div"), word = hit.getAttribute("data-ch-word");
    line.className = "hit0 " + hit.getAttribute("data-ch-severity");
    line.setAttribute("data-ch-beside", "");
    const text = doc.createElement("span");
    text.textContent = (word ? "「" + word + "」" : "") + hit.getAttribute("data-ch-name") + "：" + hit.getAttribute("data-ch-advice");
    line.appendChild(text);
    const fix = hit.getAttribute("data-ch-fix") && JSON.parse(hit.getAttribute("data-ch-fix"));
    if (fix && fix.action !== "restyle") {
      const button = doc.createElement("button");
      button.type = "button";
      button.className = "lnk";
      button.textContent = fix.action === "replace" ? "照这样改" : "加上“" + fix.text + "”";
      button.addEventListener("click", () => mend(box, fix));
      if (fix.action === "replace") line.appendChild(beforeAfter(fix));
      line.appendChild(button);
    }
    box.appendChild(line);
  }
  /* the sentence as it is and as it would read, so that nobody presses blindly */
  function beforeAfter(fix) {
    const shown = doc.createElement("span");
    shown.className = "chg";
    [["del", "原句：", fix.before], ["ins", "改成：", fix.after || "（整句删去）"]].forEach(([tag, label, text]) => {
      const row = shown.appendChild(doc.createElement("span"));
      row.appendChild(doc.createTextNode(label));
      row.appendChild(doc.createElement(tag)).textContent = text;
    });
    return shown;
  }
  function mend(box, fix) {
    const area = box.querySelector("[data-ch-rich]") || box.querySelector("textarea[name],input[name]:not([type=hidden])");
    if (!area) return;
    const before = area.value;
    if (!(area.chRich ? mendRich(area, fix) : mendPlain(area, fix))) { say("没有找到这处文字，可能已经改过", "warn"); return; }
    typed(area);
    offerUndo(box, area, before, fix);
  }
  function offerUndo(box, area, before, fix) {
    all("[data-ch-undo]", form).forEach((line) => line.remove());
    const line = doc.createElement("div"), button = doc.createElement("button"), made = area.value;
    line.className = "mend0";
    line.setAttribute("data-ch-undo", "");
    line.setAttribute("role", "status");
    line.textContent = "已改好" + (fix.after ? "：" + fix.after : "");
    button.type = "button";
    button.className = "lnk";
    button.textContent = "撤销";
    button.addEventListener("click", () => {
      line.remove();
      if (area.value !== made) { say("这一栏后来又改过，请直接在栏里改回", "warn"); return; }
      if (area.chRich) area.chRich.setHtml(before);
      else area.value = before;
      typed(area);
      area.focus();
    });
    line.appendChild(button);
    box.appendChild(line);
    button.focus();
    /* once somebody types on, it says nothing true any more */
    const typedOn = () => {
      if (line.isConnected && area.value === made) return;
      line.remove();
      area.removeEventListener("input", typedOn);
    };
    area.addEventListener("input", typedOn);
  }
  function mendPlain(area, fix) {
    const text = area.value;
    if (fix.action !== "replace") { area.value = text + fix.text; return true; }
    const at = text.slice(fix.start, fix.end) === fix.word ? fix.start : text.indexOf(fix.word);
    if (at < 0) return false;
    area.value = text.slice(0, at) + fix.text + text.slice(at + fix.word.length);
    return true;
  }
  /* the words may run through bold or coloured pieces: each gives up its part of them */
  function takeOut(page, word, fix) {
    const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT), nodes = [];
    let whole = "", at = -1;
    while (texts.nextNode()) { nodes.push([texts.currentNode, whole.length]); whole += texts.currentNode.data; }
    for (let n = 0; n <= (fix.nth || 0); n += 1) {
      const next = whole.indexOf(word, at + 1);
      if (next < 0) break;
      at = next;
    }
    if (!word || at < 0) return false;
    let put = fix.text;
    nodes.forEach(([node, start]) => {
      const low = Math.max(at - start, 0), high = Math.min(at + word.length - start, node.data.length);
      if (low >= high) return;
      node.data = node.data.slice(0, low) + put + node.data.slice(high);
      put = "";
      const block = node.parentElement.closest("p,li,h1,h2,h3,h4,blockquote");
      if (block && !block.textContent.trim() && !block.querySelector("img")) block.remove();
    });
    return true;
  }
  function mendRich(area, fix) {
    const page = new DOMParser().parseFromString(area.value, "text/html"), word = fix.word;
    if (fix.action !== "replace") {
      const added = page.createElement("p");
      added.textContent = fix.text;
      page.body.appendChild(added);
    } else {
      if (!takeOut(page, word.replace(/\n/g, "").trim(), fix)) return false;
    }
    area.chRich.setHtml(page.body.innerHTML);
    return true;
  }
  doc.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "lint") return;
    all("[data-ch-beside]", form).forEach((line) => line.remove());
    all("#lint [data-ch-hit]").forEach(beside);
  });

  /* ---- another topic asks for other fields: what was typed waits, in case the change was a slip;
     what is typed, ticked or uploaded until the answer is here moves over into its fields */
  const typedBefore = new Map();
  const fields = () => all("#item-fields [name^='fields.']");
  const plain = () => fields().filter((one) => !/^(checkbox|radio|hidden|file)$/.test(one.type));
  const isTick = (one) => /^(checkbox|radio)$/.test(one.type);
  const keyOf = (one) => (isTick(one) ? one.name + "=" + one.value : one.name);
  const standing = () => new Map(fields().map((one) => [keyOf(one), isTick(one) ? one.checked : one.value]));
  let atRequest = new Map(), moving = null, composing = false, held = null;
  function remember() {
    plain().forEach((one) => { if (one.value.trim()) typedBefore.set(one.name, one.value); else typedBefore.delete(one.name); });
  }
  function pack() {
    remember();
    const now = standing(), active = doc.activeElement;
    now.forEach((value, key) => { if (atRequest.get(key) === value) now.delete(key); });
    moving = { changed: now, files: all("#item-fields [data-ch-field]").filter((box) => box.matches("[data-ch-cover],[data-ch-pickbox]")) };
    if (byId("item-fields").contains(active)) Object.assign(moving, { active: active, from: active.selectionStart, to: active.selectionEnd });
  }
  function unpack() {
    const { changed, files, active, from, to } = moving;
    moving = null;
    files.forEach((box) => { /* itself, for an upload may be on its way into it */
      const place = fieldOf(box.getAttribute("data-ch-field"));
      if (place && place.getAttribute("data-ch-accept") === box.getAttribute("data-ch-accept")) place.replaceWith(box);
    });
    fields().filter((one) => changed.has(keyOf(one))).forEach((one) => {
      const value = changed.get(keyOf(one));
      if (one.options && !Array.from(one.options).some((choice) => choice.value === value)) return;
      if (isTick(one)) one.checked = value;
      else one.value = value;
      typed(one);
    });
    const heir = active && (active.isConnected ? active : fields().find((one) => keyOf(one) === keyOf(active)));
    if (!heir) return;
    heir.focus({ preventScroll: true });
    if (typeof from === "number" && typeof heir.selectionStart === "number") heir.setSelectionRange(from, to);
  }
  doc.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.name !== "topic") return;
    remember();
    if (!held) atRequest = standing();
  });
  doc.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "item-fields" || !event.detail.shouldSwap) return;
    if (composing) { held = event.detail; event.detail.shouldSwap = false; } /* a word half written by pinyin would break off */
    else { held = null; pack(); }
  });
  form.addEventListener("compositionstart", (event) => { composing = Boolean(event.target.closest("#item-fields")); });
  form.addEventListener("compositionend", () => {
    composing = false;
    setTimeout(() => {
      if (!held || composing) return;
      const answer = held;
      held = null;
      pack();
      window.htmx.swap(answer.target, answer.serverResponse, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 20 }, { eventInfo: answer });
    }, 0);
  });
  doc.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "item-fields") return;
    if (moving) unpack();
    const asked = plain();
    asked.filter((one) => !one.value && typedBefore.has(one.name)).forEach((one) => { one.value = typedBefore.get(one.name); typed(one); });
    const left = Array.from(typedBefore.keys()).filter((name) => !asked.some((one) => one.name === name)).length;
    if (left) doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: `已填的 ${left} 项不属于这类业务，改回原类别会恢复`, level: "warn" } }));
  });

  /* ---- the cover: uploaded as soon as it is chosen */
  doc.addEventListener("change", (event) => {
    const file = event.target;
    const box = file.closest && file.closest("[data-ch-cover]");
    if (!box || file.type !== "file" || !file.files.length) return;
    event.stopPropagation();
    const wrong = box.querySelector("[data-ch-cover-error]");
    wrong.hidden = true;
    window.chUpload(file.files[0]).then((made) => show(box, made.id, made.url)).catch((error) => {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }).finally(() => { file.value = ""; });
  }, true);
  doc.addEventListener("click", (event) => {
    const off = event.target.closest("[data-ch-cover-off]");
    if (off) show(off.closest("[data-ch-cover]"), "", "");
  });
  doc.addEventListener("ch-cover", (event) => show(event.detail.box, event.detail.id, event.detail.url));
  function show(box, id, url) {
    const hidden = box.querySelector("input[type=hidden]"), picture = box.querySelector("img");
    hidden.value = id;
    picture.hidden = !id;
    if (url) picture.src = url;
    box.querySelector("[data-ch-cover-off]").hidden = !id;
    typed(hidden);
  }
  window.addEventListener("load", () => { setTimeout(() => { ready = true; kept = sent = turn; }, 0); });
})();
