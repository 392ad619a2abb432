// Draws the points that playground/ui/charts/plane.py writes in Plotly's JSON; those that glide move to their new places.

const GLIDE = 450; // milliseconds for points to reach their new places
const BEAT = 40; // milliseconds between two pictures of that: more would take time from training on the same machine
const GAP = 6; // pixels between an axis and its values

export default function (component) {
  const { data: [figure, alt], parentElement } = component;
  const root = parentElement.querySelector(".scatter");
  const store = storeOf(parentElement, () => ({ from: {}, places: {} }));
  store.figure = { ...figure, data: figure.data.map((trace) => ({ ...trace, x: values(trace.x), y: values(trace.y) })) };
  root.setAttribute("aria-label", alt);
  store.from = store.places;
  store.start = performance.now();
  store.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  store.draw = () => frame(root, store);
  store.unfollow ??= follow(root, () => store.draw());
  frame(root, store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; clearTimeout(store.next); });
}

function values(source) {
  return new Float32Array(Uint8Array.from(atob(source.bdata), (c) => c.charCodeAt(0)).buffer);
}

// One picture, and the next one as long as something glides.
function frame(root, store) {
  clearTimeout(store.next);
  const done = store.still ? 1 : Math.min(1, (performance.now() - store.start) / GLIDE);
  store.share = done * (2 - done);
  paint(root, store);
  if (done < 1 && store.figure.data.some((trace) => trace.meta?.glide)) {
    store.next = setTimeout(() => frame(root, store), BEAT);
  }
}

function paint(root, store) {
  const canvas = fitted(root.querySelector("canvas"));
  if (!canvas) return;
  const { ctx, width, height } = canvas, { layout, data } = store.figure, m = layout.margin;
  ctx.font = `${layout.font.size}px ${getComputedStyle(root).fontFamily}`;
  const left = Math.max(m.l, roomForValues(ctx, layout.yaxis));
  const side = Math.max(20, Math.min(width - left - m.r, height - m.t - m.b));
  const box = { x: left, y: m.t, w: side, h: side };
  const scale = (axis, low, size) => (v) => low + ((v - axis.range[0]) / (axis.range[1] - axis.range[0])) * size;
  const at = { box, x: scale(layout.xaxis, box.x, side), y: scale(layout.yaxis, box.y + side, -side) };
  axes(ctx, layout, at);
  data.forEach((trace, i) => points(ctx, trace, at, i, store));
}

function written(axis) {
  const ticks = stops(axis.range, axis.nticks);
  return ticks.map((value) => [value, spell(value, ticks)]);
}

// The width in pixels of the longest value beside the y axis, with the gap to it.
function roomForValues(ctx, axis) {
  return GAP + Math.max(0, ...written(axis).map(([, text]) => Math.ceil(ctx.measureText(text).width)));
}

function axes(ctx, layout, at) {
  const { box } = at;
  if (layout.xaxis.showgrid !== false) grid(ctx, layout, at);
  ctx.fillStyle = layout.font.color;
  ctx.textAlign = "center"; ctx.textBaseline = "top";
  for (const [value, text] of written(layout.xaxis)) ctx.fillText(text, at.x(value), box.y + box.h + GAP);
  ctx.textAlign = "right"; ctx.textBaseline = "middle";
  for (const [value, text] of written(layout.yaxis)) ctx.fillText(text, box.x - GAP, at.y(value));
}

// A line at each value, and a frame.
function grid(ctx, layout, at) {
  const { box } = at, crisp = (value) => Math.round(value) + 0.5;
  ctx.strokeStyle = layout.xaxis.gridcolor;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const [value] of written(layout.xaxis)) { ctx.moveTo(crisp(at.x(value)), box.y); ctx.lineTo(crisp(at.x(value)), box.y + box.h); }
  for (const [value] of written(layout.yaxis)) { ctx.moveTo(box.x, crisp(at.y(value))); ctx.lineTo(box.x + box.w, crisp(at.y(value))); }
  ctx.rect(crisp(box.x), crisp(box.y), box.w - 1, box.h - 1);
  ctx.stroke();
}

function points(ctx, trace, at, index, store) {
  const { color, symbol, size, opacity, line: edge } = trace.marker, { box } = at;
  const old = trace.meta?.glide ? store.from[index] : null;
  const from = old && old.x.length === trace.x.length ? old : trace, share = store.share;
  const now = { x: [], y: [] };
  ctx.save();
  ctx.globalAlpha = opacity ?? 1;
  ctx.fillStyle = color;
  ctx.strokeStyle = edge.color; ctx.lineWidth = edge.width;
  for (let i = 0; i < trace.x.length; i += 1) {
    const px = from.x[i] + (trace.x[i] - from.x[i]) * share, py = from.y[i] + (trace.y[i] - from.y[i]) * share;
    now.x.push(px); now.y.push(py);
    const x = at.x(px), y = at.y(py), r = size / 2;
    if (!(x >= box.x - 6 && x <= box.x + box.w + 6 && y >= box.y - 6 && y <= box.y + box.h + 6)) continue;
    if (symbol === "triangle-up") triangle(ctx, x, y, 1.15 * r); else { ctx.beginPath(); ctx.arc(x, y, r, 0, 2 * Math.PI); }
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
  store.places[index] = now;
}
