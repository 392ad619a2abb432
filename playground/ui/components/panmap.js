// An endless map: what is kept is drawn with the frames of the screen; the server only hears what is lacking.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ZOOM = 1.25;
const STILL = 4; // pixels within which a press is no drag
const WIDEST = 860, HIGHEST = 640, PICTURE = 360; // pixels

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".panmap");
  const store = storeOf(parentElement, () => ({
    cache: new Map(), sheets: new Map(), scratch: [], places: new Map(), arrivals: 0, answeredAt: 0, movedAt: 0,
    speed: { u: 0, v: 0 }, pointer: null, token: null,
  }));
  const data = unpacked(store, component.data);
  Object.assign(store, { root, map: root.querySelector(".map"), picture: root.querySelector(".picture") });
  store.tell = setTriggerValue;
  markTheme(root);
  store.theme = colours(root);
  store.font = `${typeOf(store.theme, 13)} ${getComputedStyle(root).fontFamily}`;
  root.classList.toggle("points", data.kind === "points");
  if (!store.unfollow) { listen(store); store.unfollow = follow(root, () => { lay(store); redraw(store); }); }
  take(store, data);
  words(store);
  lay(store);
  redraw(store);
  return atEnd(parentElement, () => {
    store.unfollow();
    store.unfollow = null;
    cancelAnimationFrame(store.frame);
    store.frame = 0;
    clearTimeout(store.thinking);
  });
}

function take(store, data) {
  if (store.data === data) return;
  if (store.token !== null) store.places.set(store.token, { ...store.at, scale: store.scale });
  store.data = data;
  if (store.token !== data.token) {
    const [u, v, scale] = data.place || data.start;
    store.token = data.token;
    store.at = store.places.get(data.token) || { u, v, scale };
    store.scale = store.at.scale;
    store.pointer = null;
    store.pending = null;
    store.shown = null;
  }
  if (store.pending?.number === data.number) { store.pending = null; store.answeredAt = performance.now(); }
  for (const name of ["real", "generated", "latents"]) if (data[name]) store[name] = numbers(data[name]);
  takeChunks(store, data, () => redraw(store));
}

function words(store) {
  const { root, map, data: { text } } = store, button = (name) => root.querySelector(`.${name}`);
  map.setAttribute("aria-label", `${text.map}. ${text.keys}`);
  map.title = text.keys;
  say(store);
  button("use").textContent = text.use;
  button("use").title = text.use_help;
  button("use").disabled = !store.data.steers;
  for (const name of ["closer", "farther", "home"]) { button(name).title = text[name]; button(name).setAttribute("aria-label", text[name]); }
}

// Sizes

function lay(store) {
  const { root, data } = store, width = root.clientWidth, phone = window.innerWidth <= PHONE;
  const tall = phone ? Math.min(roomBelow(root), 0.9 * width) : roomBelow(root);
  if (!width) return;
  const images = data.kind === "images", { large } = store.theme, below = 72 * large; // the words and the button
  const side = Math.floor(images ? Math.min(0.38 * width, tall - below, PICTURE * large) : phone ? Math.min(width, tall) : Math.min((width - 16) / 2, tall - below));
  const wide = Math.floor(images ? Math.min(width - side - 16, WIDEST * large) : side), high = Math.floor(images ? Math.min(tall, HIGHEST * large) : side);
  const size = (element, w, h) => Object.assign(element.style, { width: `${w}px`, height: `${h}px` });
  size(store.map, wide, high);
  size(root.querySelector(".shown"), side, side);
  root.querySelector("figcaption").style.width = `${side}px`;
  store.wide = wide;
  store.high = high;
  if (!store.scale) store.scale = Math.min(wide, high) / data.across;
  place(store);
  store.shown = null;
}

