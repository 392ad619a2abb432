// The scrubber's plots in one canvas, with a cursor at the position: curves one above the other, or lines in one plot of
// [0, 1]. The server has no part in it.

const PLOT = { left: 44, right: 10, top: 26, bottom: 8, letters: 22, head: 13 }; // pixels

// The same where the type is so many times as large.
const plotOf = (large) => Object.fromEntries(Object.entries(PLOT).map(([name, pixels]) => [name, pixels * large]));

const curveSpan = (data) => Math.max(data.shape === "loop" ? data.count : data.count - 1, 1);

// Plots stand one above the other, or side by side in a flat box: the width of each.
const plotWidth = (count, width, height) => (width > 3 * height ? width / count : width);

// The frame that a place `x` in a box of this size means.
function curvePosition(data, x, box, large) {
  const width = plotWidth(Math.max(data.curves.length, 1), box.width, box.height), plot = plotOf(large);
  return (x % width - plot.left) / Math.max(width - plot.left - plot.right, 1) * curveSpan(data);
}

function drawCurves(store, data, at) {
  const canvas = store.root.querySelector(".curves canvas"), surface = fitted(canvas);
  if (!surface) return;
  const { ctx, height } = surface, theme = colours(store.root), count = data.curves.length;
  const width = plotWidth(count, surface.width, height), flat = width < surface.width;
  const plot = plotOf(theme.large), inner = width - plot.left - plot.right, each = (height - plot.letters) / (flat ? 1 : count);
  const said = data.curves.map((curve, k) => {
    const left = plot.left + (flat ? k * width : 0), top = (flat ? 0 : k * each) + plot.top;
    const x = (i) => left + i / curveSpan(data) * inner;
    const value = drawCurve(ctx, curve, { x, left, inner, top, height: each - plot.top - plot.bottom, head: plot.head }, data, at, theme);
    if (flat || k === count - 1) letters(ctx, data, x, height - plot.letters / 2, theme);
    return `${curve.title} ${value}`.trim();
  });
  canvas.setAttribute("aria-label", said.join(", "));
}

// Lines, each with a mark at every value and, dashed, the most that it can be. What they are at frame `k` stands above.
function drawLines(store, data, k) {
  const theme = colours(store.root), box = store.root.querySelector(".readout");
  box.replaceChildren(...data.lines.map((line) => readout(line, k, theme)));
  const canvas = store.root.querySelector(".curves canvas"), surface = fitted(canvas);
  canvas.setAttribute("aria-label", [...box.children].map((item) => item.textContent).join(", "));
  if (!surface) return;
  const { ctx, width, height } = surface, plot = plotOf(theme.large), top = 12, foot = height - 30 * theme.large, inner = width - plot.left - plot.right;
  const x = (i) => plot.left + i / curveSpan(data) * inner, y = (v) => foot - Math.min(v, 1) * (foot - top);
  ctx.font = `${typeOf(theme, 13)} ${getComputedStyle(store.root).fontFamily}`;
  ctx.textBaseline = "middle";
  axis(ctx, [0, 1], y, { left: plot.left, inner, height: foot - top }, theme);
  ctx.textAlign = "center";
  for (const [text, i] of data.anchors) ctx.fillText(text, x(i), height - 14 * theme.large);
  line(ctx, [[x(k), foot], [x(k), top]], 2);
  for (const one of data.lines.filter(({ colour }) => colour)) {
    ctx.strokeStyle = ctx.fillStyle = theme[one.colour];
    ctx.setLineDash([5, 5]);
    if (one.ceiling !== null) line(ctx, [[plot.left, y(one.ceiling)], [plot.left + inner, y(one.ceiling)]], 1.5);
    ctx.setLineDash([]);
    const points = one.values.map((v, i) => [x(i), v === null ? null : y(v), i === k ? 7 : 3.5]).filter(([, v]) => v !== null);
    line(ctx, points, 2.5);
    for (const [px, py, r] of points) {
      if (one.colour === "generated") triangle(ctx, px, py, 1.2 * r); else { ctx.beginPath(); ctx.arc(px, py, r, 0, 2 * Math.PI); }
      ctx.fill();
    }
  }
}

function readout({ sign, name, colour, values }, k, theme) {
  const item = document.createElement("span"), value = document.createElement("b");
  value.textContent = values[k] === null ? "–" : values[k].toFixed(2);
  if (colour) item.style.setProperty("--own", theme[colour]);
  item.append(`${sign} ${name} `, value);
  return item;
}

function letters(ctx, data, x, y, theme) {
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = theme.text;
  ctx.font = `600 ${typeOf(theme, 13)} sans-serif`;
  const back = data.shape === "loop" && data.anchors.length ? [[data.anchors[0][0], data.count]] : [];
  for (const [letter, i] of [...data.anchors, ...back]) ctx.fillText(letter, x(i), y);
}

