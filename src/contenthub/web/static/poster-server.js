/* What the editor asks the server: layers as painted, the true picture, faults, saving. One
   request of a kind is on its way at a time; the newest wish waits and is sent next. */

const FAILED = "连接不上服务器，请检查网络后再试";

/* What is said of an answer that brought no words of its own, as a proxy's. */
function wordless(url, status) {
  if (status < 500) return "服务器没有接受这次请求（" + status + "），请刷新页面后再试";
  return url.startsWith("/api/") ? "服务器暂时没有处理，请稍后再试" : "服务器暂时画不出来，请稍后再试";
}

export function ask(method, url, body, headers) {
  const meta = document.querySelector('meta[name="csrf-token"]');
  const told = Object.assign({ "x-csrftoken": (meta || {}).content || "", accept: "application/json", "content-type": "application/json" }, headers);
  return fetch(url, { method, credentials: "same-origin", headers: told, body: body === undefined ? undefined : JSON.stringify(body) })
    .catch(() => { throw Object.assign(new Error(FAILED), { away: true }); })
    .then((answer) => answer.json().catch(() => ({})).then((found) => {
      if (answer.ok) return found;
      throw Object.assign(new Error(found.detail || wordless(url, answer.status)), { status: answer.status, code: found.code || "", errors: found.errors || [] });
    }));
}

/* Runs `work` once for many calls; a call while it runs lets it run once more. */
export function latest(work, waitMs) {
  let timer = 0, running = false, again = false;
  function run() {
    if (running) { again = true; return; }
    running = true;
    again = false;
    Promise.resolve().then(work).catch((error) => console.error(error)).then(() => { running = false; if (again) run(); });
  }
  return (at = waitMs) => { clearTimeout(timer); timer = setTimeout(run, at); };
}

const AT_ONCE = 30;

/* What of a layer its sprite depends on: all but its place, turn, fading, shadow and rules. */
export function spriteKey(layer, design, employee) {
  const bare = Object.assign({}, layer);
  ["rotation_degrees", "opacity", "shadow", "show", "name", "locked", "choices"].forEach((key) => delete bare[key]);
  const box = layer.box, isHuge = box.w_px * box.h_px > 2 * design.width_px * design.height_px;
  bare.box = { w: box.w_px, h: box.h_px, at: layer.kind === "qr" ? [box.x_px % 8, box.y_px % 8] : isHuge ? [box.x_px, box.y_px] : 0 };
  return employee + JSON.stringify(bare);
}

/* Keeps the painted layers of a design; `told` gets every answer, `drawn` each new sprite's id. */
export class Sprites {
  constructor({ url, state, told, drawn }) {
    Object.assign(this, { url, state, told, drawn });
    this.kept = new Map();
    this.refresh = latest(() => this.fetch(), 30);
  }
  of(layer) {
    const found = this.kept.get(layer.id);
    return found && found.key === this.key(layer) ? found : null;
  }
  /* The newest picture of a layer, be it of an older form. */
  newest(id) { return this.kept.get(id) || null; }
  key(layer) { return spriteKey(layer, this.state().design, this.state().employee_id || ""); }

  fetch() {
    const { design, item_id, employee_id } = this.state();
    const keys = new Map(design.layers.map((layer) => [layer.id, { key: this.key(layer), boxW: layer.box.w_px, boxH: layer.box.h_px }]));
    const missing = design.layers.filter((layer) => (this.kept.get(layer.id) || {}).key !== keys.get(layer.id).key);
    // What a person looks at first: the large below, then words and codes.
    const wanted = missing.slice(0, AT_ONCE).map((layer) => layer.id);
    return ask("POST", this.url, { design, item_id, employee_id, wanted }).then((answer) => {
      const loads = wanted.map((id) => this.load(id, keys.get(id), answer.sprites[id]));
      const came = Object.keys(answer.sprites).length;
      return Promise.all(loads).then(() => { this.told(answer, design); if (came && missing.length > wanted.length) this.refresh(0); });
    }, (error) => { this.told({ error }, design); if (error.away || error.status >= 500) setTimeout(() => this.refresh(0), error.away ? 5000 : 15000); });
  }
  load(id, asked, sprite) {
    if (!sprite) return null; // what cannot be drawn keeps its last picture, and is asked for again
    if (!sprite.src) { this.kept.set(id, Object.assign({ image: null }, asked)); this.drawn(id); return null; }
    const image = new Image();
    image.src = sprite.src;
    return image.decode().then(() => {
      this.kept.set(id, Object.assign({ image }, asked, sprite, { src: "" }));
      this.drawn(id);
    }, () => {}); // a picture cut off on its way: the last one stays
  }
}
