// The layers of the plane. `at` maps points to pixels: at.x(x), at.y(y), at.box; `view` is decoded.

function heatLayer(ctx, view, at, theme) {
  const side = Math.round(Math.sqrt(view.shades.length));
  if (!side) return;
  const picture = document.createElement("canvas");
  picture.width = picture.height = side;
  const pixels = new ImageData(side, side), ramp = colourRamp([theme.generated, theme.neutral, theme.real]);
  for (let i = 0; i < view.shades.length; i += 1) {
    const row = side - 1 - Math.floor(i / side); // row 0 is at the bottom
    pixels.data.set(ramp[view.shades[i]], 4 * (row * side + (i % side)));
  }
  picture.getContext("2d").putImageData(pixels, 0, 0);
  const edge = view.extent * side / (side - 1); // values stand at the middle of their cells
  ctx.save();
  ctx.globalAlpha = 0.75;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, at.x(-edge), at.y(edge), at.x(edge) - at.x(-edge), at.y(-edge) - at.y(edge));
  ctx.restore();
}

// Where D cannot tell: the contour of its logit at `level`, by marching squares (Lorensen & Cline, 1987, in 2-D).
function decisionLine(ctx, view, at, theme) {
  const side = Math.round(Math.sqrt(view.logits.length)), pace = 2 * view.extent / (side - 1);
  const value = (i, j) => view.logits[i * side + j] - view.level;
  ctx.beginPath();
  for (let i = 0; i < side - 1; i += 1) {
    for (let j = 0; j < side - 1; j += 1) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]], cuts = [];
      for (let k = 0; k < 4; k += 1) {
        const [a, b] = [corners[k], corners[(k + 1) % 4]], va = value(...a), vb = value(...b);
        if (va < 0 === vb < 0) continue;
        const share = va / (va - vb), row = a[0] + share * (b[0] - a[0]), column = a[1] + share * (b[1] - a[1]);
        cuts.push([at.x(column * pace - view.extent), at.y(row * pace - view.extent)]);
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) { ctx.moveTo(...cuts[k]); ctx.lineTo(...cuts[k + 1]); }
    }
  }
  ctx.strokeStyle = theme.discriminator;
  ctx.lineWidth = 2;
  ctx.stroke();
}

// Each cell holds as much probability: the smaller it is drawn, the denser the samples, the darker its colour.
function meshLayer(ctx, view, at, theme) {
  const { mesh } = view, side = Math.round(Math.sqrt(mesh.length / 2));
  if (side < 2) return;
  const place = (i, j) => [at.x(mesh[2 * (i * side + j)]), at.y(mesh[2 * (i * side + j) + 1])];
  const even = (2 * view.extent / (side - 1)) ** 2 * at.scale ** 2; // the area of a cell in pixels, evenly spread
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = theme.generated;
  for (let i = 0; i < side - 1; i += 1) {
    for (let j = 0; j < side - 1; j += 1) {
      const [a, b, c, d] = [place(i, j), place(i, j + 1), place(i + 1, j + 1), place(i + 1, j)];
      const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1])) / 2;
      ctx.globalAlpha = Math.min(0.55, 0.1 * even / Math.max(area, 1e-6));
      ctx.beginPath();
      ctx.moveTo(...a); ctx.lineTo(...b); ctx.lineTo(...c); ctx.lineTo(...d);
      ctx.fill();
    }
  }
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j < side; j += 1) { if (j) ctx.lineTo(...place(i, j)); else ctx.moveTo(...place(i, j)); }
    for (let j = 0; j < side; j += 1) { if (j) ctx.lineTo(...place(j, i)); else ctx.moveTo(...place(j, i)); }
  }
  ctx.stroke();
  ctx.restore();
}

const RIM = 1.8; // pixels of the background's colour around points: they are seen on any colour of D's plane

// Points (x, y, x, y, ...): copies of one small picture, which costs less than as many shapes. First all rims.
function pointsLayer(ctx, places, at, theme, kind) {
  const { box } = at, size = at.dot * (kind === "generated" ? 3.8 : 2.6), beyond = Math.ceil(size + RIM + 1), spots = [];
  for (let i = 0; i < places.length; i += 2) {
    const x = at.x(places[i]), y = at.y(places[i + 1]);
    if (x > box.x - beyond && x < box.x + box.w + beyond && y > box.y - beyond && y < box.y + box.h + beyond) spots.push(x, y);
  }
  ctx.save();
  for (const [part, edge] of [["rim", beyond], ["fill", Math.ceil(size + 1)]]) {
    const picture = stamp(kind, part, size, edge, theme);
    for (let i = 0; i < spots.length; i += 2) ctx.drawImage(picture, spots[i] - edge, spots[i + 1] - edge, 2 * edge, 2 * edge);
    ctx.globalAlpha = kind === "generated" ? 0.95 : 0.75;
  }
  ctx.restore();
}

const STAMPS = new Map();

// A circle or a triangle, or what shows of its rim.
function stamp(kind, part, size, edge, theme) {
  const ratio = window.devicePixelRatio || 1, color = part === "rim" ? theme.background : theme[kind === "inputs" ? "text" : kind];
  const name = [kind, part, size, color, ratio].join();
  if (STAMPS.has(name)) return STAMPS.get(name);
  const side = Math.ceil(2 * edge * ratio), canvas = new OffscreenCanvas(side, side), ctx = canvas.getContext("2d");
  ctx.setTransform(canvas.width / (2 * edge), 0, 0, canvas.width / (2 * edge), 0, 0);
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.lineJoin = "round";
  ctx.lineWidth = 2 * RIM;
  if (kind === "generated") triangle(ctx, edge, edge, size); else { ctx.beginPath(); ctx.arc(edge, edge, size, 0, 2 * Math.PI); }
  if (kind === "inputs" && part === "fill") { ctx.lineWidth = RIM * size / 3; ctx.stroke(); } else ctx.fill();
  if (part === "rim") ctx.stroke();
  const picture = canvas.transferToImageBitmap(); // drawn faster than a canvas
  STAMPS.set(name, picture);
  return picture;
}

