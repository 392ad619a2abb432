// The stage of a 2-D run. What stands still is drawn once per View into a picture of its own; what moves, on top of it.

const LAYERS = ["plane", "mesh", "real", "inputs", "threads", "back", "trails", "push", "generated"];
const FIRST = ["real", "generated", "plane", "inputs", "threads"]; // on before anybody chose
const ONLY = { mesh: false, trails: false, inputs: true, threads: true, back: true }; // layers of runs that translate, or that do not
const KEPT = "playground.layers"; // in the browser's local storage
const STROKES = {
  push: "M3 13 12.5 3.5M6.5 3.5h6v6",
  mesh: "M2 5.5h12M2 10.5h12M5.5 2v12M10.5 2v12",
  trails: "M2 12C5 4 8 13 14 4",
  threads: "M2 13 14 4M2 8 14 2",
  back: "M13 13C13 4 6 2 3 6M3 2v4.5h4.5",
};
const MARGIN = { left: 30, right: 12, top: 4, bottom: 22 };
const CLOSEST = 60, WIDEST = 0.4; // times the size at which the whole plane is seen

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".plane");
  const store = storeOf(parentElement, () => ({ zoom: null, motion: makeMotion() }));
  const view = store.raw = unpacked(store, component.data);
  if (store.translates !== view.translates) store.on = view.small ? new Set(FIRST) : keptLayers(view);
  store.translates = view.translates;
  root.classList.toggle("small", view.small);
  store.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  store.redraw = () => { store.stale = true; frame(root, store); };
  label(root, store);
  sourceSwitch(root, view.source, (name) => setTriggerValue("weights", name));
  if (!store.listening) { (view.small ? pointed : listen)(root, store); store.listening = true; }
  if (!store.unfollow) store.unfollow = follow(root, () => store.redraw());
  root.positions = () => pairs(store.shown ? store.shown.places : []);
  if (!store.at) store.redraw();
  else store.waits ||= requestAnimationFrame(() => { store.waits = 0; store.redraw(); }); // the page is laid out once
  return atEnd(parentElement, () => {
    store.unfollow();
    store.unfollow = null;
    cancelAnimationFrame(store.waits);
    store.waits = 0;
    clearTimeout(store.next);
  });
}

// The words, the switches and what stands beside them.

const keptAs = ({ translates }) => (translates ? `${KEPT}.translated` : KEPT);

function keptLayers(view) {
  try { return new Set(JSON.parse(localStorage.getItem(keptAs(view))).filter((name) => LAYERS.includes(name))); }
  catch { return new Set(FIRST); }
}

function label(root, store) {
  const { alt, modes, note, translates } = store.raw, text = WORDS, canvas = root.querySelector("canvas"), box = root.querySelector(".switches");
  setLabel(canvas, store.raw.small ? alt : [alt, modes.join(""), note, text.keys].filter(Boolean).join(". "));
  canvas.tabIndex = store.raw.small ? -1 : 0;
  setLabel(box, text.layers);
  if (!box.childElementCount) for (const name of Object.keys(text.names)) box.append(layerSwitch(store, name));
  for (const button of box.children) {
    const { layer } = button.dataset;
    setText(button.lastChild, text.names[layer]);
    setTitle(button, (translates && text.translated[layer]) || text.help[layer]);
    button.hidden = layer in ONLY && ONLY[layer] !== translates;
    button.setAttribute("aria-pressed", store.on.has(layer));
  }
  setText(root.querySelector(".note"), note);
  setText(root.querySelector(".whole"), text.whole);
  if (store.modes === modes.join("\n")) return;
  store.modes = modes.join("\n");
  const parts = modes.map((part, i) => {
    if (i % 2 === 0) return part;
    const strong = document.createElement("b");
    strong.textContent = part;
    return strong;
  });
  root.querySelector(".right").replaceChildren(...parts);
}

function layerSwitch(store, name) {
  const button = document.createElement("button"), sign = document.createElement("span");
  button.type = "button";
  button.className = "switch";
  button.dataset.layer = name;
  sign.className = `sign of-${name}`;
  if (STROKES[name]) sign.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${STROKES[name]}"/></svg>`;
  else sign.textContent = { real: "●", generated: "▲", inputs: "○" }[name] || "";
  sign.setAttribute("aria-hidden", "true");
  button.append(sign, document.createElement("span"));
  button.onclick = () => {
    if (!store.on.delete(name)) store.on.add(name);
    button.setAttribute("aria-pressed", store.on.has(name));
    try { localStorage.setItem(keptAs(store.raw), JSON.stringify([...store.on])); } catch { /* a browser that keeps nothing */ }
    store.redraw();
  };
  return button;
}

