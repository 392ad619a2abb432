// Sliders along directions, each with a filmstrip of where it leads from the present position of all others. The frames
// were sent ahead, so the large picture follows the hand; after a release Python sends new ones for the other rows.
// The positions live here, a set for each `token`.

const LARGEST = 460; // pixels of the picture's side
const WIDE = 560; // from this width on the picture stands beside the rows
const THUMB = 48; // pixels, the least of a thumbnail
const STRIDES = [1, 2, 3, 4, 6]; // the strip shows each so manieth frame
const PATIENCE = 3000; // milliseconds for new frames; after them the positions are told again
const AROUND = 46; // pixels of a row without its strip: heading, track, distance

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector(".directions");
  const store = storeOf(parentElement, () => ({ token: null, at: [], active: 0, rows: [] }));
  Object.assign(store, { data, root, send: setStateValue, choose: setTriggerValue });
  if (store.token !== data.token) {
    store.token = data.token;
    store.at = [...data.start];
    store.active = Math.max(0, data.start.findIndex((i) => i !== data.zero));
    clearTimeout(store.telling);
    store.dragging = null;
  }
  markTheme(root);
  makeRows(store);
  if (!store.unfollow) store.unfollow = follow(root, () => draw(store));
  swapSprite(store, data.sprite, () => { store.shown = store.data; draw(store); });
  if (store.sprite?.src === data.sprite) store.shown = data; // else the old frames stay, whole, until it is decoded
  draw(store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
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
    const [name, note] = data.rows[i], button = row.querySelector("button");
    row.querySelector(".name").textContent = row.querySelector(".name").title = name;
    row.querySelector(".note").textContent = note;
    button.textContent = data.text.choose;
    button.setAttribute("aria-label", `${data.text.choose}: ${name}`);
    button.title = data.text.help;
    const slider = row.querySelector(".slider");
    slider.setAttribute("aria-label", [name, note].filter(Boolean).join(", "));
    slider.setAttribute("aria-valuemin", data.values[0]);
    slider.setAttribute("aria-valuemax", data.values.at(-1));
  });
}

function listen(store, slider, row) {
  noFling(slider);
  slider.addEventListener("pointerdown", (event) => {
    if (event.button || store.dragging !== null) return;
    slider.setPointerCapture(event.pointerId);
    store.dragging = row;
    drag(store, slider, row, event);
  });
  slider.addEventListener("pointermove", (event) => { if (store.dragging === row) drag(store, slider, row, event); });
  for (const name of ["pointerup", "pointercancel"]) {
    slider.addEventListener(name, () => {
      if (store.dragging !== row) return;
      store.dragging = null;
      tell(store, 0);
    });
  }
  slider.addEventListener("dblclick", () => { move(store, row, store.data.zero); tell(store, 0); });
  slider.addEventListener("keydown", (event) => key(store, row, event));
}

function drag(store, slider, row, event) {
  if (!store.geometry) return;
  const { cell, stride } = store.geometry;
  move(store, row, Math.round(((event.clientX - slider.getBoundingClientRect().left) / cell - 0.5) * stride));
}

