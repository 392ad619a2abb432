// The map of an image run: a mosaic of frames at their places, and the picture beside it.

const SHEETS_KEPT = 36; // chunks drawn at the size of the map
const SHEETS_A_FRAME = 2; // that are drawn anew between two frames of the screen

function paintMosaic(store) {
  const { map, data, level, tile, sheets } = store, surface = fitted(map.querySelector("canvas"));
  if (!surface) return;
  const style = [store.token, level, tile, data.crisp, window.devicePixelRatio].join();
  if (store.sheetStyle !== style) { sheets.clear(); store.sheetStyle = style; }
  let budget = sheets.size ? SHEETS_A_FRAME : Infinity;
  const { side } = data, size = side * 2 ** -level, { u0, u1, v0, v1 } = store.sight, half = 0.5 * 2 ** -level;
  for (let i = Math.floor((u0 - half) / size); i * size - half <= u1; i += 1) {
    for (let j = Math.floor((v0 - half) / size); j * size - half <= v1; j += 1) {
      const name = `${i}|${j}`, own = cached(store, level, i, j), made = own || store.arrivals;
      let sheet = sheets.get(name);
      if ((!sheet || sheet.made !== made) && budget > 0) {
        budget -= 1;
        sheet = { ...drawSheet(store, own, i, j, sheet?.canvas), made };
      } else if (sheet?.made !== made) store.dirty = true; // the next frame goes on
      if (!sheet) continue;
      sheets.delete(name);
      sheets.set(name, sheet); // the last one used
      const x = store.x(i * size) - tile / 2, y = store.y(j * size + (side - 1) * 2 ** -level) - tile / 2;
      surface.ctx.drawImage(sheet.canvas, Math.round(x), Math.round(y), side * tile, side * tile);
    }
  }
  for (const name of [...sheets.keys()].slice(0, Math.max(0, sheets.size - SHEETS_KEPT))) sheets.delete(name);
  for (const [u, v, text] of data.marks) label(surface.ctx, store, u, v, text);
}

// One chunk at the size of the map, row 0 at its foot; where it is not there, what other levels have of its places.
function drawSheet(store, own, i, j, canvas = document.createElement("canvas")) {
  const { data, level, tile, theme } = store, { side } = data, ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(side * tile * ratio);
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.imageSmoothingEnabled = !data.crisp;
  ctx.imageSmoothingQuality = "medium";
  ctx.strokeStyle = theme.primary;
  for (let b = 0; b < side; b += 1) {
    for (let a = 0; a < side; a += 1) {
      const place = [i * side + a, j * side + b];
      const frame = own ? { entry: own, index: b * side + a } : exactFrame(store, level, ...place);
      if (!frame) continue;
      const x = a * tile, y = (side - 1 - b) * tile;
      drawFrame(ctx, store, frame, x + 1, y + 1, tile - 2);
      if (level > 0 && place.every((n) => n % 2 ** level === 0)) ctx.strokeRect(x + 0.5, y + 0.5, tile - 1, tile - 1);
    }
  }
  return { canvas };
}

// A frame as large as it fits into a square.
function drawFrame(ctx, store, { entry, index }, x, y, room) {
  const { size: [w, h], side } = store.data, scale = room / Math.max(w, h);
  ctx.drawImage(
    entry.image, (index % side) * w, Math.floor(index / side) * h, w, h,
    x + (room - w * scale) / 2, y + (room - h * scale) / 2, w * scale, h * scale,
  );
}

function label(ctx, store, u, v, text) {
  const x = store.x(u), y = store.y(v) - store.tile / 2;
  if (text.length === 1) { badge(ctx, text, x - store.tile / 2 + 4, y + 4, store.theme); return; }
  ctx.font = `600 ${typeOf(store.theme, 13)} sans-serif`;
  ctx.textAlign = "center"; ctx.textBaseline = "bottom";
  const width = ctx.measureText(text).width + 12, half = 9 * store.theme.large;
  ctx.fillStyle = store.theme.primary;
  ctx.fillRect(x - width / 2, y - half, width, 2 * half);
  ctx.fillStyle = store.theme.background;
  ctx.fillText(text, x, y + half - 2);
}

// The picture: a small frame is doubled until its enlargement looks smooth.
function paintPicture(store, frame) {
  const surface = fitted(store.picture.querySelector("canvas"));
  if (!surface) return;
  const { ctx, width } = surface, { size: [w, h], side, crisp } = store.data;
  let source = frame.entry.image, x = (frame.index % side) * w, y = Math.floor(frame.index / side) * h, wide = w, tall = h;
  for (let k = 0; !crisp && tall < SMOOTH_SIDE; k += 1) {
    const canvas = store.scratch[k] ||= document.createElement("canvas");
    if (canvas.width !== 2 * wide || canvas.height !== 2 * tall) { canvas.width = 2 * wide; canvas.height = 2 * tall; }
    const under = canvas.getContext("2d");
    under.clearRect(0, 0, 2 * wide, 2 * tall);
    under.drawImage(source, x, y, wide, tall, 0, 0, 2 * wide, 2 * tall);
    [source, x, y, wide, tall] = [canvas, 0, 0, 2 * wide, 2 * tall];
  }
  const scale = width / Math.max(w, h);
  ctx.imageSmoothingEnabled = !crisp;
  ctx.drawImage(source, x, y, wide, tall, (width - w * scale) / 2, (width - h * scale) / 2, w * scale, h * scale);
}