// Data

function decoded(raw) {
  const view = { ...raw };
  for (const name of ["real", "generated", "latents", "scores", "push", "mesh", "inputs", "back", "logits"]) view[name] = numbers(raw[name]);
  return view;
}

// The View that came last, decoded: only once, and only where it can be seen.
function take(store) {
  const { raw, view, zoom } = store;
  if (view && view.run === raw.run && view.version === raw.version) { view.playing = raw.playing; return; }
  store.view = decoded(raw);
  if (!zoom || zoom.run !== raw.run || zoom.extent !== raw.extent) store.zoom = whole(raw);
  head(store.motion, store.view, store.view.generated, store.view.push, store.still);
}

function whole(view) {
  return { run: view.run, extent: view.extent, times: 1, x: 0, y: 0 };
}

function pairs(places) {
  return Array.from({ length: places.length / 2 }, (_, i) => [places[2 * i], places[2 * i + 1]]);
}

// Drawing

// Everything anew: of a new View, in another size, with other layers.
function frame(root, store) {
  clearTimeout(store.next);
  const surface = fitted(root.querySelector("canvas"));
  if (!surface) return; // not in sight: nothing is decoded or drawn
  take(store);
  markTheme(root);
  store.theme = colours(root);
  store.large = largeness(root); // on a projector
  store.font = `${Math.round(TYPE * store.large)}px ${getComputedStyle(root).fontFamily}`;
  store.at = mapping(surface, store);
  picture(root, store, surface);
  const { box } = store.at, note = root.querySelector(".note"), button = root.querySelector(".whole");
  root.dataset.side = Math.round(box.h);
  root.classList.toggle("large", store.large > 1);
  root.style.setProperty("--field", `${surface.height}px`);
  root.querySelector(".right").style.right = store.large > 1 ? `${surface.width - box.x - box.w}px` : "";
  note.style.left = `${box.x + 6}px`;
  note.style.bottom = `${surface.height - box.y - box.h + 6}px`;
  note.style.maxWidth = `${box.w - 12}px`;
  button.hidden = store.zoom.times === 1 && !store.zoom.x && !store.zoom.y;
  button.style.left = `${box.x + 6}px`;
  button.style.top = `${box.y + 6}px`;
}

// One picture, and the next one as long as something moves.
function picture(root, store, surface) {
  const now = performance.now(), moves = moving(store.motion, now);
  if (moves) store.next = setTimeout(() => picture(root, store, surface), BEAT);
  store.shown = shownAt(store.motion, now);
  paint(surface, store);
  if (moves) trail(store.motion, store.shown.places, now);
  tip(root, store);
}

// From points to pixels: the square that the zoom shows, in the square that fits into the field; a small one fills it.
function mapping({ width, height }, { zoom, large, raw: { small } }) {
  const [left, bottom] = [MARGIN.left * large, MARGIN.bottom * large];
  const room = [width - left - (small ? 1 : MARGIN.right), height - MARGIN.top - bottom].map((v) => Math.max(20, v));
  const side = Math.min(...room), [w, h] = small ? room : [side, side], spare = room[0] - w;
  const box = { x: left + Math.max(0, (spare - left + MARGIN.right) / 2), y: MARGIN.top, w, h }, half = zoom.extent / zoom.times, scale = side / (2 * half);
  return {
    box, scale, half, dot: large * Math.max(1, Math.min(2, side / 560)),
    rangeX: [zoom.x - w / 2 / scale, zoom.x + w / 2 / scale], rangeY: [zoom.y - h / 2 / scale, zoom.y + h / 2 / scale],
    x: (v) => box.x + w / 2 + (v - zoom.x) * scale, y: (v) => box.y + h / 2 - (v - zoom.y) * scale,
  };
}

