// Draws the part of Plotly's JSON that playground/ui/charts writes: lines, areas, markers, shapes, notes.

const GLIDE = 450; // milliseconds for markers to reach their new places
const BEAT = 40; // milliseconds between two pictures of that: more would take time from training on the same machine
const TYPES = { f4: Float32Array, i4: Int32Array };
const REACH = 14; // pixels within which a mark answers to the pointer
const GAP = 6; // pixels between an axis and its values

export default function (component) {
  const { data: [figure, alt], parentElement } = component;
  const root = parentElement.querySelector(".chart");
  const store = storeOf(parentElement, () => ({ from: {}, places: {} }));
  store.figure = { ...figure, data: figure.data.map((t) => ({ ...t, x: values(t.x), y: values(t.y), customdata: values(t.customdata) })) };
  root.setAttribute("aria-label", alt);
  root.querySelector(".title").innerHTML = figure.layout.title.text;
  store.from = store.places;
  store.start = performance.now();
  store.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  store.draw = () => frame(root, store);
  if (!store.unfollow) {
    store.unfollow = follow(root, () => store.draw());
    root.addEventListener("pointermove", (event) => { store.pointer = event; tip(root, store); });
    root.addEventListener("pointerleave", () => { store.pointer = null; tip(root, store); });
  }
  frame(root, store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; clearTimeout(store.next); });
}

function values(source) {
  if (!source || Array.isArray(source)) return source;
  const bytes = Uint8Array.from(atob(source.bdata), (c) => c.charCodeAt(0));
  return new TYPES[source.dtype](bytes.buffer);
}

// One picture, and the next one as long as something glides.
function frame(root, store) {
  clearTimeout(store.next);
  const done = store.still ? 1 : Math.min(1, (performance.now() - store.start) / GLIDE);
  store.share = done * (2 - done);
  const at = paint(root, store);
  if (at) { store.at = at; tip(root, store); }
  if (done < 1 && store.figure.data.some((trace) => trace.meta === "glide")) {
    store.next = setTimeout(() => frame(root, store), BEAT);
  }
}

function paint(root, store) {
  const canvas = fitted(root.querySelector("canvas"));
  if (!canvas) return null;
  const { ctx, width, height } = canvas, { layout, data } = store.figure;
  const font = `${layout.font.size}px ${getComputedStyle(root).fontFamily}`;
  ctx.font = font;
  const m = layout.margin, left = Math.max(m.l, roomForValues(ctx, layout.yaxis));
  const box = { x: left, y: m.t, w: Math.max(20, width - left - m.r), h: Math.max(20, height - m.t - m.b) };
  if (layout.yaxis.scaleanchor) box.w = box.h = Math.min(box.w, box.h);
  const scale = (axis, low, size) => (v) => low + ((v - axis.range[0]) / (axis.range[1] - axis.range[0])) * size;
  const at = { box, x: scale(layout.xaxis, box.x, box.w), y: scale(layout.yaxis, box.y + box.h, -box.h) };
  axes(ctx, layout, at);
  for (const shape of layout.shapes || []) rule(ctx, shape, at);
  ctx.save();
  ctx.beginPath(); ctx.rect(box.x, box.y, box.w, box.h); ctx.clip();
  for (const trace of data) if (trace.type === "scatter" && trace.mode === "lines") line(ctx, trace, at);
  ctx.restore();
  data.forEach((trace, i) => { if (trace.mode === "markers") markers(ctx, trace, at, i, store); });
  for (const note of layout.annotations || []) label(ctx, note, at, font, colours(root).background);
  return at;
}

function written(axis) {
  const ticks = axis.tickvals || stops(axis.range, axis.nticks);
  return ticks.map((value, i) => [value, axis.ticktext ? axis.ticktext[i] : spell(value, ticks)]);
}

// The width in pixels of the longest value beside the y axis, with the gap to it.
function roomForValues(ctx, axis) {
  if (axis.showticklabels === false) return 0;
  return GAP + Math.max(0, ...written(axis).map(([, text]) => Math.ceil(ctx.measureText(text).width)));
}

