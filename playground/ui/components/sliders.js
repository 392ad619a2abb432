// Numbers of z as sliders, each with a filmstrip of where it leads while the others stay. The frames were sent ahead, so
// the large picture follows the hand; after a release Python sends new ones. The values live here, for each `token`.

const LARGEST = 460; // pixels of the picture's side
const ROOM = 112; // pixels of a row's name and value
const PATIENCE = 3000; // milliseconds for new frames; after them the values are told again
const THUMB = 44; // pixels: where thumbnails would be smaller, each second stop has one

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".sliders");
  const store = storeOf(parentElement, () => ({ token: null, moved: new Map(), active: null, rows: [] }));
  Object.assign(store, { data, root, send: setStateValue });
  if (store.token !== data.token) {
    store.token = data.token;
    store.moved.clear();
    store.active = store.dragging = null;
    clearTimeout(store.telling);
  }
  markTheme(root);
  root.classList.toggle("points", data.kind === "points");
  makeRows(store);
  if (!store.unfollow) store.unfollow = follow(root, () => draw(store));
  swapSprite(store, data.sprite, () => { store.shown = store.data; draw(store); });
  if (!data.sprite || store.sprite?.src === data.sprite) store.shown = data; // else the old frames stay, whole
  draw(store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

const stopsOf = (data) => data.stops.length;
const valueOf = (store, row) => store.moved.get(row) ?? store.data.values[row];

function nearest(stops, value) {
  let best = 0;
  stops.forEach((stop, i) => { if (Math.abs(stop - value) < Math.abs(stops[best] - value)) best = i; });
  return best;
}

function makeRows(store) {
  const { data, rows, root } = store, box = root.querySelector(".rows");
  while (rows.length > data.names.length) rows.pop().remove();
  while (rows.length < data.names.length) {
    const row = document.createElement("div"), index = rows.length;
    row.className = "row";
    row.innerHTML = `<span class="name"></span><div class="slider" role="slider" tabindex="0"><canvas aria-hidden="true"></canvas>
      <div class="window"></div><div class="track"><div class="knob"></div></div></div><span class="value"></span>`;
    listen(store, row.querySelector(".slider"), index);
    rows.push(row);
    box.append(row);
  }
  rows.forEach((row, i) => {
    row.querySelector(".name").textContent = data.names[i];
    const slider = row.querySelector(".slider");
    slider.setAttribute("aria-label", data.names[i]);
    slider.setAttribute("aria-valuemin", data.stops[0]);
    slider.setAttribute("aria-valuemax", data.stops.at(-1));
  });
}

function listen(store, slider, row) {
  const to = (event) => {
    if (!store.geometry) return;
    const { cell, stride } = store.geometry;
    move(store, row, Math.round(((event.clientX - slider.getBoundingClientRect().left) / cell - 0.5) * stride));
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.button || store.dragging !== null) return;
    slider.setPointerCapture(event.pointerId);
    store.dragging = row;
    to(event);
  });
  slider.addEventListener("pointermove", (event) => { if (store.dragging === row) to(event); });
  for (const name of ["pointerup", "pointercancel"]) {
    slider.addEventListener(name, () => {
      if (store.dragging !== row) return;
      store.dragging = null;
      tell(store, 0);
    });
  }
  slider.addEventListener("keydown", (event) => key(store, row, event));
}

