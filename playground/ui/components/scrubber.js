// Scrub through frames that were sent ahead: a line of them, a closed loop that plays, or a square grid.
// The position lives here, one for each `token`, and survives new frames; Python hears of it after a release.

const LOOP_SECONDS = 5;
const LARGEST = 520; // pixels of the picture's side
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".scrubber");
  const store = storeOf(parentElement, () => ({ at: new Map(), token: null, playing: false, speed: 1 }));
  Object.assign(store, { data, root, send: setStateValue });
  if (!store.unfollow) connect(store);
  if (store.token !== data.token) {
    store.token = data.token;
    if (!store.at.has(data.token)) store.at.set(data.token, data.start);
    store.playing = data.shape === "loop" && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    clearTimeout(store.telling);
  }
  markTheme(root);
  for (const shape of ["line", "loop", "grid"]) root.classList.toggle(shape, shape === data.shape);
  root.classList.toggle("points", data.kind === "points");
  root.classList.toggle("has-latent", hasLatent(data));
  label(store);
  swapSprite(store, data.sprite, () => { store.shown = store.data; draw(store); });
  // A sprite that is still being decoded belongs to the new frames: until then the old ones stay, whole.
  if (!data.sprite || store.sprite?.src === data.sprite) store.shown = data;
  draw(store);
  animate(store);
  return () => {
    store.unfollow();
    cancelAnimationFrame(store.frame);
    clearTimeout(store.telling);
  };
}

const hasLatent = (data) => Boolean(data.latents) && data.shape !== "grid";
const position = (store) => Math.min(store.at.get(store.token), store.data.count - 1);
const indexAt = (store) => Math.round(position(store)) % store.data.count;

function move(store, to) {
  const last = store.data.count - 1;
  store.at.set(store.token, Math.min(Math.max(to, 0), last));
  show(store);
}

function tell(store, delay) {
  clearTimeout(store.telling);
  const value = { token: store.token, index: indexAt(store) };
  store.telling = setTimeout(() => store.send("position", value), delay);
}

function connect(store) {
  const { root } = store;
  const slider = root.querySelector(".slider");
  slider.addEventListener("pointerdown", (event) => {
    slider.setPointerCapture(event.pointerId);
    store.dragging = true;
    drag(store, event);
  });
  slider.addEventListener("pointermove", (event) => { if (store.dragging) drag(store, event); });
  for (const name of ["pointerup", "pointercancel"]) {
    slider.addEventListener(name, () => {
      if (!store.dragging) return;
      store.dragging = false;
      tell(store, 0);
    });
  }
  slider.addEventListener("keydown", (event) => key(store, event));
  root.querySelector(".play").onclick = () => {
    store.playing = !store.playing;
    label(store);
    animate(store);
  };
  root.querySelector(".speed").onchange = (event) => { store.speed = Number(event.target.value); };
  store.unfollow = follow(root, () => draw(store));
}

function drag(store, event) {
  const { data, geometry } = store;
  if (!geometry) return;
  const box = store.root.querySelector(".slider").getBoundingClientRect();
  const x = (event.clientX - box.left) / geometry.cell - 0.5;
  if (data.shape !== "grid") return move(store, x * geometry.stride);
  const clamp = (v) => Math.min(Math.max(Math.round(v), 0), data.across - 1);
  move(store, clamp((event.clientY - box.top) / geometry.cellHeight - 0.5) * data.across + clamp(x));
}

function key(store, event) {
  const { data } = store;
  const now = indexAt(store), small = Math.ceil(data.count / 80), large = Math.ceil(data.count / 8);
  let to = { Home: 0, End: data.count - 1, PageUp: now + large, PageDown: now - large }[event.key];
  if (KEYS[event.key]) {
    const [dx, dy] = KEYS[event.key];
    if (data.shape === "grid") {
      const clamp = (v) => Math.min(Math.max(v, 0), data.across - 1);
      to = clamp(Math.floor(now / data.across) + dy) * data.across + clamp((now % data.across) + dx);
    } else to = now + (dx - dy) * small;
  }
  if (to === undefined) return;
  event.preventDefault();
  move(store, to);
  tell(store, 300);
}

