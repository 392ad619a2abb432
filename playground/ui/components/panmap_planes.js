// The map of a 2-D run: the plane of the latents, and the plane of the data with the grid of the first as G bends it.

const EVERY = 4; // places from one line of the grid to the next
const EDGE = { left: 34, right: 6, top: 6, bottom: 22 }; // pixels

function boxOf({ theme: { large } }, width, height) {
  const left = EDGE.left * large, bottom = EDGE.bottom * large;
  return { x: left, y: EDGE.top, w: width - left - EDGE.right, h: height - EDGE.top - bottom };
}

// G at a place, bilinear between the four places around it, by the finest level that has them; null if none has.
function pointAt(store, { u, v }, now) {
  for (let level = store.level + store.data.finer; level >= store.level - 2; level -= 1) {
    const a = u * 2 ** level, b = v * 2 ** level, { side } = store.data;
    const i = Math.floor(a / side), j = Math.floor(b / side), entry = cached(store, level, i, j);
    if (!entry) continue;
    if (entry.version !== store.data.version && now - entry.born > FRESH && level > store.level) continue;
    entry.used = now;
    const column = Math.floor(a) - i * side, row = Math.floor(b) - j * side, x = a - Math.floor(a), y = b - Math.floor(b);
    const blend = (values, width, k) => {
      const at = (c, r) => values[((row + r) * (side + 1) + column + c) * width + k];
      return (1 - y) * ((1 - x) * at(0, 0) + x * at(1, 0)) + y * ((1 - x) * at(0, 1) + x * at(1, 1));
    };
    return { x: blend(entry.points, 2, 0), y: blend(entry.points, 2, 1), norm: blend(entry.norms, 1, 0) };
  }
  return null;
}

function nodeAt(store, a, b) {
  const { side } = store.data, i = Math.floor(a / side), j = Math.floor(b / side), entry = cached(store, store.level, i, j);
  const k = (b - j * side) * (side + 1) + a - i * side;
  return entry ? [entry.points[2 * k], entry.points[2 * k + 1], entry.norms[k]] : null;
}

function paintPlanes(store) {
  const { sight, level, theme, data } = store, step = 2 ** -level * EVERY;
  const left = fitted(store.map.querySelector("canvas")), right = fitted(store.picture.querySelector("canvas"));
  if (!left || !right) return;
  const mesh = meshOf(store, sight, step), here = latentFrame(store, left), there = dataFrame(store, right);
  within(left.ctx, here.box, () => {
    for (const cell of mesh.cells) shade(left.ctx, cell.from.map(([u, v]) => [here.x(u), here.y(v)]), cell.share, here.box, theme);
    strokes(left.ctx, mesh.lines.map((line) => line.map(({ from: [u, v] }) => [here.x(u), here.y(v)])), theme);
    pointsLayer(left.ctx, store.latents, here, theme, "generated");
  });
  axesLayer(left.ctx, here, theme, store.font);
  within(right.ctx, there.box, () => {
    pointsLayer(right.ctx, store.real, there, theme, "real");
    for (const cell of mesh.cells) shade(right.ctx, cell.to.map(([x, y]) => [there.x(x), there.y(y)]), cell.share, there.box, theme);
    strokes(right.ctx, mesh.lines.map((line) => line.map(({ to: [x, y] }) => [there.x(x), there.y(y)])), theme);
    right.ctx.globalAlpha = 0.5;
    pointsLayer(right.ctx, store.generated, there, theme, "generated");
  });
  axesLayer(right.ctx, there, theme, store.font);
  store.there = there;
  for (const [u, v, text] of data.marks) badge(left.ctx, text, here.x(u), here.y(v), theme);
}

function latentFrame(store, { width, height }) {
  const box = boxOf(store, width, height), { at, unit } = store;
  return {
    box, dot: 0.7, x: store.x, y: store.y,
    rangeX: [at.u + (box.x - width / 2) / unit, at.u + (box.x + box.w - width / 2) / unit],
    rangeY: [at.v - (box.y + box.h - height / 2) / unit, at.v - (box.y - height / 2) / unit],
  };
}

function dataFrame(store, { width, height }) {
  const { extent } = store.data, box = boxOf(store, width, height);
  return {
    box, dot: 0.9, rangeX: [-extent, extent], rangeY: [-extent, extent],
    x: (value) => box.x + (value / extent + 1) / 2 * box.w, y: (value) => box.y + (1 - value / extent) / 2 * box.h,
  };
}

// The lines of the grid in sight, and its cells with the share of the latents in sight that each holds.
function meshOf(store, sight, step) {
  const first = (low) => Math.ceil(low / step - 1e-9), last = (high) => Math.floor(high / step + 1e-9);
  const [a0, a1, b0, b1] = [first(sight.u0), last(sight.u1), first(sight.v0), last(sight.v1)];
  const cells = [], lines = [], corner = (a, b) => {
    const node = nodeAt(store, a * EVERY, b * EVERY);
    return node && { from: [a * step, b * step], to: node };
  };
  const trace = (along) => {
    let line = [];
    for (const [a, b] of along) {
      const node = nodeAt(store, a, b);
      if (node) line.push({ from: [a * step / EVERY, b * step / EVERY], to: node });
      else if (line.length) { lines.push(line); line = []; }
    }
    if (line.length) lines.push(line);
  };
  const fine = (low, high) => Array.from({ length: Math.max(0, (high - low) * EVERY / 2 + 1) }, (_, k) => low * EVERY + 2 * k);
  for (let a = a0; a <= a1; a += 1) trace(fine(b0, b1).map((b) => [a * EVERY, b]));
  for (let b = b0; b <= b1; b += 1) trace(fine(a0, a1).map((a) => [a, b * EVERY]));
  for (let a = a0; a < a1; a += 1) {
    for (let b = b0; b < b1; b += 1) {
      const four = [corner(a, b), corner(a + 1, b), corner(a + 1, b + 1), corner(a, b + 1)];
      if (four.some((each) => !each)) continue;
      const norm = four.reduce((sum, each) => sum + each.to[2], 0) / 4;
      cells.push({ from: four.map((each) => each.from), to: four.map((each) => each.to), share: store.data.normal ? Math.exp(-norm * norm / 2) : 1 });
    }
  }
  const all = cells.reduce((sum, cell) => sum + cell.share, 0) || 1;
  for (const cell of cells) cell.share /= all;
  return { cells, lines };
}

// The smaller a cell is drawn that holds as much, the denser the samples, the darker its colour.
function shade(ctx, [a, b, c, d], share, box, theme) {
  const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1])) / 2;
  ctx.globalAlpha = Math.min(0.55, 0.1 * share * box.w * box.h / Math.max(area, 1e-6));
  if (ctx.globalAlpha < 0.004) return;
  ctx.fillStyle = theme.generated;
  ctx.beginPath();
  ctx.moveTo(...a); ctx.lineTo(...b); ctx.lineTo(...c); ctx.lineTo(...d);
  ctx.fill();
}

function strokes(ctx, lines, theme) {
  ctx.globalAlpha = 0.5;
  ctx.strokeStyle = theme.generated;
  ctx.lineWidth = 0.8;
  ctx.beginPath();
  for (const line of lines) line.forEach((at, k) => (k ? ctx.lineTo(...at) : ctx.moveTo(...at)));
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function within(ctx, box, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.w, box.h);
  ctx.clip();
  draw();
  ctx.restore();
}
