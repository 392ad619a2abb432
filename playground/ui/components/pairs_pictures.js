// The pictures of pairs on a canvas: one strip of `n` pictures for each part, one strip below the other.

const STRIPE = 6; // pixels from one line of the hatching to the next
const SEEN = 0.62; // how much of D's colours covers an output

// Part `part` of pair `index` in a box.
function picture(ctx, store, part, index, box) {
  const { bitmap, data } = store, [w, h] = data.tile, name = data.parts[part].name;
  const source = store.close ? magnified(bitmap, part, index, data, box) : null;
  ctx.save();
  ctx.imageSmoothingEnabled = !data.crisp;
  ctx.imageSmoothingQuality = "high";
  if (source) ctx.drawImage(source, box.x, box.y, box.w, box.h);
  else ctx.drawImage(bitmap, index * w, part * h, w, h, box.x, box.y, box.w, box.h);
  if (name === "output" && store.patched && data.patches) overlay(ctx, store, index, box);
  ctx.restore();
  if (name === "input" && data.hidden) hatch(ctx, store, index, box);
}

// A small picture doubled again and again looks smooth where one bilinear enlargement shows its facets.
function magnified(bitmap, part, index, { tile: [w, h], crisp }, box) {
  if (crisp || 2 * w > box.w) return null;
  let from = null, wide = w, high = h;
  while (wide < box.w) {
    const canvas = document.createElement("canvas"), ctx = (Object.assign(canvas, { width: 2 * wide, height: 2 * high })).getContext("2d");
    if (from) ctx.drawImage(from, 0, 0, 2 * wide, 2 * high);
    else ctx.drawImage(bitmap, index * w, part * h, w, h, 0, 0, 2 * w, 2 * h);
    [from, wide, high] = [canvas, 2 * wide, 2 * high];
  }
  return from;
}

// What G did not see is no grey: it is hatched.
function hatch(ctx, { data, theme }, index, box) {
  const { hidden, tile: [w, h] } = data, first = index * w * h, stripe = STRIPE * theme.large;
  ctx.save();
  ctx.beginPath();
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      if (!bit(hidden, first + y * w + x)) continue;
      let end = x + 1;
      while (end < w && bit(hidden, first + y * w + end)) end += 1;
      ctx.rect(box.x + x * box.w / w, box.y + y * box.h / h, (end - x) * box.w / w, box.h / h);
      x = end;
    }
  }
  ctx.clip();
  ctx.fillStyle = theme.background;
  ctx.fillRect(box.x, box.y, box.w, box.h);
  ctx.strokeStyle = theme.text;
  ctx.globalAlpha = 0.55;
  ctx.beginPath();
  for (let at = -box.h; at < box.w; at += stripe) {
    ctx.moveTo(box.x + at, box.y + box.h);
    ctx.lineTo(box.x + at + box.h, box.y);
  }
  ctx.stroke();
  ctx.restore();
}

const bit = (bytes, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1;

// What D says of each patch of an output, which is grey below: a colour of its own would be taken for D's.
function overlay(ctx, { data, theme }, index, box) {
  const { shades, rows, columns } = data.patches, ramp = colourRamp([theme.generated, theme.neutral, theme.real]);
  ctx.globalCompositeOperation = "saturation";
  ctx.fillStyle = "#808080";
  ctx.fillRect(box.x, box.y, box.w, box.h);
  ctx.globalCompositeOperation = "source-over";
  ctx.globalAlpha = SEEN;
  const edge = (i, count, from, size) => Math.round(from + i * size / count);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const [r, g, b] = ramp[shades[(index * rows + i) * columns + j]];
      const x = edge(j, columns, box.x, box.w), y = edge(i, rows, box.y, box.h);
      ctx.fillStyle = `rgb(${r} ${g} ${b})`;
      ctx.fillRect(x, y, edge(j + 1, columns, box.x, box.w) - x, edge(i + 1, rows, box.y, box.h) - y);
    }
  }
}

// Bands of pairs, each pair a column of its parts: many of them, and more so large ones.
function arranged({ count, parts, tile, bands, columns }, width, height) {
  const ratio = tile[1] / tile[0], k = parts.length;
  let best = null;
  for (let b = 1; b <= Math.min(bands, count); b += 1) {
    for (let c = 1; c <= Math.min(columns, Math.ceil(count / b)); c += 1) {
      const across = (width - (c - 1) * APART) / c, down = ((height - (b - 1) * BETWEEN) / b - (k - 1) * LINE) / k / ratio;
      const side = Math.floor(Math.min(across, down)), shown = Math.min(count, b * c);
      const value = shown * side ** 1.5;
      if (side > 4 && (!best || value > best.value)) best = { value, b, c, side, shown };
    }
  }
  if (!best) return null;
  const high = Math.floor(best.side * ratio), tall = k * high + (k - 1) * LINE;
  return {
    ...best, high, tall, wide: best.c * best.side + (best.c - 1) * APART, whole: best.b * tall + (best.b - 1) * BETWEEN,
    place: (i) => ({ x: (i % best.c) * (best.side + APART), y: Math.floor(i / best.c) * (tall + BETWEEN) }),
  };
}

const APART = 6, BETWEEN = 12, LINE = 2; // pixels between two pairs, two bands, and the parts of a pair
