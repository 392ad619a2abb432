// Sliders, each with a filmstrip of where it leads while the others stay: numbers of z, or directions, whose values are
// distances from a start. The frames were sent ahead, so the large picture follows the hand; after a release Python sends
// new ones for the other rows. The positions live here, for each `token`.

const LARGEST = 460; // pixels of the picture's side
const PATIENCE = 3000; // milliseconds for new frames; after them the positions are told again

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector(".sliders");
  const store = storeOf(parentElement, () => ({ token: null, moved: new Map(), active: null, rows: [] }));
  Object.assign(store, { data, root, send: setStateValue, choose: setTriggerValue });
  if (store.token !== data.token) {
    store.token = data.token;
    store.moved.clear();
    store.active = store.dragging = null;
    clearTimeout(store.telling);
  }
  markTheme(root);
  root.classList.toggle("points", data.kind === "points");
  root.classList.add(directed(data) ? "directions" : "numbers");
  makeRows(store);
  if (!store.unfollow) store.unfollow = follow(root, () => draw(store));
  takeFrames(store, draw);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

const directed = (data) => data.zero !== null;
const valueOf = ({ moved, data }, row) => (moved.has(row) ? data.stops[moved.get(row)] : data.values[row]);
const spelt = (data, value) => (directed(data) ? `${value > 0 ? "+" : ""}${signed(value)} σ` : signed(value));

function nearest(stops, value) {
  let best = 0;
  stops.forEach((stop, i) => { if (Math.abs(stop - value) < Math.abs(stops[best] - value)) best = i; });
  return best;
}