function key(store, row, event) {
  const { stops } = store.data, now = nearest(stops, valueOf(store, row)), last = stops.length - 1;
  const to = {
    ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
    PageDown: now - 3, PageUp: now + 3, Home: 0, End: last,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(store, row, to);
  tell(store, 300);
}

function move(store, row, to) {
  const { stops } = store.data;
  store.moved.set(row, stops[Math.min(Math.max(to, 0), stops.length - 1)]);
  store.active = row;
  show(store);
}

function tell(store, delay) {
  clearTimeout(store.telling);
  const value = { token: store.token, values: [...store.moved] };
  store.telling = setTimeout(() => {
    store.send("moved", { ...value, n: store.told = (store.told || 0) + 1 });
    store.telling = setTimeout(() => { if (lost(store)) tell(store, 0); }, PATIENCE);
  }, delay);
}

// Whether Python still draws the frames of other values.
const lost = ({ dragging, moved, data, root }) => root.isConnected && (dragging ?? null) === null
  && [...moved].some(([row, value]) => Math.abs(data.values[row] - value) > 1e-3);

// Sizes first, then what only new frames or a new size change, then what follows the hand.
function draw(store) {
  const { shown: data, root, rows } = store;
  if (!data || (data.kind === "images" && !store.sprite) || !root.clientWidth || data.names.length !== rows.length) return;
  store.geometry = lay(store, data);
  if (data.kind === "images") rows.forEach((row, i) => strip(store, data, row, i));
  show(store);
}

function lay(store, data) {
  const { root, rows } = store, tall = roomBelow(root), n = stopsOf(data), images = data.kind === "images";
  const aspect = images ? data.tile[1] / data.tile[0] : 1;
  const side = Math.floor(Math.min(root.clientWidth * 0.36, (tall - 28) / aspect, LARGEST));
  const canvas = root.querySelector(".picture canvas");
  Object.assign(canvas.style, { width: `${side}px`, height: `${side * aspect}px` });
  root.querySelector("figcaption").style.width = `${side}px`;
  const width = root.clientWidth - side - 20 - ROOM, each = tall / rows.length;
  const high = Math.max(14, (each - 20) / aspect);
  const stride = images && n % 2 && width / n < Math.min(high, THUMB) ? 2 : 1;
  const thumbs = Math.ceil(n / stride), cell = images ? Math.floor(Math.min(width / thumbs, high, 64)) : width / n;
  for (const row of rows) {
    const frame = row.querySelector(".window");
    row.querySelector(".slider").style.width = `${cell * thumbs}px`;
    row.querySelector("canvas").style.height = frame.style.height = `${cell * aspect}px`;
    row.style.height = `${images ? Math.min(each, cell * aspect + 20) : Math.min(each, 56)}px`;
    frame.style.width = `${cell}px`;
  }
  return { cell, stride };
}

function strip(store, data, row, i) {
  const surface = fitted(row.querySelector("canvas"));
  if (!surface) return;
  const n = stopsOf(data), { cell, stride } = store.geometry;
  for (let j = 0, slot = 0; j < n; j += stride, slot += 1) {
    drawTile(surface.ctx, store.sprite, data, i * n + j, slot * cell + 1, 1, cell - 2, surface.height - 2);
  }
}

function show(store) {
  const { shown: data, geometry, rows, root, active } = store;
  if (!data || !geometry || data.names.length !== rows.length) return;
  const { cell, stride } = geometry, n = stopsOf(data), low = data.stops[0], high = data.stops.at(-1);
  rows.forEach((row, i) => {
    const value = valueOf(store, i), slider = row.querySelector(".slider"), said = signed(value);
    const at = Math.min(Math.max((value - low) / (high - low), 0), 1) * (n - 1);
    row.querySelector(".value").textContent = said;
    slider.setAttribute("aria-valuenow", value);
    slider.setAttribute("aria-valuetext", said);
    row.querySelector(".window").style.transform = `translateX(${Math.round(at / stride) * cell}px)`;
    row.querySelector(".knob").style.transform = `translateX(${(at / stride + 0.5) * cell}px)`;
  });
  // Before anything is moved z lies between the stops: the last frame is what it gives.
  const index = active === null || !store.moved.has(active) ? rows.length * n : active * n + nearest(data.stops, store.moved.get(active));
  const caption = active === null ? data.text.start : `${data.names[active]} = ${signed(valueOf(store, active))}`;
  root.dataset.index = index;
  root.querySelector("figcaption").textContent = caption;
  const canvas = root.querySelector(".picture canvas"), surface = fitted(canvas);
  canvas.setAttribute("aria-label", `${data.text.picture}, ${caption}`);
  if (!surface) return;
  if (data.kind === "images") drawTile(surface.ctx, store.sprite, data, index, 0, 0, surface.width, surface.height);
  else plane(surface, store, data, index);
}

function plane({ ctx, width }, store, data, index) {
  const theme = colours(store.root), n = stopsOf(data);
  drawCloud(ctx, data.real, data.extent, width, theme.real, 0.4, "circle");
  drawCloud(ctx, data.cloud, data.extent, width, theme.generated, 0.35, "triangle");
  const xy = data.points.map((point) => project(point, data.extent, width));
  ctx.strokeStyle = ctx.fillStyle = theme.text;
  ctx.font = "600 13px sans-serif";
  ctx.textAlign = "center";
  data.names.forEach((name, i) => {
    ctx.lineWidth = store.active === i ? 3 : 1.5;
    ctx.globalAlpha = store.active === null || store.active === i ? 0.9 : 0.4;
    ctx.beginPath();
    for (let j = 0; j < n; j += 1) ctx.lineTo(...xy[i * n + j]);
    ctx.stroke();
    const [x, y] = xy[i % 2 ? i * n : i * n + n - 1]; // so that two names are apart
    ctx.fillText(name, Math.min(Math.max(x, 12), width - 12), Math.min(Math.max(y - 8, 12), width - 6));
  });
  ctx.globalAlpha = 1;
  triangle(ctx, ...xy[index], 10);
  ctx.fillStyle = theme.generated;
  ctx.fill();
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 2;
  ctx.stroke();
}
