/* The rich editor by keyboard, where jodit itself leaves off (it has Alt+F10 to the toolbar,
   arrows in it, Down into a list, Esc back): windows of a button that take no focus, colours
   nobody can reach, and a way out of lists and tables, where Tab means something else. */
(function () {
  "use strict";
  const doc = document, COLOUR = "jodit-color-picker__color-item", PRESSED = "span.jodit-toolbar-button[aria-pressed]";
  const REACHED = "input:not([disabled]):not([type=hidden]),textarea,select,button:not([disabled]),a[href],[tabindex='0']";
  const inside = (popup) => Array.from(popup.querySelectorAll(REACHED)).filter((node) => node.offsetParent);
  const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }; /* ten colours a row */

  window.chRichKeys = function (editor, area) {
    const text = editor.editor, label = doc.querySelector('label[for="' + area.id + '"]');
    text.setAttribute("role", "textbox");
    text.setAttribute("aria-multiline", "true");
    text.setAttribute("aria-label", label ? label.textContent.trim() : "正文");
    if (area.hasAttribute("aria-describedby")) text.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));

    /* Esc, then Tab: on to the next field, also from a list or a table */
    let leaves = false;
    text.addEventListener("keydown", (event) => {
      if (event.key === "Tab" && leaves) event.stopImmediatePropagation();
      /* what jodit would still put in order after the toolbar has the focus, taking it back */
      if (event.key === "F10" && event.altKey) editor.events.fire("postProcessSetEditorValue");
      if (event.key !== "Shift") leaves = event.key === "Escape";
    }, true);
    text.addEventListener("blur", () => { leaves = false; });

    const popupOf = (node) => {
      const popup = node.closest && node.closest(".jodit-popup");
      return popup && popup.getAttribute("data-editor_id") === area.id ? popup : null;
    };
    let opener = null;
    const opened = () => Array.from(doc.querySelectorAll(".jodit-popup")).filter(popupOf).pop();
    /* roles and names that jodit leaves out or gets wrong */
    function tidy(popup) {
      const each = (selector, change) => popup.querySelectorAll(selector).forEach(change);
      popup.setAttribute("role", "dialog");
      popup.setAttribute("aria-label", opener.getAttribute("aria-label") || opener.textContent.trim());
      each(".jodit-ui-form,.jodit-ui-block", (one) => one.removeAttribute("role"));
      each("input", (one) => {
        const said = one.closest(".jodit-ui-input") && one.closest(".jodit-ui-input").querySelector(".jodit-ui-input__label");
        one.setAttribute("aria-label", said && said.textContent.trim() ? said.textContent.trim() : one.type === "color" ? "自选颜色" : "颜色值，例如 #FF0000");
      });
      each("[role=tab]", (one) => {
        one.setAttribute("aria-selected", one.getAttribute("aria-pressed") || "false");
        one.removeAttribute("aria-pressed");
      });
      each("." + COLOUR, (one) => {
        one.setAttribute("role", "button");
        one.setAttribute("aria-label", one.title);
        one.tabIndex = 0;
      });
      each(PRESSED, unpress);
      watch(popup);
    }
    /* the button in it says so itself */
    const unpress = (one) => { if (one.matches(PRESSED)) one.removeAttribute("aria-pressed"); };
    const watcher = new MutationObserver((seen) => seen.forEach((one) => unpress(one.target)));
    const watch = (node) => watcher.observe(node, { attributes: true, subtree: true, attributeFilter: ["aria-pressed"] });
    watch(editor.container);
    function enter() {
      const popup = opened();
      if (!popup) return;
      if (!popup.contains(doc.activeElement) && inside(popup).length) inside(popup)[0].focus();
    }
    editor.container.addEventListener("click", (event) => {
      const button = event.target.closest(".jodit-toolbar-button");
      if (!button) return;
      opener = button.querySelector("button");
      setTimeout(() => { if (opened()) tidy(opened()); }, 0);
      if (event.detail) return; /* a pointer needs no focus */
      editor.focus(); /* what was selected is selected again: jodit's windows look at it as they open */
      setTimeout(enter, 0);
    }, true);
    function coloured(event) {
      const all = Array.from(popupOf(event.target).querySelectorAll("." + COLOUR)).filter((one) => one.offsetParent);
      const to = all[all.indexOf(event.target) + (ARROWS[event.key] || 0)];
      if (event.key === "Enter" || event.key === " ") event.target.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
      else if (ARROWS[event.key] && to) to.focus();
      else return false;
      return true;
    }
    function turned(event) {
      const all = inside(popupOf(event.target)), at = all.indexOf(event.target);
      all[(at + (event.shiftKey ? all.length - 1 : 1)) % all.length].focus();
      return true;
    }
    function closed() {
      editor.events.fire("closeAllPopups");
      if (opener) opener.focus();
      return true;
    }
    doc.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !popupOf(event.target)) return;
      const done = event.key === "Escape" ? closed() : event.key === "Tab" ? turned(event) : event.target.classList.contains(COLOUR) && coloured(event);
      if (!done) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
  };
})();