function axes(ctx, layout, at) {
  const { box } = at;
  ctx.fillStyle = layout.font.color;
  ctx.lineWidth = 1;
  for (const [name, axis] of [["x", layout.xaxis], ["y", layout.yaxis]]) {
    ctx.strokeStyle = axis.gridcolor;
    ctx.textAlign = name === "x" ? "center" : "right";
    ctx.textBaseline = name === "x" ? "top" : "middle";
    for (const [value, text] of written(axis)) {
      const place = Math.round(at[name](value)) + 0.5;
      if (axis.showgrid !== false) {
        ctx.beginPath();
        if (name === "x") { ctx.moveTo(place, box.y); ctx.lineTo(place, box.y + box.h); }
        else { ctx.moveTo(box.x, place); ctx.lineTo(box.x + box.w, place); }
        ctx.stroke();
      }
      if (axis.showticklabels === false) continue;
      if (name === "x") ctx.fillText(text, place, box.y + box.h + GAP); else ctx.fillText(text, box.x - GAP, place);
    }
  }
}

const DASHES = { dash: [9, 6], dot: [2, 3], dashdot: [9, 4, 2, 4], longdash: [18, 5] };

function dashes(style) { return DASHES[style] || []; }

function rule(ctx, shape, at) {
  const x = (v) => (shape.xref === "paper" ? at.box.x + v * at.box.w : at.x(v));
  const y = (v) => (shape.yref === "paper" ? at.box.y + (1 - v) * at.box.h : at.y(v));
  if (shape.type === "rect") {
    const clip = (v) => Math.min(Math.max(v, at.box.y), at.box.y + at.box.h);
    const top = clip(y(shape.y1));
    ctx.save();
    ctx.globalAlpha = shape.opacity ?? 1;
    ctx.fillStyle = shape.fillcolor;
    ctx.fillRect(x(shape.x0), top, x(shape.x1) - x(shape.x0), clip(y(shape.y0)) - top);
    ctx.restore();
    return;
  }
  const outside = shape.xref === "paper" && (y(shape.y0) < at.box.y || y(shape.y0) > at.box.y + at.box.h);
  if (outside) return;
  ctx.save();
  ctx.globalAlpha = shape.opacity ?? 1;
  ctx.strokeStyle = shape.line.color;
  ctx.lineWidth = shape.line.width;
  ctx.setLineDash(dashes(shape.line.dash));
  ctx.beginPath(); ctx.moveTo(x(shape.x0), y(shape.y0)); ctx.lineTo(x(shape.x1), y(shape.y1)); ctx.stroke();
  ctx.restore();
}

function line(ctx, trace, at) {
  ctx.beginPath();
  let down = false;
  for (let i = 0; i < trace.x.length; i += 1) {
    const y = at.y(trace.y[i]);
    if (!Number.isFinite(y)) { down = false; continue; }
    if (down) ctx.lineTo(at.x(trace.x[i]), y); else ctx.moveTo(at.x(trace.x[i]), y);
    down = true;
  }
  if (trace.fill) { ctx.fillStyle = trace.fillcolor; ctx.fill(); }
  ctx.strokeStyle = trace.line.color;
  ctx.lineWidth = trace.line.width;
  ctx.lineJoin = "round";
  ctx.setLineDash(dashes(trace.line.dash));
  ctx.stroke();
  ctx.setLineDash([]);
}

