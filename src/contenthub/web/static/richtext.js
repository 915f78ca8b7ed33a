/* The rich editor (jodit): a toolbar of what the server keeps, pasted pages with their layout,
   pictures only by upload, variables from a list. The server cleans again on save and on show.
   Written for Chromium 90 and Safari 14; no eval, no inline style, no request but to our own API. */
(function () {
  "use strict";
  const doc = document, UPLOAD = "/api/v1/assets";
  const PLACE = "外部图片，请上传", CLICK = "点这里选择图片替换", GONE = "data-ch-gone", DROPPED = "script,style,meta,link,base,iframe,object,embed,svg,math,form,input,button,select,textarea,video,audio,template,noscript,title";
  const MB = 1024 * 1024, TYPES = ["image/jpeg", "image/png", "image/webp"];
  const token = () => (doc.querySelector('meta[name="csrf-token"]') || {}).content || "";
  const say = (text, level) => doc.dispatchEvent(new CustomEvent("ch-toast", { detail: { text: text, level: level || "bad" } }));

  function upload(file) {
    /* what is no picture we keep (SVG, HEIC, GIF) is sent too: the server names the way out of each */
    if (file.size > 10 * MB) return Promise.reject(new Error(TYPES.indexOf(file.type) < 0 ? "只支持 JPG、PNG、WEBP 图片，不超过 10 MB，请转换格式后再上传" : "图片超过 10 MB，请压缩后再上传"));
    const data = new FormData();
    data.append("file", file, file.name || "粘贴的图片." + file.type.slice(6));
    return fetch(UPLOAD, { method: "POST", body: data, credentials: "same-origin", headers: { "x-csrftoken": token() } })
      .then((answer) => answer.json().then((made) => {
        if (!answer.ok) throw new Error(made.detail || "上传没有成功，请稍后再试");
        return made;
      }));
  }
  function choose(many, then) {
    const input = doc.createElement("input");
    input.type = "file";
    input.accept = TYPES.join(",");
    input.multiple = many;
    input.addEventListener("change", () => then(Array.from(input.files)));
    input.click();
  }

  /* what came from another page becomes what the server would keep; nothing in it is loaded:
     a document made by DOMParser runs no script and asks for no picture */
  const HERE = location.origin + "/assets/";
  const own = (address) => (address.indexOf(HERE) === 0 ? address.slice(location.origin.length) : address);
  const ours = (address) => address.indexOf("/assets/") === 0;
  function tidyStyle(node) {
    const kept = node.getAttribute("style").split(";").filter((part) => !/url\s*\(|image-set|expression/i.test(part) && !/^\s*(position|z-index)\s*:|^\s*display\s*:\s*none/i.test(part));
    const style = kept.join(";");
    if (style.trim()) node.setAttribute("style", style);
    else node.removeAttribute("style");
  }
  function tidyPicture(image, outside, blobs) {
    const address = own(image.getAttribute("data-src") || image.getAttribute("src") || "");
    const tiny = ["width", "height"].some((side) => /^[0-3](px)?$/.test(image.getAttribute(side) || ""));
    ["srcset", "sizes", "data-src", "loading", "usemap", "crossorigin"].forEach((name) => image.removeAttribute(name));
    if (ours(address)) { image.setAttribute("src", address); return; }
    if (tiny) { image.remove(); return; }
    if (address.indexOf("data:image/") === 0) blobs.push([image, address]);
    image.setAttribute("src", outside);
    image.setAttribute("alt", PLACE);
    image.setAttribute("title", CLICK);
  }
  /* a sheet of the other page must not reach the parser: our policy would refuse it aloud */
  const SHEETS = /<style\b[^>]*>[\s\S]*?(?:<\/style\s*>|$)/gi;
  const parsed = (html) => new DOMParser().parseFromString(html.replace(SHEETS, ""), "text/html");
  const hasBackground = (node) => /url\s*\(/i.test(node.getAttribute("style") || "");
  /* 秀米 and its like lay pictures and words into drawings: the words stay, a picture leaves its place */
  function unpackDrawings(page) {
    const drawn = Array.from(page.querySelectorAll("svg text")).filter((node) => !node.closest("foreignObject") && node.textContent.trim()).length;
    if (drawn) say(drawn + " 处画在图形里的文字没有带过来，需要的请在正文里补上", "warn");
    page.querySelectorAll("svg").forEach((drawing) => {
      if (drawing.parentElement && drawing.parentElement.closest("svg")) return;
      const inside = Array.from(drawing.querySelectorAll("foreignObject"));
      const holds = [drawing].concat(Array.from(drawing.querySelectorAll("[style]"))).some((node) => !node.closest("foreignObject") && hasBackground(node));
      if (holds || drawing.querySelector("image")) drawing.before(page.createElement("img"));
      inside.filter((one) => !one.parentElement.closest("foreignObject")).forEach((one) => drawing.before(...Array.from(one.childNodes)));
    });
  }
  function tidy(html, outside, blobs) {
    const page = parsed(html);
    unpackDrawings(page);
    const left = Array.from(page.querySelectorAll("[style]")).filter((node) => !node.closest("svg") && hasBackground(node)).length;
    if (left) say(left + " 处背景图片没有带过来（不从别的网站取图），需要的请在正文里上传图片", "warn");
    const walker = page.createTreeWalker(page.documentElement, NodeFilter.SHOW_COMMENT), comments = [];
    while (walker.nextNode()) comments.push(walker.currentNode);
    comments.forEach((node) => node.remove());
    page.querySelectorAll(DROPPED).forEach((node) => node.remove());
    page.querySelectorAll("*").forEach((node) => {
      Array.from(node.attributes).forEach((one) => {
        if (/^(on|hx-|data-hx|data-ch|id$|class$|contenteditable|background$|tabindex)/i.test(one.name)) node.removeAttribute(one.name);
      });
      if (node.hasAttribute("style")) tidyStyle(node);
    });
    page.querySelectorAll("img").forEach((image) => tidyPicture(image, outside, blobs));
    return page.body;
  }
  function fileOf(address) {
    const parts = /^data:(image\/[a-z]+);base64,(.+)$/.exec(address);
    if (!parts) return null;
    try {
      const bytes = atob(parts[2].replace(/\s/g, "")), data = new Uint8Array(bytes.length);
      for (let i = 0; i < bytes.length; i += 1) data[i] = bytes.charCodeAt(i);
      return new File([data], "粘贴的图片." + parts[1].slice(6), { type: parts[1] });
    } catch (e) { return null; /* no base64 after all: the place stays for an upload */ }
  }
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const asParagraphs = (text) => text.split(/\r?\n/).filter((line) => line.trim()).map((line) => "<p>" + escaped(line) + "</p>").join("");

  function Rich(area, editor) {
    const outside = area.getAttribute("data-ch-outside") || "";
    const isPlace = (node) => node && node.tagName === "IMG" && outside && (node.getAttribute("src") === outside || node.hasAttribute(GONE));
    const places = () => Array.from(editor.editor.querySelectorAll("img")).filter(isPlace);
    const changed = () => { editor.synchronizeValues(); area.value = editor.value; area.dispatchEvent(new Event("input", { bubbles: true })); };

    function fill(image, made) {
      image.setAttribute("src", made.url);
      ["title", GONE].forEach((name) => image.removeAttribute(name));
      if (image.getAttribute("alt") === PLACE) image.setAttribute("alt", ""); /* none here: the file's own description is shown */
      changed();
    }
    function put(image, file) {
      image.setAttribute("title", "正在上传…");
      return upload(file).then((made) => fill(image, made), (error) => { image.setAttribute("title", CLICK); say(error.message); });
    }
    /* a picture whose file the bank no longer has: said where it stands, replaced by a click */
    function lost(event) {
      const image = event.target, address = image.tagName === "IMG" && image.getAttribute("src");
      if (!address || !ours(address) || image.hasAttribute(GONE)) return;
      fetch(address, { credentials: "same-origin" }).then((answer) => {
        if (answer.status !== 404) return;
        image.setAttribute(GONE, "");
        image.setAttribute("title", CLICK);
        const n = Array.from(editor.editor.querySelectorAll("img")).indexOf(image) + 1;
        say("正文第 " + n + " 张图片已不在素材文件里，请点它重新上传或从素材文件选择", "warn");
      }, () => { /* no network: nothing is known of the picture */ });
    }
    function fillPlaces(first) {
      const left = places().slice(Math.max(0, places().indexOf(first)));
      if (window.chPick) {
        window.chPick(wish((made) => {
          const next = left.shift();
          if (next) fill(next, made);
          else say("图片比待上传的位置多，多出的没有放进正文", "warn");
        }));
        return;
      }
      choose(true, (files) => {
        const empty = places(), from = Math.max(0, empty.indexOf(first));
        files.forEach((file, at) => { if (empty[from + at]) put(empty[from + at], file); });
        if (files.length > empty.length - from) say("图片比待上传的位置多，多出的没有放进正文", "warn");
      });
    }
    const wish = (then) => ({ kind: "image", accept: TYPES.join(","), many: true, put: then });
    /* the dialog takes the cursor away: where it was is remembered as a range, which follows the text */
    function fromFiles() {
      const chosen = editor.s.sel, within = chosen && chosen.rangeCount && editor.editor.contains(chosen.anchorNode);
      const range = within ? chosen.getRangeAt(0).cloneRange() : doc.createRange();
      if (!within) { range.selectNodeContents(editor.editor); range.collapse(false); }
      window.chPick(wish((made) => {
        const image = doc.createElement("img");
        image.setAttribute("src", made.url);
        image.setAttribute("alt", "");
        range.deleteContents();
        range.insertNode(image);
        range.setStartAfter(image);
        range.collapse(true);
        changed();
      }));
    }
    function insertPicture(file) {
      return upload(file).then((made) => { editor.s.insertHTML('<img src="' + made.url + '" alt="">'); changed(); }, (error) => say(error.message));
    }
    function insert(html) {
      const blobs = [], body = tidy(html, outside, blobs);
      const marked = blobs.map(([image, address], n) => { image.setAttribute("data-ch-blob", String(n)); return fileOf(address); });
      editor.s.insertHTML(body.innerHTML);
      marked.forEach((file, n) => {
        const image = editor.editor.querySelector('img[data-ch-blob="' + n + '"]');
        if (!image) return;
        image.removeAttribute("data-ch-blob");
        if (file) put(image, file);
      });
      changed();
    }
    function pasted(event) {
      const data = event.clipboardData;
      if (!data || !editor.editor.contains(event.target)) return;
      const html = data.getData("text/html"), text = data.getData("text/plain");
      const files = Array.from(data.files || []).filter((file) => TYPES.indexOf(file.type) >= 0);
      /* a picture copied in a browser comes as its file and as a tag with its foreign address */
      const only = files.length && (!html || !parsed(html).body.textContent.trim());
      event.preventDefault();
      event.stopImmediatePropagation();
      if (only) files.forEach(insertPicture);
      else if (html) insert(html);
      else if (text) insert(text.indexOf("\n") < 0 ? escaped(text) : asParagraphs(text));
    }

    /* capture on the container: ahead of the library's own listeners on the text */
    editor.container.addEventListener("paste", pasted, true);
    editor.container.addEventListener("drop", (event) => {
      const files = Array.from((event.dataTransfer || {}).files || []);
      if (!files.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      files.forEach(insertPicture);
    }, true);
    ["mousedown", "click"].forEach((name) => editor.container.addEventListener(name, (event) => {
      if (!isPlace(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (name === "click") fillPlaces(event.target);
    }, true));
    editor.container.addEventListener("error", lost, true);
    editor.editor.querySelectorAll("img").forEach((image) => { if (image.complete && !image.naturalWidth) lost({ target: image }); });
    editor.events.on("change", changed);
    this.insertVariable = (name) => { editor.s.insertHTML("{{ " + name + " }}"); changed(); };
    this.focus = () => { editor.container.scrollIntoView({ block: "center" }); editor.focus(); };
    this.setHtml = (html) => { editor.value = html; changed(); };
    this.pick = () => choose(true, (files) => files.forEach(insertPicture));
    this.fromFiles = fromFiles;
    area.chRich = this;
    window.chRichKeys(editor, area);
  }

  /* a kept draft has places without an address: they become visible */
  function readable(html, outside) {
    const page = parsed(html);
    page.querySelectorAll("img:not([src])").forEach((image) => {
      image.setAttribute("src", outside);
      image.setAttribute("title", CLICK);
    });
    return page.body.innerHTML;
  }
  function options(area) {
    const names = JSON.parse(area.getAttribute("data-ch-variables") || "{}"), hasNames = Object.keys(names).length > 0;
    const nonce = (doc.querySelector("script[nonce]") || {}).nonce, whole = window.Jodit.atom; /* in place of the library's list, not added to it */
    return {
      language: "zh_cn", minHeight: 320, tabIndex: 0, sourceEditor: "area", beautifyHTML: false, nonce: nonce,
      toolbarAdaptive: false, toolbarSticky: false, showXPathInStatusbar: false, hidePoweredByJodit: true, showCharsCounter: true, showWordsCounter: false,
      enableDragAndDropFileToEditor: false, imageeditor: {}, image: { editSrc: false, useImageEditor: false, editStyle: false, editClass: false, editId: false },
      link: { noFollowCheckbox: false, openInNewTabCheckbox: false, modeClassName: "" },
      uploader: { insertImageAsBase64URI: false },
      cleanHTML: { removeEmptyElements: false, fillEmptyParagraph: false, replaceOldTags: false, replaceNBSP: false },
      disablePlugins: ["ai-assistant", "speech-recognize", "file", "video", "iframe", "about", "class-span", "drag-and-drop", "powered-by-jodit", "print", "preview", "paste-from-word", "search", "spellcheck", "symbols", "xpath"],
      controls: {
        font: { list: whole({ "": "默认", "PingFang SC,Microsoft YaHei,sans-serif": "黑体", "SimSun,Songti SC,serif": "宋体", "KaiTi,STKaiti,serif": "楷体" }) },
        paragraph: { list: whole({ p: "正文", h2: "大标题", h3: "中标题", h4: "小标题", blockquote: "引用" }) },
        chPicture: { icon: "image", tooltip: "上传图片（JPG、PNG、WEBP，10 MB 以内）", exec: () => area.chRich.pick() },
        chFiles: { icon: "folder", tooltip: "从素材文件选择图片", exec: () => area.chRich.fromFiles() },
        chVariable: { name: "chVariable", text: "变量", tooltip: "插入变量，分享时换成客户经理本人的信息", list: names,
          exec: (view, _, pressed) => { const name = pressed && pressed.control && pressed.control.args && pressed.control.args[0]; if (name) area.chRich.insertVariable(name); return false; } },
      },
      buttons: ["bold", "italic", "underline", "strikethrough", "|", "paragraph", "font", "fontsize", "lineHeight", "brush", "|", "align", "ul", "ol", "indent", "outdent", "|", "chPicture"].concat(window.chPick ? ["chFiles"] : [], ["table", "link", "hr", "|"], hasNames ? ["chVariable", "|"] : [], ["undo", "redo", "eraser", "source"]),
    };
  }
  function makeEditors() {
    if (!window.Jodit) return;
    Array.from(doc.querySelectorAll("textarea[data-ch-rich]:not([data-ch-made])")).forEach((area) => {
      area.setAttribute("data-ch-made", "");
      const outside = area.getAttribute("data-ch-outside");
      if (outside && area.value.indexOf("<img") >= 0) area.value = readable(area.value, outside);
      new Rich(area, window.Jodit.make(area, options(area)));
    });
  }
  /* a link to the text's own box, which is hidden, leads to the editor */
  function follow(hash) {
    const area = hash && hash.length > 1 && doc.getElementById(decodeURIComponent(hash.slice(1)));
    if (area && area.chRich) area.chRich.focus();
    return Boolean(area && area.chRich);
  }
  doc.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && follow(link.getAttribute("href"))) event.preventDefault();
  });
  window.addEventListener("load", () => follow(location.hash));
  doc.addEventListener("DOMContentLoaded", makeEditors);
  doc.addEventListener("htmx:load", makeEditors);
  window.chUpload = upload;
})();
