// Scrub through frames that were sent ahead: a line of them, or a closed loop. With `play` they play too, each segment
// of `per` frames in `seconds`; with `curves` some plots stand beside the picture; with `lines` it is a dial, with many
// samples at each frame and one plot. The position lives here, one for each `token`, and survives new frames; so do speed
// and ease. Python hears of them after a release or a change.

const LARGEST = 520; // pixels of the picture's side
const SLIM = 480; // pixels of a page up to which nothing stands beside a picture
const ABREAST = 720; // pixels of a page from which on two pictures and the plots stand side by side
const PLOTS_BELOW = 130; // pixels of the plots' height where they stand below

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".scrubber");
  const store = storeOf(parentElement, () => ({ at: new Map(), token: null, set: null, playing: false, speed: 1, ease: false }));
  Object.assign(store, { data, root, send: setStateValue });
  if (!store.unfollow) connect(store);
  if (store.token !== data.token) {
    store.token = data.token;
    if (!store.at.has(data.token)) store.at.set(data.token, data.start);
    store.playing = false;
    clearTimeout(store.telling);
  }
  if (data.play && store.set !== data.play.token) {
    store.set = data.play.token;
    store.speed = data.play.speed;
    store.ease = data.play.ease;
  }
  markTheme(root);
  root.classList.toggle("plays", Boolean(data.play));
  root.classList.toggle("dial", isDial(data));
  root.classList.toggle("has-curves", data.curves.length > 0);
  root.classList.toggle("points", data.kind === "points");
  root.classList.toggle("has-latent", hasLatent(data));
  label(store);
  takeFrames(store, draw);
  animate(store);
  return atEnd(parentElement, () => {
    store.unfollow();
    cancelAnimationFrame(store.frame);
  });
}

const isDial = (data) => data.lines.length > 0;
const hasLatent = (data) => Boolean(data.latents);
const end = (data) => data.count - (data.shape === "loop" ? 0.001 : 1); // a loop goes on from its last frame to its first
const position = (store) => Math.min(store.at.get(store.token), end(store.data));
const indexAt = (store) => Math.round(position(store)) % store.data.count;

function move(store, to) {
  const at = Math.min(Math.max(to, 0), store.data.count - 1);
  store.at.set(store.token, isDial(store.data) ? Math.round(at) : at);
  show(store);
}

function tell(store, delay) {
  clearTimeout(store.telling);
  const value = { token: store.token, index: indexAt(store) };
  store.telling = setTimeout(() => store.send("position", value), delay);
}

function connect(store) {
  const { root } = store;
  const slider = root.querySelector(".slider"), plots = root.querySelector(".curves");
  noFling(slider);
  scrub(store, slider, (event, box) => ((event.clientX - box.left) / store.geometry.cell - 0.5) * store.geometry.stride);
  scrub(store, plots, (event, box) => curvePosition(store.data, event.clientX - box.left, box, largeness(root)));
  slider.addEventListener("keydown", (event) => key(store, event));
  root.querySelector(".play").onclick = () => play(store, !store.playing);
  root.querySelector(".speed").onchange = (event) => { store.speed = Number(event.target.value); tellPace(store); };
  root.querySelector(".ease").onchange = (event) => { store.ease = event.target.checked; tellPace(store); };
  store.unfollow = follow(root, () => draw(store));
}

// `where` gives the frame that an event means; who drags stops what plays.
function scrub(store, element, where) {
  const to = (event) => {
    play(store, false);
    if (store.geometry) move(store, where(event, element.getBoundingClientRect()));
  };
  draggable(store, element, to, () => tell(store, 0));
}

function key(store, event) {
  const { count } = store.data, to = keyTarget(event, indexAt(store), count - 1, Math.ceil(count / 80), Math.ceil(count / 8));
  if (to === undefined) return;
  play(store, false);
  move(store, to);
  tell(store, 300);
}

function play(store, on) {
  if (store.playing === on) return;
  store.playing = on;
  if (!on) tell(store, 0);
  label(store);
  animate(store);
}

function tellPace(store) {
  store.send("pace", { token: store.set, speed: store.speed, ease: store.ease });
}

const eased = (t) => t * t * (3 - 2 * t);
const uneased = (s) => 0.5 - Math.sin(Math.asin(1 - 2 * s) / 3);