// What the position and the zoom make of the plane.
function place(store) {
  const { data, at, wide, high } = store, [coarsest, finest] = data.levels;
  const level = Math.min(Math.max(Math.ceil(Math.log2(store.scale / data.tile) - 1e-9), coarsest), finest - data.finer);
  const tile = Math.max(4, Math.min(Math.round(store.scale / 2 ** level), 2 * data.tile)), scale = tile * 2 ** level;
  const clamp = (value) => Math.max(-data.limit, Math.min(data.limit, value));
  at.u = clamp(at.u);
  at.v = clamp(at.v);
  Object.assign(store, { level, tile, unit: scale });
  store.sight = { u0: at.u - wide / 2 / scale, u1: at.u + wide / 2 / scale, v0: at.v - high / 2 / scale, v1: at.v + high / 2 / scale };
  store.x = (u) => wide / 2 + (u - at.u) * scale;
  store.y = (v) => high / 2 - (v - at.v) * scale;
  store.focus = store.pointer ? { u: clamp(at.u + (store.pointer.x - wide / 2) / scale), v: clamp(at.v - (store.pointer.y - high / 2) / scale) } : at;
}

// The hand

function listen(store) {
  const { map, root } = store;
  const pixel = (event) => {
    const box = map.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const fingers = new Map(); // and the button of a mouse
  noFling(map);
  map.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    map.setPointerCapture(event.pointerId);
    map.focus({ preventScroll: true });
    fingers.set(event.pointerId, pixel(event));
    store.held = fingers.size > 1 ? null : { ...pixel(event), far: 0 };
    map.classList.add("held");
  });
  map.addEventListener("pointermove", (event) => {
    const to = pixel(event), before = between(fingers);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, to);
    if (before) { pinch(store, before, between(fingers)); return; }
    if (!store.held) { if (event.pointerType !== "touch") point(store, to); return; }
    store.held.far += Math.hypot(to.x - store.held.x, to.y - store.held.y);
    if (store.held.far > STILL) move(store, (store.held.x - to.x) / store.unit, (to.y - store.held.y) / store.unit);
    Object.assign(store.held, to);
  });
  map.addEventListener("pointerup", (event) => {
    if (store.held && store.held.far <= STILL) { // the cross-hair goes where one presses
      const { x, y } = pixel(event);
      move(store, (x - store.wide / 2) / store.unit, (store.high / 2 - y) / store.unit);
    }
  });
  for (const name of ["pointerup", "pointercancel"]) {
    map.addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
      store.held = null; // a finger that stays after a pinch begins nothing new
      if (!fingers.size) map.classList.remove("held");
    });
  }
  map.addEventListener("pointerleave", () => { if (!store.held) point(store, null); });
  map.addEventListener("wheel", (event) => { event.preventDefault(); zoom(store, 1.0015 ** -event.deltaY, pixel(event)); }, { passive: false });
  map.addEventListener("keydown", (event) => key(store, event));
  root.querySelector(".closer").onclick = () => zoom(store, ZOOM);
  root.querySelector(".farther").onclick = () => zoom(store, 1 / ZOOM);
  root.querySelector(".home").onclick = () => home(store);
  root.querySelector(".use").onclick = () => {
    const { u, v } = store.focus;
    store.tell("use", { token: store.token, u, v, step: 2 ** -store.level });
  };
}

// Middle and distance of two fingers.
function between(fingers) {
  if (fingers.size !== 2) return null;
  const [a, b] = fingers.values();
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, far: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
}

function pinch(store, before, now) {
  move(store, (before.x - now.x) / store.unit, (now.y - before.y) / store.unit);
  zoom(store, now.far / before.far, now);
}

function key(store, event) {
  const step = STEPS[event.key], units = (event.shiftKey ? 4 : 0.5) * 2 ** -store.level * (store.data.kind === "points" ? 4 : 1);
  if (step) move(store, step[0] * units, step[1] * units);
  else if (event.key === "+" || event.key === "=") zoom(store, ZOOM);
  else if (event.key === "-") zoom(store, 1 / ZOOM);
  else if (event.key === "Home") home(store);
  else return;
  event.preventDefault();
}

function point(store, to) {
  const from = store.focus;
  store.pointer = to;
  place(store);
  moved(store, from);
}

function move(store, du, dv) {
  const from = { ...store.at };
  store.pointer = null;
  store.at.u += du;
  store.at.v += dv;
  store.dirty = true;
  place(store);
  moved(store, from);
}