function animate(store) {
  cancelAnimationFrame(store.frame);
  if (!store.playing) return;
  let before = performance.now();
  const tick = (now) => {
    if (!store.playing) return;
    if (!store.dragging) {
      const to = position(store) + (now - before) / 1000 * store.data.count / LOOP_SECONDS * store.speed;
      move(store, to > store.data.count - 1 ? 0 : to);
    }
    before = now;
    store.frame = requestAnimationFrame(tick);
  };
  store.frame = requestAnimationFrame(tick);
}

function label(store) {
  const { root, data } = store;
  root.querySelector(".play").textContent = store.playing ? `❚❚ ${data.text.pause}` : `▶ ${data.text.play}`;
  root.querySelector(".speed-label").textContent = data.text.speed;
  root.querySelector(".latent figcaption").textContent = data.text.latent;
  const slider = root.querySelector(".slider");
  slider.setAttribute("aria-label", data.text.slider);
  slider.setAttribute("aria-valuemin", 0);
  slider.setAttribute("aria-valuemax", data.count - 1);
}

// Sizes first, then the parts that only new frames or a new size change, then the parts that follow the position.
function draw(store) {
  const data = store.shown;
  if (!data || (data.kind === "images" && !store.sprite) || !store.root.clientWidth) return;
  store.geometry = lay(store, data);
  strip(store, data);
  show(store);
}

function lay(store, data) {
  const { root } = store;
  const width = root.clientWidth, tallest = roomBelow(root);
  const size = (selector, w, h) => Object.assign(root.querySelector(selector).style, { width: `${w}px`, height: `${h}px` });
  const aspect = data.kind === "images" ? data.tile[1] / data.tile[0] : 1;
  const slider = root.querySelector(".slider");
  if (data.shape === "grid") {
    const side = Math.floor(Math.min((width - 16) * (data.kind === "images" ? 0.6 : 0.5), tallest / aspect));
    const small = Math.floor(Math.min(width - 16 - side, LARGEST));
    size(".slider > canvas", side, side * aspect);
    size(".picture canvas", small, small * aspect);
    slider.style.width = `${side}px`;
    slider.style.marginInline = "0";
    return { cell: side / data.across, cellHeight: side * aspect / data.across, stride: 1 };
  }
  const planes = hasLatent(data) ? 2 : 1;
  const images = data.kind === "images";
  let stride = 1;
  while (images && width / Math.ceil(data.count / stride) < 40) stride *= 2;
  const thumbs = images ? Math.ceil(data.count / stride) : data.count;
  const below = (images ? Math.min(width / thumbs, 60) * aspect : 0) + 62 + (data.shape === "loop" ? 44 : 0);
  const side = Math.floor(Math.min((width - 12 * (planes - 1)) / planes, (tallest - below) / aspect, LARGEST));
  for (const selector of planes > 1 ? [".picture canvas", ".latent canvas"] : [".picture canvas"]) size(selector, side, side * aspect);
  const cell = images ? Math.min(width / thumbs, 60) : Math.min(width, Math.max(side * planes, 360)) / thumbs;
  size(".slider > canvas", cell * thumbs, images ? cell * aspect : 0);
  size(".window", cell, cell * aspect);
  slider.style.width = `${cell * thumbs}px`;
  slider.style.marginInline = "auto";
  return { cell, cellHeight: cell * aspect, stride };
}

function strip(store, data) {
  const surface = fitted(store.root.querySelector(".slider > canvas"));
  if (!surface) return;
  const { ctx } = surface, { cell, cellHeight, stride } = store.geometry;
  const theme = colours(store.root), gap = 1;
  const across = data.shape === "grid" ? data.across : data.count;
  for (let i = 0, slot = 0; i < data.count; i += stride, slot += 1) {
    const x = (slot % across) * cell, y = Math.floor(slot / across) * cellHeight;
    if (data.kind === "images") drawTile(ctx, store.sprite, data, i, x + gap, y + gap, cell - 2 * gap, cellHeight - 2 * gap);
    else { ctx.fillStyle = theme.text; ctx.globalAlpha = 0.45; ctx.beginPath(); ctx.arc(x + cell / 2, y + cellHeight / 2, 1.5, 0, 7); ctx.fill(); ctx.globalAlpha = 1; }
  }
  if (data.shape === "grid") {
    const side = cell * across, tall = cellHeight * across;
    [[12, 12], [side - 12, 12], [12, tall - 12], [side - 12, tall - 12]].forEach(([x, y], i) => badge(ctx, "ABCD"[i], x, y, theme));
  } else if (data.kind === "images") {
    for (const [letter, i] of data.anchors) badge(ctx, letter, i / stride * cell + 10, 10, theme);
  }
}