function paint({ ctx, width, height }, store) {
  const { at, view, theme, shown, on, motion } = store, ratio = window.devicePixelRatio || 1;
  const back = store.back || (store.back = document.createElement("canvas"));
  if (store.stale || back.width !== ctx.canvas.width || back.height !== ctx.canvas.height) {
    back.width = ctx.canvas.width;
    back.height = ctx.canvas.height;
    const under = back.getContext("2d");
    under.setTransform(ratio, 0, 0, ratio, 0, 0);
    under.clearRect(0, 0, width, height);
    axesLayer(under, at, theme, store.font);
    clip(under, at.box);
    if (on.has("plane")) { heatLayer(under, view, at, theme); decisionLine(under, view, at, theme); }
    if (on.has("mesh")) meshLayer(under, view, at, theme);
    if (on.has("real")) pointsLayer(under, view.real, at, theme, "real");
    if (on.has("inputs")) pointsLayer(under, view.inputs, at, theme, "inputs");
    if (on.has("back")) backLayer(under, view.inputs, view.back, at, theme);
    store.stale = false;
  }
  ctx.globalCompositeOperation = "copy"; // in place of all that is there
  ctx.drawImage(back, 0, 0, width, height);
  ctx.globalCompositeOperation = "source-over";
  ctx.save();
  clip(ctx, at.box);
  if (on.has("threads")) threadLayer(ctx, view.inputs, shown.places, at, theme);
  if (on.has("trails")) trailLayer(ctx, motion.trails, shown.places, at, theme);
  if (on.has("push")) arrowLayer(ctx, shown.places, shown.push, at, theme);
  if (on.has("generated")) pointsLayer(ctx, shown.places, at, theme, "generated");
  ctx.restore();
}

function clip(ctx, box) {
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.w, box.h);
  ctx.clip();
}

// The pointer: what is under it, zoom and pan

function placeOn(canvas, event) {
  const area = canvas.getBoundingClientRect();
  return { x: event.clientX - area.left, y: event.clientY - area.top };
}

// A small one only says what is under the pointer: a page scrolls over it.
function pointed(root, store) {
  const canvas = root.querySelector("canvas");
  canvas.addEventListener("pointermove", (event) => { store.pointer = placeOn(canvas, event); tip(root, store); });
  canvas.addEventListener("pointerleave", () => { store.pointer = null; tip(root, store); });
}

function listen(root, store) {
  const canvas = root.querySelector("canvas");
  const place = (event) => placeOn(canvas, event);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(store, 1.002 ** -event.deltaY, place(event));
  }, { passive: false });
  noFling(canvas);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    store.held = place(event);
    canvas.classList.add("held");
  });
  canvas.addEventListener("pointermove", (event) => {
    store.pointer = place(event);
    if (store.held) { pan(store, store.held.x - store.pointer.x, store.pointer.y - store.held.y); store.held = store.pointer; }
    tip(root, store);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => { store.held = null; canvas.classList.remove("held"); });
  }
  canvas.addEventListener("pointerleave", () => { store.pointer = null; tip(root, store); });
  canvas.addEventListener("dblclick", () => reset(store));
  root.querySelector(".whole").onclick = () => { reset(store); canvas.focus(); };
  canvas.addEventListener("keydown", (event) => key(event, store));
}

function key(event, store) {
  if (event.ctrlKey || event.metaKey || event.altKey || !store.at) return;
  const step = store.at.box.w / 8;
  const act = {
    "+": () => zoom(store, 1.25), "=": () => zoom(store, 1.25), "-": () => zoom(store, 0.8), Home: () => reset(store),
    ArrowLeft: () => pan(store, -step, 0), ArrowRight: () => pan(store, step, 0),
    ArrowUp: () => pan(store, 0, step), ArrowDown: () => pan(store, 0, -step),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

// So many times larger; what is at the pixel `about`, or in the middle, stays where it is.
function zoom(store, times, about) {
  const { at, zoom: old } = store, { box } = at;
  const target = Math.min(CLOSEST, Math.max(WIDEST, old.times * times)), share = 1 - old.times / target;
  const x = about ? (about.x - box.x - box.w / 2) / at.scale : 0, y = about ? (box.y + box.h / 2 - about.y) / at.scale : 0;
  turn(store, { times: target, x: old.x + x * share, y: old.y + y * share });
}

function pan(store, right, up) {
  const { zoom: old, at: { scale } } = store;
  turn(store, { times: old.times, x: old.x + right / scale, y: old.y + up / scale });
}

function turn(store, { times, x, y }) {
  const most = 2 * store.zoom.extent, within = (v) => Math.min(most, Math.max(-most, v));
  store.zoom = { ...store.zoom, times, x: within(x), y: within(y) };
  store.redraw();
}

function reset(store) {
  store.zoom = whole(store.view);
  store.redraw();
}