// The time lives in segments; an open walk rests at its end and starts over.
function animate(store) {
  cancelAnimationFrame(store.frame);
  if (!store.playing || !store.data.play) return;
  let before = performance.now(), rested = 0;
  const tick = (now) => {
    const { data } = store;
    if (!store.playing || !data.play) return;
    const { per, seconds, rest } = data.play, passed = (now - before) / 1000, at = position(store) / per;
    before = now;
    const segments = data.shape === "loop" ? data.count / per : (data.count - 1) / per;
    const whole = Math.min(Math.floor(at), segments - (at === segments ? 0 : 1));
    const share = at - whole, time = whole + (store.ease ? uneased(share) : share) + passed * store.speed / seconds;
    const next = Math.floor(time) + (store.ease ? eased(time % 1) : time % 1);
    if (next < segments) store.at.set(store.token, next * per);
    else if (data.shape === "loop") store.at.set(store.token, 0);
    else {
      rested += passed;
      store.at.set(store.token, rested < rest ? data.count - 1 : 0);
      if (rested >= rest) rested = 0;
    }
    show(store);
    store.frame = requestAnimationFrame(tick);
  };
  store.frame = requestAnimationFrame(tick);
}

function label(store) {
  const { root, data } = store;
  root.querySelector(".speed").value = String(store.speed);
  root.querySelector(".ease").checked = store.ease;
  root.querySelector(".ease-label").textContent = data.text.ease;
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
  store.geometry = (isDial(data) ? layDial : lay)(store, data);
  strip(store, data);
  show(store);
}

const aspectOf = (data) => (data.kind === "images" ? data.tile[1] / data.tile[0] : 1);

function layDial(store, data) {
  const { root } = store, width = root.clientWidth, aspect = aspectOf(data);
  const narrow = width < 480; // as on a phone: the lines stand below the picture
  const side = Math.floor(Math.min((narrow ? 1 : 0.52) * width, (roomBelow(root) - 110 * largeness(root)) / aspect, LARGEST * largeness(root)));
  setSize(root.querySelector(".picture canvas"), side, side * aspect);
  root.querySelector(".stage").style.flexWrap = narrow ? "wrap" : "nowrap";
  setSize(root.querySelector(".curves"), narrow ? width : width - side - 24, narrow ? 220 : side * aspect);
  const room = width - root.querySelector("output").offsetWidth - 16;
  root.querySelector(".slider").style.width = `${room}px`;
  return { cell: room / data.count, cellHeight: 0, stride: 1 };
}

function lay(store, data) {
  const { root } = store;
  const width = root.clientWidth, tallest = roomBelow(root);
  const size = (selector, w, h) => setSize(root.querySelector(selector), w, h);
  const images = data.kind === "images", aspect = aspectOf(data);
  const planes = hasLatent(data) ? 2 : 1;
  // The plots stand beside the pictures where the page is wide enough, else below.
  const slim = width < SLIM * largeness(root), close = planes > 1 && width < ABREAST * largeness(root);
  const under = data.curves.length && (slim || close) ? (slim ? PLOTS_BELOW * 1.6 : PLOTS_BELOW) : 0;
  const plots = data.curves.length && !under ? Math.max(150, Math.min((planes > 1 ? 0.3 : 0.4) * width, 420)) : 0;
  // The strip shows each so manieth frame, the ends of all segments among them.
  const segment = data.play?.per ?? Math.max(data.count - (data.shape === "loop" ? 0 : 1), 1);
  let stride = 1;
  while (images && stride < segment && (width / Math.ceil(data.count / stride) < 40 || segment % stride)) stride += 1;
  const thumbs = images ? Math.ceil(data.count / stride) : data.count;
  const below = (images ? Math.min(width / thumbs, 60) * aspect : 0) + 62 + (data.play ? 44 : 0) + (under ? under + 8 : 0);
  const beside = width - plots - 12 * (planes - 1 + Boolean(plots));
  const side = Math.floor(Math.min(beside / planes, (tallest - below) / aspect, LARGEST * largeness(root)));
  for (const selector of planes > 1 ? [".picture canvas", ".latent canvas"] : [".picture canvas"]) size(selector, side, side * aspect);
  const cell = images ? Math.min(width / thumbs, 60) : Math.min(width, Math.max(side * planes + plots, 360)) / thumbs;
  size(".slider > canvas", cell * thumbs, images ? cell * aspect : 0);
  size(".window", cell, cell * aspect);
  if (under) size(".curves", width, under);
  if (plots) size(".curves", Math.min(width - planes * (side + 12), 520), side * aspect);
  root.querySelector(".slider").style.width = `${cell * thumbs}px`;
  return { cell, cellHeight: cell * aspect, stride };
}