function zoom(store, factor, around = null) {
  const before = store.unit, [coarsest, finest] = store.data.levels, { tile, finer } = store.data;
  store.scale = Math.min(Math.max(store.scale * factor, tile * 2 ** (coarsest - 0.4)), tile * 2 ** (finest - finer));
  place(store);
  if (around) {
    const shift = 1 / before - 1 / store.unit;
    store.at.u += (around.x - store.wide / 2) * shift;
    store.at.v -= (around.y - store.high / 2) * shift;
    place(store);
  }
  store.dirty = true;
  moved(store, store.focus);
}

function home(store) {
  const { data: { start: [u, v], across } } = store;
  Object.assign(store, { pointer: null, at: { u, v }, scale: Math.min(store.wide, store.high) / across, dirty: true });
  place(store);
  moved(store, store.focus);
}

// How fast the hand goes, in units a second, smoothed.
function moved(store, from) {
  const now = performance.now(), seconds = Math.max(0.008, (now - store.movedAt) / 1000);
  for (const axis of ["u", "v"]) {
    const speed = (store.focus[axis] - from[axis]) / seconds;
    store.speed[axis] = seconds > 0.2 ? 0 : 0.7 * store.speed[axis] + 0.3 * speed;
  }
  store.movedAt = now;
  schedule(store);
}

// Drawing

function redraw(store) {
  store.dirty = true;
  schedule(store);
}

function schedule(store) {
  store.frame ||= requestAnimationFrame((now) => { store.frame = 0; draw(store, now); });
}

function draw(store) {
  if (!store.wide || !store.root.isConnected) return;
  const now = performance.now(), images = store.data.kind === "images";
  if (store.dirty) {
    store.dirty = false;
    (images ? paintMosaic : paintPlanes)(store);
    if (store.dirty) schedule(store);
  }
  (images ? showFrame : showPoint)(store, now);
  askForChunks(store, (what) => store.tell("ask", what));
}

function showFrame(store, now) {
  const { root, tile, focus } = store, frame = nearestFrame(store, focus, now), spot = root.querySelector(".spot");
  const u = Math.round(focus.u * 2 ** store.level) * 2 ** -store.level, v = Math.round(focus.v * 2 ** store.level) * 2 ** -store.level;
  spot.style.transform = `translate(${Math.round(store.x(u) - tile / 2)}px, ${Math.round(store.y(v) - tile / 2)}px)`;
  if (store.spotSize !== tile) { spot.style.width = spot.style.height = `${tile}px`; store.spotSize = tile; }
  const waits = !frame || frame.level < store.level;
  if (store.waits !== waits) { root.querySelector(".shown").classList.toggle("waiting", waits); store.waits = waits; }
  const old = store.shown;
  if (!frame || (old && old.entry === frame.entry && old.index === frame.index)) return;
  store.shown = frame;
  paintPicture(store, frame);
  caption(store, frame.u, frame.v, frame.entry.norms[frame.index]);
  Object.assign(root.dataset, { u: frame.u, v: frame.v, level: frame.level - store.level });
}

function showPoint(store, now) {
  const { root, focus } = store, spot = root.querySelector(".spot"), marker = root.querySelector(".marker");
  spot.style.transform = `translate(${store.x(focus.u) - 9}px, ${store.y(focus.v) - 9}px)`;
  const there = pointAt(store, focus, now);
  if (!there || !store.there) return;
  marker.style.transform = `translate(${store.there.x(there.x)}px, ${store.there.y(there.y)}px)`;
  caption(store, focus.u, focus.v, there.norm);
  Object.assign(root.dataset, { u: focus.u, v: focus.v });
}

function caption(store, u, v, norm) {
  store.said = `u ${signed(u)}   v ${signed(v)}   |z| ${norm.toFixed(2)}`;
  store.root.querySelector("figcaption").textContent = store.said;
  say(store);
}

// For whoever hears the page: what the picture is of.
function say({ root, data, said }) {
  root.querySelector(".picture canvas").setAttribute("aria-label", [data.text.picture, said].filter(Boolean).join(", "));
}