function key(store, row, event) {
  const { values, zero } = store.data, now = store.at[row], large = Math.ceil(values.length / 8);
  const to = {
    ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
    PageDown: now - large, PageUp: now + large, Home: 0, End: values.length - 1, 0: zero,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(store, row, to);
  tell(store, 300);
}

function move(store, row, to) {
  store.at[row] = Math.min(Math.max(to, 0), store.data.values.length - 1);
  store.active = row;
  show(store);
}

function tell(store, delay) {
  clearTimeout(store.telling);
  const value = { token: store.token, at: [...store.at] };
  store.telling = setTimeout(() => {
    store.send("moved", { ...value, n: store.told = (store.told || 0) + 1 });
    store.telling = setTimeout(() => { if (lost(store)) tell(store, 0); }, PATIENCE);
  }, delay);
}

// Whether Python still draws the frames of other positions.
const lost = ({ dragging, data, at, root }) =>
  root.isConnected && (dragging ?? null) === null && data.start.some((index, i) => index !== at[i]);

// Sizes first, then what only new frames or a new size change, then what follows the hand.
function draw(store) {
  const data = store.shown;
  if (!data || !store.sprite || !store.root.clientWidth || data.rows.length !== store.rows.length) return;
  store.geometry = lay(store, data);
  store.rows.forEach((row, i) => strip(store, data, row, i));
  show(store);
}

function lay(store, data) {
  const { root, rows } = store, tall = roomBelow(root), wide = root.clientWidth >= WIDE;
  const aspect = data.tile[1] / data.tile[0], each = tall / rows.length;
  root.classList.toggle("narrow", !wide);
  const beside = Math.min(root.clientWidth * 0.4, (tall - 24) / aspect, LARGEST);
  const width = wide ? root.clientWidth - Math.floor(beside) - 20 : root.clientWidth;
  const last = data.values.length - 1, fit = STRIDES.filter((stride) => last % (2 * stride) === 0);
  const stride = fit.find((each) => width / (last / each + 1) >= THUMB) ?? fit.at(-1);
  const thumbs = last / stride + 1;
  const cell = Math.min(width / thumbs, Math.max(18, (each - AROUND) / aspect), 72);
  const above = Math.max(120, Math.min(tall - 34 - rows.length * (cell * aspect + AROUND), root.clientWidth, LARGEST));
  const side = Math.floor(wide ? beside : above / Math.max(1, aspect));
  const picture = root.querySelector(".picture canvas");
  Object.assign(picture.style, { width: `${side}px`, height: `${side * aspect}px` });
  root.querySelector("figcaption").style.width = `${side}px`;
  for (const row of rows) {
    const canvas = row.querySelector("canvas"), frame = row.querySelector(".window");
    row.style.width = `${cell * thumbs}px`;
    row.style.height = `${cell * aspect + AROUND}px`;
    canvas.style.height = frame.style.height = `${cell * aspect}px`;
    frame.style.width = `${cell}px`;
  }
  return { cell, stride };
}

function strip(store, data, row, i) {
  const surface = fitted(row.querySelector("canvas"));
  if (!surface) return;
  const { cell, stride } = store.geometry, { ctx, height } = surface, count = data.values.length;
  for (let j = 0, slot = 0; j < count; j += stride, slot += 1) {
    drawTile(ctx, store.sprite, data, i * count + j, slot * cell + 1, 1, cell - 2, height - 2);
  }
}

function show(store) {
  const { shown: data, geometry, rows, at, root, active } = store;
  if (!data || !geometry || rows.length !== at.length) return;
  const { cell, stride } = geometry, x = (index) => (index / stride + 0.5) * cell;
  rows.forEach((row, i) => {
    const slider = row.querySelector(".slider"), said = `${spelt(data.values[at[i]])} σ`;
    row.querySelector(".value").textContent = said;
    slider.setAttribute("aria-valuenow", data.values[at[i]]);
    slider.setAttribute("aria-valuetext", said);
    row.querySelector(".window").style.transform = `translateX(${x(at[i]) - cell / 2}px)`;
    row.querySelector(".knob").style.transform = `translateX(${x(at[i])}px)`;
    const from = Math.min(x(at[i]), x(data.zero)), done = row.querySelector(".done");
    done.style.left = `${from}px`;
    done.style.width = `${Math.abs(x(at[i]) - x(data.zero))}px`;
  });
  const moved = at.filter((index) => index !== data.zero).length;
  const said = moved > 1 ? data.text.sum : moved ? `${data.rows[active][0]} ${spelt(data.values[at[active]])} σ` : data.text.start;
  root.querySelector("figcaption").textContent = moved === 1 && at[active] === data.zero ? data.text.sum : said;
  const canvas = root.querySelector(".picture canvas"), surface = fitted(canvas);
  canvas.setAttribute("aria-label", `${data.text.picture}, ${root.querySelector("figcaption").textContent}`);
  if (surface) drawTile(surface.ctx, store.sprite, data, active * data.values.length + at[active], 0, 0, surface.width, surface.height);
}

const spelt = (value) => (value > 0 ? "+" : "") + signed(value);