// One plot; gives the value at the cursor, spelt.
function drawCurve(ctx, curve, box, data, at, theme) {
  const [low, high] = curveRange(curve), y = (v) => box.top + box.height * (1 - (v - low) / (high - low));
  const foot = box.top + box.height, ink = theme[curve.color];
  ctx.font = `${typeOf(theme, 13)} sans-serif`;
  ctx.textBaseline = "middle";
  axis(ctx, [low, high], y, box, theme);
  if (curve.band) {
    ctx.fillStyle = theme.text;
    ctx.globalAlpha = 0.13;
    ctx.fillRect(box.left, y(curve.band[2]), box.inner, y(curve.band[1]) - y(curve.band[2]));
    ctx.globalAlpha = 1;
  }
  if (curve.level) {
    ctx.strokeStyle = theme.text;
    ctx.globalAlpha = 0.5;
    ctx.setLineDash([4, 4]);
    line(ctx, [[box.left, y(curve.level[1])], [box.left + box.inner, y(curve.level[1])]], 1);
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }
  const points = (values) => {
    const out = values.map((v, i) => [box.x(i), v === null ? null : y(v)]);
    if (data.shape === "loop") out.push([box.x(data.count), out[0][1]]);
    return out.filter((point) => point[1] !== null);
  };
  if (curve.other) {
    ctx.strokeStyle = theme.text;
    ctx.globalAlpha = 0.35;
    line(ctx, points(curve.other[1]), 1.5);
    ctx.globalAlpha = 1;
  }
  ctx.strokeStyle = theme.text;
  ctx.globalAlpha = 0.6;
  line(ctx, [[box.x(at), box.top], [box.x(at), foot]], 1);
  ctx.globalAlpha = 1;
  heads(ctx, curve, box, theme);
  if (!curve.values) return "";
  ctx.strokeStyle = ink;
  line(ctx, points(curve.values), 2.5);
  const value = valueAt(curve.values, at, data.shape === "loop");
  if (value === null) return "";
  ctx.fillStyle = ink;
  ctx.beginPath();
  ctx.arc(box.x(at), y(value), 5, 0, 2 * Math.PI);
  ctx.fill();
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.fillStyle = theme.text;
  ctx.textAlign = "right";
  ctx.font = `600 ${typeOf(theme, 13)} sans-serif`;
  ctx.fillText(signed(value), box.left + box.inner, box.top - box.head);
  return signed(value);
}

// Name of the plot, and what its faint parts mean.
function heads(ctx, curve, box, theme) {
  ctx.fillStyle = theme.text;
  ctx.textAlign = "left";
  ctx.font = `600 ${typeOf(theme, 13)} sans-serif`;
  ctx.fillText(curve.title, box.left, box.top - box.head);
  let x = box.left + ctx.measureText(curve.title).width + 14;
  ctx.font = `${typeOf(theme, theme.large > 1 ? 13 : 12)} sans-serif`;
  ctx.globalAlpha = 0.75;
  const right = box.left + box.inner - 46 * theme.large;
  const parts = [[curve.other, "line"], [curve.band, "band"], [curve.level, "dash"]];
  for (const [part, kind] of parts.filter(([part]) => part)) {
    if (x + 20 + ctx.measureText(part[0]).width > right) continue;
    ctx.save();
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = kind === "band" ? 9 : 1.5;
    ctx.globalAlpha = kind === "band" ? 0.2 : 0.5;
    ctx.setLineDash(kind === "dash" ? [4, 3] : []);
    ctx.beginPath();
    ctx.moveTo(x, box.top - box.head);
    ctx.lineTo(x + 14, box.top - box.head);
    ctx.stroke();
    ctx.restore();
    ctx.fillText(part[0], x + 18, box.top - box.head);
    x += 32 + ctx.measureText(part[0]).width;
  }
  ctx.globalAlpha = 1;
}

function axis(ctx, range, y, box, theme) {
  const ticks = stops(range, Math.max(2, Math.min(4, box.height / 32)));
  ctx.fillStyle = ctx.strokeStyle = theme.text;
  ctx.textAlign = "right";
  for (const tick of ticks) {
    ctx.globalAlpha = 0.12;
    line(ctx, [[box.left, y(tick)], [box.left + box.inner, y(tick)]], 1);
    ctx.globalAlpha = 0.75;
    ctx.fillText(spell(tick, ticks), box.left - 6, y(tick));
  }
  ctx.globalAlpha = 1;
}

function curveRange(curve) {
  if (curve.range) return curve.range;
  const all = [...(curve.values ?? []), ...(curve.other?.[1] ?? []), ...(curve.band?.slice(1) ?? []), ...(curve.level?.slice(1) ?? [])];
  const known = all.filter((v) => v !== null);
  const low = known.length ? Math.min(...known) : 0, high = known.length ? Math.max(...known) : 1;
  const room = 0.08 * (high - low) || 0.5;
  return [low - room, high + room];
}

function valueAt(values, at, loop) {
  const low = Math.min(Math.floor(at), values.length - 1);
  const high = loop ? (low + 1) % values.length : Math.min(low + 1, values.length - 1);
  if (values[low] === null || values[high] === null) return values[low];
  return values[low] + (at - low) * (values[high] - values[low]);
}

function line(ctx, points, width) {
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.stroke();
}
