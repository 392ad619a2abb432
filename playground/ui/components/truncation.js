// Samples at each value of a slider, sent ahead, and lines of precision and recall over the values with a mark that moves
// along. The position lives here, one for each `token`; Python hears of it after a release.

const LARGEST = 520; // pixels of the side of the samples
const MARGIN = { l: 40, r: 14, t: 12, b: 30 };

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".truncation");
  const store = storeOf(parentElement, () => ({ at: new Map() }));
  Object.assign(store, { data, root, send: setStateValue });
  const slider = root.querySelector("input");
  if (!store.unfollow) {
    slider.addEventListener("input", () => { store.at.set(store.data.token, Number(slider.value)); draw(store); });
    slider.addEventListener("change", () => store.send("position", { token: store.data.token, index: index(store) }));
    store.unfollow = follow(root, () => draw(store));
  }
  markTheme(root);
  root.classList.toggle("points", data.kind === "points");
  slider.max = data.values.length - 1;
  slider.value = index(store);
  slider.setAttribute("aria-label", data.text.slider);
  root.querySelector(".samples").setAttribute("aria-label", data.text.samples);
  swapSprite(store, data.sprite, () => { store.shown = store.data; draw(store); });
  // A sprite that is still being decoded belongs to the new frames: until then the old ones stay, whole.
  if (!data.sprite || store.sprite?.src === data.sprite) store.shown = data;
  draw(store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

const index = ({ at, data }) => Math.min(at.get(data.token) ?? data.start, data.values.length - 1);

function draw(store) {
  const { root, data } = store, k = index(store), output = root.querySelector("output");
  output.textContent = data.captions[k];
  root.querySelector("input").setAttribute("aria-valuetext", data.captions[k]);
  const room = roomBelow(root) - 110;
  const side = Math.floor(Math.min(root.clientWidth * 0.52, room, LARGEST));
  size(root.querySelector(".samples"), side, side);
  root.querySelector(".chart").style.height = `${Math.max(120, side - root.querySelector(".marks").offsetHeight)}px`;
  say(store, k);
  samples(store, k);
  chart(store, k);
}

function size(canvas, width, height) {
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function say({ root, data }, k) {
  const theme = colours(root), box = root.querySelector(".marks");
  box.replaceChildren(...data.lines.map((line) => {
    const item = document.createElement("span"), value = document.createElement("b");
    const number = line.values[k];
    value.textContent = number === null || number === undefined ? "–" : number.toFixed(2);
    if (line.colour) item.style.color = theme[line.colour];
    item.append(`${line.sign} ${line.name} `, value);
    return item;
  }));
}

function samples(store, k) {
  const { root, shown: data, sprite } = store;
  if (!data || (data.kind === "images" && !sprite)) return;
  const surface = fitted(root.querySelector(".samples"));
  if (!surface) return;
  const { ctx, width } = surface;
  if (data.kind === "points") {
    const theme = colours(root);
    drawCloud(ctx, data.real, data.extent, width, theme.real, 0.35, "circle");
    drawCloud(ctx, data.points[k], data.extent, width, theme.generated, 0.9, "triangle");
    return;
  }
  const { across } = data, gap = 4, cell = (width + gap) / across;
  for (let i = 0; i < across * across; i += 1) {
    drawTile(ctx, sprite, data, k * across * across + i, (i % across) * cell, Math.floor(i / across) * cell, cell - gap, cell - gap);
  }
}

function chart({ root, data }, k) {
  const surface = fitted(root.querySelector(".chart"));
  if (!surface) return;
  const { ctx, width, height } = surface, theme = colours(root), m = MARGIN;
  const x = (i) => m.l + (i / (data.values.length - 1)) * (width - m.l - m.r);
  const y = (v) => height - m.b - Math.min(v, 1) * (height - m.t - m.b);
  ctx.font = `13px ${getComputedStyle(root).fontFamily}`;
  ctx.fillStyle = theme.text;
  for (const v of [0, 0.5, 1]) {
    rule(ctx, theme.faint, [], 1, [m.l, y(v)], [width - m.r, y(v)]);
    ctx.textAlign = "right"; ctx.textBaseline = "middle";
    ctx.fillText(v.toFixed(1), m.l - 8, y(v));
  }
  ctx.textAlign = "center"; ctx.textBaseline = "top";
  data.values.forEach((text, i) => { if (text) ctx.fillText(text, x(i), height - m.b + 8); });
  rule(ctx, theme.text, [], 2, [x(k), y(0)], [x(k), m.t]);
  for (const line of data.lines.filter((one) => one.colour)) {
    const colour = theme[line.colour];
    if (line.ceiling !== null) rule(ctx, colour, [5, 5], 1.5, [m.l, y(line.ceiling)], [width - m.r, y(line.ceiling)]);
    const known = line.values.map((v, i) => [i, v]).filter(([, v]) => v !== null);
    ctx.strokeStyle = colour; ctx.lineWidth = 2.5; ctx.lineJoin = "round";
    ctx.beginPath();
    for (const [i, v] of known) ctx.lineTo(x(i), y(v));
    ctx.stroke();
    ctx.fillStyle = colour;
    for (const [i, v] of known) {
      const r = i === k ? 7 : 3.5;
      if (line.colour === "generated") triangle(ctx, x(i), y(v), 1.2 * r); else { ctx.beginPath(); ctx.arc(x(i), y(v), r, 0, 2 * Math.PI); }
      ctx.fill();
    }
  }
}

function rule(ctx, colour, dashes, width, from, to) {
  ctx.strokeStyle = colour; ctx.lineWidth = width;
  ctx.setLineDash(dashes);
  ctx.beginPath(); ctx.moveTo(...from); ctx.lineTo(...to); ctx.stroke();
  ctx.setLineDash([]);
}