const ARROW = 30; // pixels of an arrow at the 90th percentile of all slopes, and 1.5 times as many at most

// Adds an arrow from (x, y) along (dx, dy) to the path; its head is that part of its length.
function arrow(ctx, x, y, dx, dy, head) {
  ctx.moveTo(x, y);
  ctx.lineTo(x + dx, y + dy);
  for (const turn of [0.6, -0.6]) {
    ctx.moveTo(x + dx, y + dy);
    ctx.lineTo(x + dx - head * (dx - turn * dy), y + dy - head * (dy + turn * dx));
  }
}

function arrowLayer(ctx, places, push, at, theme) {
  const sizes = Array.from({ length: push.length / 2 }, (_, i) => Math.hypot(push[2 * i], push[2 * i + 1]));
  const full = sizes.toSorted((a, b) => a - b)[Math.floor(0.9 * sizes.length)];
  if (!(full > 0)) return;
  ctx.save();
  ctx.strokeStyle = theme.discriminator;
  ctx.lineWidth = 1.4 * at.dot;
  ctx.lineCap = "round";
  ctx.beginPath();
  sizes.forEach((size, i) => {
    const length = at.dot * ARROW * Math.min(1.5, size / full);
    if (length < 2) return;
    const x = at.x(places[2 * i]), y = at.y(places[2 * i + 1]);
    const dx = push[2 * i] / size * length, dy = -push[2 * i + 1] / size * length, head = Math.min(5 * at.dot, length / 2) / length;
    arrow(ctx, x, y, dx, dy, head);
  });
  ctx.stroke();
  ctx.restore();
}

const FADES = 5; // steps in which a trail fades

function trailLayer(ctx, trails, places, at, theme) {
  const past = [...trails.map((each) => each.places), places], n = past.length;
  if (n < 2) return;
  ctx.save();
  ctx.strokeStyle = theme.generated;
  ctx.lineWidth = 1.3 * at.dot;
  ctx.lineJoin = "round";
  for (let part = 0; part < FADES; part += 1) {
    const first = Math.floor(part * (n - 1) / FADES), last = Math.floor((part + 1) * (n - 1) / FADES);
    ctx.globalAlpha = 0.15 + 0.6 * (part + 1) / FADES;
    ctx.beginPath();
    for (let i = 0; i < past[0].length && last > first; i += 2) {
      ctx.moveTo(at.x(past[first][i]), at.y(past[first][i + 1]));
      for (let k = first + 1; k <= last; k += 1) ctx.lineTo(at.x(past[k][i]), at.y(past[k][i + 1]));
    }
    ctx.stroke();
  }
  ctx.restore();
}

const THREADS = 160; // of the points shown

// The map: from each input to what G makes of it now, in ever stronger parts, so that one sees which end is which.
function threadLayer(ctx, inputs, places, at, theme) {
  const n = Math.min(2 * THREADS, inputs.length, places.length);
  ctx.save();
  ctx.strokeStyle = theme.generated;
  ctx.lineWidth = 1.2 * at.dot;
  for (let part = 0; part < FADES; part += 1) {
    const share = (k, i) => inputs[i] + (places[i] - inputs[i]) * k / FADES;
    ctx.globalAlpha = 0.1 + 0.5 * (part + 1) / FADES;
    ctx.beginPath();
    for (let i = 0; i < n; i += 2) {
      ctx.moveTo(at.x(share(part, i)), at.y(share(part, i + 1)));
      ctx.lineTo(at.x(share(part + 1, i)), at.y(share(part + 1, i + 1)));
    }
    ctx.stroke();
  }
  ctx.restore();
}

// How far from where it began each point comes back.
function backLayer(ctx, inputs, back, at, theme) {
  const n = Math.min(2 * THREADS, inputs.length, back.length);
  ctx.save();
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1.6 * at.dot;
  ctx.globalAlpha = 0.7;
  ctx.beginPath();
  for (let i = 0; i < n; i += 2) {
    const x = at.x(back[i]), y = at.y(back[i + 1]), arm = 3 * at.dot;
    ctx.moveTo(at.x(inputs[i]), at.y(inputs[i + 1]));
    ctx.lineTo(x, y);
    ctx.moveTo(x - arm, y - arm); ctx.lineTo(x + arm, y + arm);
    ctx.moveTo(x - arm, y + arm); ctx.lineTo(x + arm, y - arm);
  }
  ctx.stroke();
  ctx.restore();
}

function axesLayer(ctx, at, theme, font) {
  const { box } = at;
  ctx.save();
  ctx.fillStyle = theme.text;
  ctx.font = font;
  ctx.textAlign = "center"; ctx.textBaseline = "top";
  const across = stops(at.rangeX, 5), up = stops(at.rangeY, 5);
  for (const value of across) ctx.fillText(spell(value, across), at.x(value), box.y + box.h + 6);
  ctx.textAlign = "right"; ctx.textBaseline = "middle";
  for (const value of up) ctx.fillText(spell(value, up), box.x - 6, at.y(value));
  ctx.strokeStyle = theme.faint;
  ctx.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
  ctx.restore();
}