function show(store) {
  const { root, geometry, shown: data } = store;
  if (!data || !geometry) return;
  const at = position(store), index = Math.min(indexAt(store), data.count - 1);
  const slider = root.querySelector(".slider");
  root.dataset.index = index;
  slider.setAttribute("aria-valuenow", index);
  slider.setAttribute("aria-valuetext", data.captions[index]);
  root.querySelector(".picture figcaption").textContent = (data.kind === "points" ? "G(z) · " : "") + data.captions[index];
  root.querySelector(".picture canvas").setAttribute("aria-label", `${data.text.picture}, ${data.captions[index]}`);
  const frame = root.querySelector(".window");
  if (data.shape === "grid") {
    const width = Math.max(geometry.cell, 22), height = Math.max(geometry.cellHeight, 22);
    const x = (index % data.across + 0.5) * geometry.cell, y = (Math.floor(index / data.across) + 0.5) * geometry.cellHeight;
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
    frame.style.transform = `translate(${x - width / 2}px, ${y - height / 2}px)`;
  } else {
    const x = at / geometry.stride * geometry.cell;
    frame.style.transform = `translateX(${x}px)`;
    root.querySelector(".done").style.width = `${x + geometry.cell / 2}px`;
    root.querySelector(".knob").style.transform = `translateX(${x + geometry.cell / 2}px)`;
  }
  picture(store, data, at, index);
}

function picture(store, data, at, index) {
  const surface = fitted(store.root.querySelector(".picture canvas"));
  if (!surface) return;
  if (data.kind === "images") return drawTile(surface.ctx, store.sprite, data, index, 0, 0, surface.width, surface.height);
  const theme = colours(store.root);
  plane(surface, data, data.points, data.extent, at, theme, { real: data.real, cloud: data.cloud });
  if (!hasLatent(data)) return;
  const latent = fitted(store.root.querySelector(".latent canvas"));
  if (latent) plane(latent, data, data.latents, data.latentExtent, at, theme, { cloud: data.latentCloud });
}

function plane({ ctx, width }, data, points, extent, at, theme, clouds) {
  drawCloud(ctx, clouds.real, extent, width, theme.real, 0.4, "circle");
  drawCloud(ctx, clouds.cloud, extent, width, clouds.real ? theme.generated : theme.text, clouds.real ? 0.35 : 0.2, clouds.real ? "triangle" : "circle");
  const xy = points.map((point) => project(point, extent, width));
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1.5;
  ctx.lineJoin = "round";
  for (const line of lines(data)) {
    ctx.beginPath();
    line.forEach((i, j) => (j ? ctx.lineTo(...xy[i]) : ctx.moveTo(...xy[i])));
    ctx.stroke();
  }
  for (const [letter, i] of data.anchors) badge(ctx, letter, ...xy[i], theme);
  // Between two frames the marker slides along the drawn path.
  const low = data.shape === "grid" ? Math.round(at) : Math.floor(at), high = Math.min(low + 1, xy.length - 1), t = at - low;
  triangle(ctx, xy[low][0] + t * (xy[high][0] - xy[low][0]), xy[low][1] + t * (xy[high][1] - xy[low][1]), 10);
  ctx.fillStyle = theme.generated;
  ctx.fill();
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 2;
  ctx.stroke();
}

function lines(data) {
  const all = [...Array(data.count).keys()];
  if (data.shape === "line") return [all];
  if (data.shape === "loop") return [[...all, 0]];
  const n = data.across, some = [...Array(n).keys()], every = Math.max(1, (n - 1) / 8);
  return some.filter((j) => j % every === 0).flatMap((j) => [some.map((i) => j * n + i), some.map((i) => i * n + j)]);
}
