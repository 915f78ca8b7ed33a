/* The keyboard over the canvas. Fields keep their own keys. */

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* `deeds` has: undo redo save copy paste cut duplicate remove nudge(dx, dy) choose(ids) all group
   ungroup order(steps) closer(factor) fit pan(on) truth edit. */
export function keys(deeds) {
  const withControl = {
    z: (event) => (event.shiftKey ? deeds.redo() : deeds.undo()), y: deeds.redo, c: deeds.copy, x: deeds.cut, v: deeds.paste, d: deeds.duplicate, a: deeds.all,
    g: (event) => (event.shiftKey ? deeds.ungroup() : deeds.group()), "]": () => deeds.order(1), "[": () => deeds.order(-1), "=": () => deeds.closer(1.2), "+": () => deeds.closer(1.2), "-": () => deeds.closer(1 / 1.2), 0: deeds.fit,
  };
  const plain = { Delete: deeds.remove, Backspace: deeds.remove, Escape: () => deeds.choose([]), Enter: deeds.edit, " ": () => deeds.pan(true), p: deeds.truth };
  const isField = (node) => node.matches && node.matches("input,textarea,select,[contenteditable=true]");
  const isBusy = () => document.querySelector(".modal.show");

  document.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (control && key === "s") { event.preventDefault(); deeds.save(); return; }
    if (isBusy() || event.defaultPrevented) return;
    // Undo in a field that changes the design is the design's own: the browser's would not tell us.
    const inEditor = event.target.closest && event.target.closest("ch-poster-editor");
    if (isField(event.target) && !(control && (key === "z" || key === "y") && inEditor && event.target.type !== "search")) return;
    if (control && withControl[key]) { event.preventDefault(); withControl[key](event); return; }
    if (control || event.altKey) return;
    const step = STEPS[event.key], onButton = event.target.closest && event.target.closest("button,a,summary,[role=tab]");
    if (step && !onButton) { if (deeds.nudge(step[0] * (event.shiftKey ? 10 : 1), step[1] * (event.shiftKey ? 10 : 1))) event.preventDefault(); return; }
    if (plain[key] && !(onButton && (key === "Enter" || key === " "))) { event.preventDefault(); plain[key](event); }
  });
  document.addEventListener("keyup", (event) => { if (event.key === " ") deeds.pan(false); });
}
