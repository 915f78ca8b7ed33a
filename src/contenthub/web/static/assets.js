/* Files on their way to the bank's store: asked for, PUT with progress, finished. A page's drop
   zone and every choice of a file use it. Written for Chromium 90 and Safari 14; the address of
   the PUT is the server's word: our own door or the object store. */
(function () {
  "use strict";
  const doc = document, API = "/api/v1/assets/uploads", AT_ONCE = 2;
  const token = () => (doc.querySelector('meta[name="csrf-token"]') || {}).content || "";
  const FAILED = "上传没有成功，请检查网络后重试";

  function ask(method, url, body) {
    const headers = { "x-csrftoken": token(), accept: "application/json" };
    if (body) headers["content-type"] = "application/json";
    return fetch(url, { method: method, credentials: "same-origin", headers: headers, body: body ? JSON.stringify(body) : undefined })
      .then((answer) => answer.json().then((told) => {
        if (!answer.ok) throw new Error(told.detail || FAILED);
        return told;
      }));
  }
  function put(told, file, progress, hold) {
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open(told.method, told.url);
      Object.keys(told.headers).forEach((name) => request.setRequestHeader(name, told.headers[name]));
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
      request.addEventListener("load", () => {
        if (request.status < 300) { done(); return; }
        let why = FAILED;
        try { why = JSON.parse(request.responseText).detail || FAILED; } catch (error) { why = FAILED; }
        fail(new Error(why));
      });
      request.addEventListener("error", () => fail(new Error(FAILED)));
      request.addEventListener("abort", () => fail(new Error("已取消")));
      hold(() => request.abort());
      request.send(file);
    });
  }
  /* one file: resolves to what the API keeps; `progress` gets 0..1, `hold` a way to stop it */
  function send(file, alt, progress, hold) {
    let begun = null;
    return ask("POST", API, { filename: file.name, size_bytes: file.size, alt_text: alt || "" })
      .then((told) => { begun = told; return put(told, file, progress, hold); })
      .then(() => { progress(1); return ask("POST", API + "/" + begun.id + "/finish"); })
      .catch((error) => {
        if (begun) fetch(API + "/" + begun.id, { method: "DELETE", credentials: "same-origin", headers: { "x-csrftoken": token() } }).catch(() => {});
        throw error;
      });
  }
  window.chSend = send;

  /* ---- the page of files: several at once, each with its line */
  const form = doc.querySelector("[data-ch-send]"), queue = doc.getElementById("queue");
  if (!form || !queue) return;
  const input = form.querySelector("input[type=file]"), zone = form.querySelector("[data-ch-drop]"), alt = form.querySelector("[name=alt_text]");
  const waiting = [];
  let running = 0, kept = 0;

  function element(name, cls, text) {
    const made = doc.createElement(name);
    if (cls) made.className = cls;
    if (text) made.textContent = text;
    return made;
  }
  function lineOf(file) {
    const line = element("li"), name = element("span", "nm0", file.name), bar = element("progress"), said = element("span", "m", "等待上传"), stop = element("button", "lnk", "取消");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name + " 上传进度");
    stop.type = "button";
    [name, bar, said, stop].forEach((part) => line.appendChild(part));
    queue.appendChild(line);
    return { line: line, bar: bar, said: said, stop: stop };
  }
  function one(file, words) {
    const shown = lineOf(file);
    let cancelled = false;
    shown.stop.addEventListener("click", () => { cancelled = true; shown.line.remove(); });
    waiting.push(() => {
      if (cancelled) return Promise.resolve();
      shown.said.textContent = "正在上传";
      const progress = (share) => {
        shown.bar.value = share;
        shown.said.textContent = share < 1 ? Math.floor(share * 100) + "%" : "正在检查";
        if (share >= 1) shown.stop.hidden = true;
      };
      const hold = (stop) => shown.stop.addEventListener("click", stop);
      return send(file, words, progress, hold).then((made) => finished(shown, made), (error) => refused(shown, error));
    });
    next();
  }
  function finished(shown, made) {
    kept += 1;
    shown.bar.remove();
    shown.stop.remove();
    shown.line.classList.add("ok");
    const link = element("a", "", "查看");
    link.href = "/console/assets/" + made.id;
    shown.said.textContent = made.is_known ? "本行已有这个文件，直接使用，没有重复保存" : (made.scan === "waiting" ? "已上传，正在扫描病毒" : "已上传");
    shown.line.appendChild(link);
  }
  function refused(shown, error) {
    shown.bar.remove();
    shown.stop.remove();
    shown.line.classList.add("bad");
    shown.said.textContent = error.message;
    shown.said.setAttribute("role", "alert");
  }
  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      waiting.shift()().then(() => { running -= 1; next(); });
    }
    if (!running && !waiting.length && kept && !doc.getElementById("queue-done")) {
      const again = element("a", "btn btn-line btn-sm", "刷新列表");
      again.id = "queue-done";
      again.href = "/console/assets";
      queue.parentNode.appendChild(again);
    }
  }
  function take(files) {
    const many = Array.from(files), words = many.length === 1 ? alt.value : "";
    many.forEach((file) => one(file, words));
    input.value = "";
    if (many.length === 1) alt.value = "";
  }
  input.addEventListener("change", () => take(input.files));
  ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); }));
  ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("over")));
  zone.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeunload", (event) => { if (running) { event.preventDefault(); event.returnValue = ""; } });
})();