function markers(ctx, trace, at, index, store) {
  const { color, symbol, size, opacity, line: edge } = trace.marker, one = (list, i) => (Array.isArray(list) ? list[i] : list);
  const old = trace.meta === "glide" ? store.from[index] : null;
  const from = old && old.x.length === trace.x.length ? old : trace, share = store.share;
  const now = { x: [], y: [] };
  ctx.save();
  ctx.globalAlpha = opacity ?? 1;
  for (let i = 0; i < trace.x.length; i += 1) {
    const px = from.x[i] + (trace.x[i] - from.x[i]) * share, py = from.y[i] + (trace.y[i] - from.y[i]) * share;
    now.x.push(px); now.y.push(py);
    const x = at.x(px), y = at.y(py), r = size / 2, { box } = at;
    if (!(x >= box.x - 6 && x <= box.x + box.w + 6 && y >= box.y - 6 && y <= box.y + box.h + 6)) continue;
    ctx.fillStyle = one(color, i);
    shapeOf(ctx, one(symbol, i), x, y, r);
    ctx.fill();
    if (edge) { ctx.strokeStyle = edge.color; ctx.lineWidth = edge.width; ctx.stroke(); }
  }
  ctx.restore();
  store.places[index] = now;
}

function shapeOf(ctx, symbol, x, y, r) {
  if (symbol === "triangle-up") { triangle(ctx, x, y, 1.15 * r); return; }
  ctx.beginPath();
  if (symbol === "square") ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  else if (symbol === "triangle-down") { ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y - r); ctx.lineTo(x, y + r); ctx.closePath(); }
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
}

// With a rim of the background's colour, so that no line strikes the words through.
function label(ctx, note, at, font, background) {
  const x = note.xref === "paper" ? at.box.x + note.x * at.box.w : at.x(note.x);
  const y = note.yref === "paper" ? at.box.y + (1 - note.y) * at.box.h : at.y(note.y);
  ctx.save();
  ctx.font = font;
  ctx.fillStyle = note.font.color;
  ctx.textAlign = note.xanchor;
  ctx.textBaseline = note.yanchor;
  const down = note.yanchor === "bottom" ? -3 : 3;
  ctx.strokeStyle = background;
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeText(note.text, x, y + down);
  ctx.globalAlpha = note.opacity ?? 1;
  ctx.fillText(note.text, x, y + down);
  ctx.restore();
}

// What is under the pointer: a mark with a text, else the lines' values there.
function tip(root, store) {
  const box = root.querySelector(".tip"), text = store.pointer && store.at ? under(root, store) : "";
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const frameBox = root.getBoundingClientRect(), x = store.pointer.clientX - frameBox.left;
  box.style.left = `${Math.max(0, Math.min(x + 12, frameBox.width - box.offsetWidth - 4))}px`;
  box.style.top = `${Math.max(0, store.pointer.clientY - frameBox.top - box.offsetHeight - 8)}px`;
}

function under(root, store) {
  const area = root.getBoundingClientRect(), { at } = store, { box } = at;
  const x = store.pointer.clientX - area.left, y = store.pointer.clientY - area.top;
  if (x < box.x - REACH || x > box.x + box.w + REACH || y < box.y - REACH || y > box.y + box.h) return "";
  const marks = store.figure.data.find((trace) => trace.hovertext);
  const found = marks ? nearest(marks.x, (v) => Math.abs(at.x(v) - x)) : -1;
  if (found >= 0 && Math.abs(at.x(marks.x[found]) - x) < REACH) return marks.hovertext[found].replaceAll("<br>", "\n");
  const lines = store.figure.data.filter((trace) => trace.mode === "lines" && trace.name && trace.x.length);
  if (!lines.length) return "";
  const places = lines.map((trace) => nearest(trace.x, (v) => Math.abs(at.x(v) - x))); // lines may have other steps
  const shown = lines.map((trace, i) => `${trace.name} ${spelled(trace, places[i])}`);
  return [String(lines[0].x[places[0]]), ...shown].join("\n");
}

// The value of a line, or what it stands for where the axis is one of logarithms.
function spelled(trace, i) {
  return trace.customdata ? Number(trace.customdata[i].toPrecision(3)).toString() : trace.y[i].toFixed(3);
}

function nearest(list, distance) {
  let best = -1, least = Infinity;
  list.forEach((value, i) => { const d = distance(value); if (d < least) { least = d; best = i; } });
  return best;
}