function makeRows(store) {
  const { data, rows, root } = store, box = root.querySelector(".rows");
  while (rows.length > data.rows.length) rows.pop().remove();
  while (rows.length < data.rows.length) {
    const row = document.createElement("div"), index = rows.length;
    row.className = "row";
    row.innerHTML = `<div class="head"><span class="name"></span><span class="note"></span><span class="value"></span><button type="button"></button></div>
      <div class="slider" role="slider" tabindex="0"><canvas aria-hidden="true"></canvas><div class="window"></div>
      <div class="track"><div class="zero"></div><div class="done"></div><div class="knob"></div></div></div>`;
    listen(store, row.querySelector(".slider"), index);
    row.querySelector("button").onclick = () => store.choose("chosen", { token: store.token, row: index });
    rows.push(row);
    box.append(row);
  }
  rows.forEach((row, i) => {
    const [name, note] = data.rows[i], button = row.querySelector("button"), slider = row.querySelector(".slider");
    row.querySelector(".name").textContent = row.querySelector(".name").title = name;
    row.querySelector(".note").textContent = note;
    button.textContent = data.text.choose;
    button.setAttribute("aria-label", `${data.text.choose}: ${name}`);
    button.title = data.text.help;
    slider.setAttribute("aria-label", [name, note].filter(Boolean).join(", "));
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
  draggable(store, slider, to, () => tell(store, 0));
  slider.addEventListener("keydown", (event) => key(store, row, event));
  if (!directed(store.data)) return;
  noFling(slider);
  slider.addEventListener("dblclick", () => { move(store, row, store.data.zero); tell(store, 0); });
}

function key(store, row, event) {
  const { stops, zero } = store.data, large = zero === null ? 3 : Math.ceil(stops.length / 8);
  const to = keyTarget(event, nearest(stops, valueOf(store, row)), stops.length - 1, 1, large, zero === null ? {} : { 0: zero });
  if (to === undefined) return;
  move(store, row, to);
  tell(store, 300);
}

function move(store, row, to) {
  store.moved.set(row, Math.min(Math.max(to, 0), store.data.stops.length - 1));
  store.active = row;
  show(store);
}

function tell(store, delay) {
  clearTimeout(store.telling);
  const value = { token: store.token, stops: [...store.moved] };
  store.telling = setTimeout(() => {
    store.send("moved", { ...value, n: store.told = (store.told || 0) + 1 });
    store.telling = setTimeout(() => { if (lost(store)) tell(store, 0); }, PATIENCE);
  }, delay);
}

// Whether Python still draws the frames of other positions.
const lost = ({ dragging, moved, data, root }) => root.isConnected && !dragging
  && [...moved].some(([row, stop]) => Math.abs(data.values[row] - data.stops[stop]) > 1e-3);

// Sizes first, then what only new frames or a new size change, then what follows the hand.
function draw(store) {
  const { shown: data, root, rows } = store;
  if (!data || (data.kind === "images" && !store.sprite) || !root.clientWidth || data.rows.length !== rows.length) return;
  store.geometry = lay(store, data);
  if (data.kind === "images") rows.forEach((row, i) => strip(store, data, row, i));
  show(store);
}

function strip(store, data, row, i) {
  const surface = fitted(row.querySelector("canvas"));
  if (!surface) return;
  const n = data.stops.length, { cell, stride } = store.geometry;
  for (let j = 0, slot = 0; j < n; j += stride, slot += 1) {
    drawTile(surface.ctx, store.sprite, data, i * n + j, slot * cell + 1, 1, cell - 2, surface.height - 2);
  }
}

function show(store) {
  const { shown: data, geometry, rows, root, active, moved } = store;
  if (!data || !geometry || data.rows.length !== rows.length) return;
  const n = data.stops.length;
  rows.forEach((row, i) => place(row, valueOf(store, i), data, geometry));
  // Before anything is moved a number lies between the stops, and a frame of its own shows it.
  const index = moved.has(active) ? active * n + moved.get(active) : data.present, said = caption(store, data);
  root.dataset.index = index;
  root.querySelector("figcaption").textContent = said;
  const canvas = root.querySelector(".picture canvas"), surface = fitted(canvas);
  canvas.setAttribute("aria-label", `${data.text.picture}, ${said}`);
  if (!surface) return;
  if (data.kind === "images") drawTile(surface.ctx, store.sprite, data, index, 0, 0, surface.width, surface.height);
  else plane(surface, store, data, index);
}

function place(row, value, data, { cell, stride }) {
  const slider = row.querySelector(".slider"), done = row.querySelector(".done"), said = spelt(data, value);
  const [low, high] = [data.stops[0], data.stops.at(-1)];
  const at = Math.min(Math.max((value - low) / (high - low), 0), 1) * (data.stops.length - 1) / stride;
  row.querySelector(".value").textContent = said;
  slider.setAttribute("aria-valuenow", value);
  slider.setAttribute("aria-valuetext", said);
  row.querySelector(".window").style.transform = `translateX(${(directed(data) ? at : Math.round(at)) * cell}px)`;
  row.querySelector(".knob").style.transform = `translateX(${(at + 0.5) * cell}px)`;
  const zero = data.zero / stride;
  done.style.left = `${(Math.min(at, zero) + 0.5) * cell}px`;
  done.style.width = `${Math.abs(at - zero) * cell}px`;
}

// What the picture shows.
function caption(store, data) {
  const { active } = store, said = (row) => spelt(data, valueOf(store, row));
  if (!directed(data)) return active === null ? data.text.start : `${data.rows[active][0]} = ${said(active)}`;
  const away = [...data.rows.keys()].filter((row) => valueOf(store, row) !== data.stops[data.zero]);
  if (!away.length) return data.text.start;
  return away.length > 1 || (active ?? away[0]) !== away[0] ? data.text.sum : `${data.rows[away[0]][0]} ${said(away[0])}`;
}

function plane({ ctx, width }, store, data, index) {
  const theme = colours(store.root), n = data.stops.length;
  drawCloud(ctx, data.real, data.extent, width, theme.real, 0.4, "circle");
  drawCloud(ctx, data.cloud, data.extent, width, theme.generated, 0.35, "triangle");
  const xy = data.points.map((point) => project(point, data.extent, width));
  ctx.strokeStyle = ctx.fillStyle = theme.text;
  ctx.font = `600 ${typeOf(theme, 13)} sans-serif`;
  ctx.textAlign = "center";
  data.rows.forEach(([name], i) => {
    ctx.lineWidth = store.active === i ? 3 : 1.5;
    ctx.globalAlpha = store.active === null || store.active === i ? 0.9 : 0.4;
    ctx.beginPath();
    for (let j = 0; j < n; j += 1) ctx.lineTo(...xy[i * n + j]);
    ctx.stroke();
    const [x, y] = xy[i % 2 ? i * n : i * n + n - 1]; // so that two names are apart
    ctx.fillText(name, Math.min(Math.max(x, 12), width - 12), Math.min(Math.max(y - 8, 12), width - 6));
  });
  ctx.globalAlpha = 1;
  marker(ctx, ...xy[index], theme);
}

// Sizes of the picture and the rows; gives the width of a thumbnail and each how manieth frame has one.
function lay(store, data) {
  const { root, rows } = store, tall = roomBelow(root), each = tall / rows.length, images = data.kind === "images";
  const aspect = images ? data.tile[1] / data.tile[0] : 1;
  const { side, cell, stride, high } = (directed(data) ? layDirections : layNumbers)(root, data, { tall, each, aspect, rows: rows.length });
  const width = cell * Math.ceil(data.stops.length / stride);
  setSize(root.querySelector(".picture canvas"), side, side * aspect);
  root.querySelector("figcaption").style.width = `${side}px`;
  for (const row of rows) {
    row.style.height = `${high}px`;
    row.style.width = directed(data) ? `${width}px` : "";
    row.querySelector(".slider").style.width = `${width}px`;
    row.querySelector("canvas").style.height = `${cell * aspect}px`;
    setSize(row.querySelector(".window"), cell, cell * aspect);
  }
  return { cell, stride };
}

const ROOM = 112; // pixels of a row's name and value
const SLIM = 400; // below this width the picture stands above the rows
const THUMB = 44; // pixels: where thumbnails would be smaller, each second stop has one

function layNumbers(root, data, { tall, each, aspect }) {
  const images = data.kind === "images", n = data.stops.length, narrow = root.clientWidth < SLIM;
  root.classList.toggle("narrow", narrow);
  if (narrow) {
    const side = Math.floor(Math.min(0.6 * root.clientWidth, 0.4 * tall / aspect));
    const width = root.clientWidth - ROOM * largeness(root), stride = images && n % 2 && width / n < THUMB ? 2 : 1;
    const cell = images ? Math.floor(width / Math.ceil(n / stride)) : width / n;
    return { side, cell, stride, high: images ? cell * aspect + 24 : 48 };
  }
  const side = Math.floor(Math.min(root.clientWidth * 0.36, (tall - 28) / aspect, LARGEST * largeness(root)));
  const width = root.clientWidth - side - 20 - ROOM * largeness(root), most = Math.max(14, (each - 20) / aspect);
  const stride = images && n % 2 && width / n < Math.min(most, THUMB) ? 2 : 1;
  const thumbs = Math.ceil(n / stride), cell = images ? Math.floor(Math.min(width / thumbs, most, 64)) : width / n;
  return { side, cell, stride, high: images ? Math.min(each, cell * aspect + 20) : Math.min(each, 56) };
}

const WIDE = 560; // from this width on the picture stands beside the rows
const LEAST = 48; // pixels of a thumbnail
const STRIDES = [1, 2, 3, 4, 6];
const AROUND = 46; // pixels of a row without its strip: heading, track, distance

function layDirections(root, data, { tall, each, aspect, rows }) {
  const wide = root.clientWidth >= WIDE, last = data.stops.length - 1;
  root.classList.toggle("narrow", !wide);
  const beside = Math.min(root.clientWidth * 0.4, (tall - 24) / aspect, LARGEST * largeness(root));
  const width = wide ? root.clientWidth - Math.floor(beside) - 20 : root.clientWidth;
  const fit = STRIDES.filter((stride) => last % (2 * stride) === 0);
  const stride = fit.find((one) => width / (last / one + 1) >= LEAST) ?? fit.at(-1);
  const cell = Math.min(width / (last / stride + 1), Math.max(18, (each - AROUND) / aspect), 72);
  const above = Math.max(120, Math.min(tall - 34 - rows * (cell * aspect + AROUND), root.clientWidth, LARGEST * largeness(root)));
  return { side: Math.floor(wide ? beside : above / Math.max(1, aspect)), cell, stride, high: cell * aspect + AROUND };
}