function strip(store, data) {
  const surface = fitted(store.root.querySelector(".slider > canvas"));
  if (!surface) return;
  const { ctx } = surface, { cell, cellHeight, stride } = store.geometry;
  const theme = colours(store.root), gap = 1;
  for (let i = 0, slot = 0; i < data.count; i += stride, slot += 1) {
    const x = slot * cell;
    if (data.kind === "images") drawTile(ctx, store.sprite, data, i, x + gap, gap, cell - 2 * gap, cellHeight - 2 * gap);
  }
  if (data.kind === "images") for (const [letter, i] of data.anchors) badge(ctx, letter, i / stride * cell + 10, 10, theme);
}

function show(store) {
  const { root, geometry, shown: data } = store;
  if (!data || !geometry) return;
  const at = position(store), index = Math.min(indexAt(store), data.count - 1);
  const slider = root.querySelector(".slider");
  root.dataset.index = index;
  slider.setAttribute("aria-valuenow", index);
  slider.setAttribute("aria-valuetext", data.captions[index]);
  root.querySelector("output").textContent = data.captions[index];
  root.querySelector(".picture figcaption").textContent = (data.kind === "points" ? "G(z) · " : "") + data.captions[index];
  root.querySelector(".picture canvas").setAttribute("aria-label", `${data.text.picture}, ${data.captions[index]}`);
  const frame = root.querySelector(".window");
  const x = Math.min(at, data.count - 1) / geometry.stride * geometry.cell;
  frame.style.transform = `translateX(${x}px)`;
  root.querySelector(".done").style.width = `${x + geometry.cell / 2}px`;
  root.querySelector(".knob").style.transform = `translateX(${x + geometry.cell / 2}px)`;
  if (isDial(data)) drawLines(store, data, index);
  else if (data.curves.length) drawCurves(store, data, at);
  picture(store, data, at, index);
}

function picture(store, data, at, index) {
  const surface = fitted(store.root.querySelector(".picture canvas"));
  if (!surface) return;
  if (data.kind === "images") return tiles(surface, store.sprite, data, index);
  const theme = colours(store.root);
  if (isDial(data)) return clouds(surface.ctx, data, data.points[index], surface.width, theme);
  plane(surface, data, data.points, data.extent, at, theme, { real: data.real, cloud: data.cloud });
  if (!hasLatent(data)) return;
  const latent = fitted(store.root.querySelector(".latent canvas"));
  if (latent) plane(latent, data, data.latents, data.latentExtent, at, theme, { cloud: data.latentCloud });
}

// The samples of a frame, `across` in a row and in a column.
function tiles({ ctx, width, height }, sprite, data, index) {
  const { across } = data, gap = 4, w = (width + gap) / across, h = (height + gap) / across;
  for (let i = 0; i < across * across; i += 1) {
    const x = (i % across) * w, y = Math.floor(i / across) * h;
    drawTile(ctx, sprite, data, index * across * across + i, x, y, w - gap, h - gap);
  }
}

function clouds(ctx, data, points, width, theme) {
  drawCloud(ctx, data.real, data.extent, width, theme.real, 0.35, "circle");
  drawCloud(ctx, points, data.extent, width, theme.generated, 0.9, "triangle");
}

function plane({ ctx, width }, data, points, extent, at, theme, clouds) {
  drawCloud(ctx, clouds.real, extent, width, theme.real, 0.4, "circle");
  drawCloud(ctx, clouds.cloud, extent, width, clouds.real ? theme.generated : theme.text, clouds.real ? 0.35 : 0.2, clouds.real ? "triangle" : "circle");
  const xy = points.map((point) => project(point, extent, width));
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1.5;
  ctx.lineJoin = "round";
  ctx.beginPath();
  xy.forEach((point, i) => (i ? ctx.lineTo(...point) : ctx.moveTo(...point)));
  if (data.shape === "loop") ctx.closePath();
  ctx.stroke();
  for (const [letter, i] of data.anchors) badge(ctx, letter, ...xy[i], theme);
  // Between two frames the marker slides along the drawn path.
  const low = Math.min(Math.floor(at), xy.length - 1), high = data.shape === "loop" ? (low + 1) % xy.length : Math.min(low + 1, xy.length - 1), t = at - low;
  marker(ctx, xy[low][0] + t * (xy[high][0] - xy[low][0]), xy[low][1] + t * (xy[high][1] - xy[low][1]), theme);
}
