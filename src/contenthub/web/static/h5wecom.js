/* Inside WeCom the share buttons hand words and picture to WeCom itself (JS-SDK, fetched only
   there); anywhere else, or when WeCom refuses, h5.js shares or copies as on any phone.
   Hook: window.chWecom(node) -> a promise, or nothing when WeCom is not there. Chromium 90 / Safari 14. */
(function () {
  "use strict";
  if (!/wxwork/i.test(navigator.userAgent)) return;
  const me = document.currentScript, page = location.href.split("#")[0];
  const APIS = ["shareToExternalContact", "shareToExternalChat", "shareToExternalMoments", "sendChatMessage", "getContext"];
  const IN_CHAT = ["single_chat_tools", "group_chat_tools", "chat_attachment"];
  let entry = "";

  const signed = (url) => fetch("/m/wecom/signature?url=" + encodeURIComponent(url), { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("signature"))));
  function load() {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = me.dataset.sdk;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }
  function message(node) {
    const d = node.dataset;
    const attachment = d.picture
      ? { msgtype: "image", image: { imgUrl: d.picture } }
      : { msgtype: "link", link: { title: d.title, url: d.url, imgUrl: d.picture || "", desc: "" } };
    return { text: { content: d.text }, attachments: [attachment] };
  }
  function hand(node) {
    const ww = window.ww, way = node.dataset.way;
    if (IN_CHAT.includes(entry) && way === "contact") {
      return ww.sendChatMessage({ msgtype: "news", enterChat: true, news: { link: node.dataset.url, title: node.dataset.title, desc: "", imgUrl: node.dataset.picture || "" } });
    }
    return { moments: ww.shareToExternalMoments, group: ww.shareToExternalChat, contact: ww.shareToExternalContact }[way](message(node));
  }

  Promise.all([signed(page), load()]).then((both) => {
    const app = both[0];
    window.ww.register({
      corpId: app.corpId,
      agentId: app.agentId,
      jsApiList: APIS,
      getAgentConfigSignature: (url) => (url === page ? app : signed(url)),
      onAgentConfigSuccess: () => {
        window.chWecom = (node) => (node.dataset.way ? hand(node) : undefined);
        window.ww.getContext().then((told) => { entry = told.entry || ""; }, () => undefined);
      },
    });
  }).catch(() => undefined); /* not connected, or not signed: the page works without */
})();
