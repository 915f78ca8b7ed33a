/* Elements, made without markup in strings. */

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attrs = {}, ...inside) {
  const made = document.createElement(tag);
  Object.keys(attrs).forEach((name) => {
    const value = attrs[name];
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (["value", "checked", "disabled", "hidden", "selected", "draggable", "indeterminate"].includes(name)) made[name] = value;
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  });
  made.append(...inside.filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

/* An icon of the page's own sheet, whose address the editor's element carries. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", document.querySelector("ch-poster-editor").dataset.icons + "#" + name);
  svg.append(use);
  return svg;
}

export const button = (text, onclick, { icon: name = "", label = "", cls = "btn btn-line btn-sm", ...more } = {}) =>
  el("button", Object.assign({ type: "button", class: cls, onclick, "aria-label": label || undefined, title: label || undefined }, more), name ? icon(name) : "", text ? el("span", {}, text) : "");

export const say = (text, level) => document.dispatchEvent(new CustomEvent("ch-toast", { detail: { text, level } }));
