// Shared by the components: put in front of each one's own script. No build step.

const STORES = new WeakMap(); // Streamlit calls the renderer again for new data; what must survive lives here

function storeOf(parent, make) {
  if (!STORES.has(parent)) STORES.set(parent, make());
  return STORES.get(parent);
}

// What `frames.packed` sent; each part that is bytes as an array of its own. The same object for what came before, too.
function unpacked(store, message) {
  if (store.message && same(store.message, message)) return store.unpacked;
  const start = 4 + new DataView(message.buffer, message.byteOffset).getUint32(0, true);
  const part = ([first, end]) => message.slice(start + first, start + end);
  const head = new TextDecoder().decode(message.subarray(4, start));
  store.message = message;
  store.unpacked = JSON.parse(head, (_, value) => (value?.bytes ? part(value.bytes) : value));
  return store.unpacked;
}

function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

// What `frames.short` made: 16-bit numbers, of which each counts `unit`.
function numbers({ b, unit }) { return Float32Array.from(new Int16Array(b.buffer), (v) => v * unit); }

// What a renderer gives back: `stop` runs once the component has left the page. Streamlit also calls this for a renderer
// that newer data overtook; the component is then still there, and what the newer one began has to go on.
function atEnd(parent, stop) {
  return () => { if (!parent.isConnected) stop(); };
}

// What is there already is left alone: the browser would lay it out again.
function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

function setTitle(element, text) { if (element.title !== text) element.title = text; }

function setLabel(element, text) { if (element.ariaLabel !== text) element.ariaLabel = text; }

// Double buffer: `use(image)` runs once the new sprite is decoded, and only if no newer one was asked for meanwhile.
function swapSprite(store, url, use) {
  if (store.spriteUrl === url) return;
  store.spriteUrl = url;
  if (!url) { store.sprite = null; return; }
  const image = new Image();
  image.src = url;
  image.decode().then(() => {
    if (store.spriteUrl !== url) return;
    store.sprite = image;
    use(image);
  }).catch(() => {});
}

// Show the frames of `store.data`: until their sprite is decoded the old ones stay, whole.
function takeFrames(store, draw) {
  const { sprite } = store.data;
  swapSprite(store, sprite, () => { store.shown = store.data; draw(store); });
  if (!sprite || store.sprite?.src === sprite) store.shown = store.data;
  draw(store);
}

// A canvas that has the size of its box in device pixels; gives its context with one unit = one CSS pixel.
function fitted(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return null;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return { ctx, width, height };
}

function drawTile(ctx, sprite, data, index, x, y, width, height) {
  const sheet = data.crisp ? { source: sprite, scale: 1 } : enlarged(sprite, data);
  const w = data.tile[0] * sheet.scale, h = data.tile[1] * sheet.scale, columns = data.columns;
  ctx.imageSmoothingEnabled = !data.crisp;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(sheet.source, (index % columns) * w, Math.floor(index / columns) * h, w, h, x, y, width, height);
}

const SHEETS = new WeakMap();
const SMOOTH_SIDE = 64;

// Doubling a small tile again and again looks smooth where one bilinear enlargement shows its facets. Tile by tile, so
// that neighbours do not bleed into each other.
function enlarged(sprite, data) {
  if (SHEETS.has(sprite)) return SHEETS.get(sprite);
  const [w, h] = data.tile, columns = data.columns, rows = Math.round(sprite.naturalHeight / h);
  let sheet = { source: sprite, scale: 1 };
  while (h * sheet.scale < SMOOTH_SIDE) {
    const scale = sheet.scale * 2, canvas = document.createElement("canvas");
    canvas.width = columns * w * scale;
    canvas.height = rows * h * scale;
    const ctx = canvas.getContext("2d");
    for (let i = 0; i < columns * rows; i += 1) {
      const x = (i % columns) * w, y = Math.floor(i / columns) * h, from = sheet.scale;
      ctx.drawImage(sheet.source, x * from, y * from, w * from, h * from, x * scale, y * scale, w * scale, h * scale);
    }
    sheet = { source: canvas, scale };
  }
  SHEETS.set(sprite, sheet);
  return sheet;
}

// The switch between the average of G and G as it is. `ask` tells the page which one was pressed.
function sourceSwitch(root, source, ask) {
  const box = root.querySelector(".source");
  setLabel(box, source.label);
  if (!box.childElementCount) for (const name of Object.keys(source.names)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.weights = name;
    box.append(button);
  }
  for (const button of box.children) {
    const name = button.dataset.weights;
    setText(button, source.names[name]);
    setTitle(button, source.help[name]);
    button.setAttribute("aria-pressed", name === source.weights);
    button.disabled = source.held;
    button.onclick = () => { if (name !== source.weights) ask(name); };
  }
}

function colours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read("--st-text-color"), background: read("--st-background-color"), primary: read("--st-primary-color"),
    real: read("--real"), generated: read("--generated"), discriminator: read("--discriminator"),
    neutral: read("--neutral"), faint: read("--faint"), large: largeness(element),
  };
}

const TYPE = 13.125; // pixels of the type for which canvases are made

// How many times as large the type is, as on a projector.
function largeness(element) {
  return Math.max(1, parseFloat(getComputedStyle(element).fontSize) / TYPE);
}

// The type of words on a canvas, in pixels of a page that is not enlarged.
const typeOf = (theme, pixels) => `${Math.round(pixels * theme.large)}px`;

// The theme says only which colours it uses; a dark background makes it dark.
function markTheme(root) {
  const background = getComputedStyle(root).getPropertyValue("--st-background-color").trim() || "#fff";
  if (!DARK.has(background)) DARK.set(background, brightness(background) < 128);
  root.classList.toggle("dark", DARK.get(background));
}

const DARK = new Map(); // by background

function brightness(colour) {
  const ctx = document.createElement("canvas").getContext("2d");
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, 1, 1);
  const [r, g, b] = ctx.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

function setSize(element, width, height) {
  Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
}

function triangle(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + 0.87 * r, y + 0.5 * r);
  ctx.lineTo(x - 0.87 * r, y + 0.5 * r);
  ctx.closePath();
}

// Points of a square plane [-extent, extent]^2 in a box of `size` pixels, second axis up.
function project(point, extent, size) {
  return [(point[0] / extent + 1) / 2 * size, (1 - point[1] / extent) / 2 * size];
}

function drawCloud(ctx, points, extent, size, colour, alpha, shape) {
  ctx.fillStyle = colour;
  ctx.globalAlpha = alpha;
  for (const point of points || []) {
    const [x, y] = project(point, extent, size);
    if (shape === "circle") { ctx.beginPath(); ctx.arc(x, y, 1.8, 0, 2 * Math.PI); } else triangle(ctx, x, y, 2.6);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

// The generated point that is looked at.
function marker(ctx, x, y, theme) {
  triangle(ctx, x, y, 10);
  ctx.fillStyle = theme.generated;
  ctx.fill();
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 2;
  ctx.stroke();
}

function badge(ctx, letter, x, y, theme) {
  ctx.fillStyle = theme.primary;
  ctx.beginPath(); ctx.arc(x, y, 9 * theme.large, 0, 2 * Math.PI); ctx.fill();
  ctx.fillStyle = theme.background;
  ctx.font = `600 ${theme.large > 1 ? typeOf(theme, 13) : "12px"} sans-serif`;
  ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.fillText(letter, x, y + 0.5);
}

const PHONE = 640; // pixels of the widest window whose columns stand one below the other

// The height in pixels from the top of `root` to the foot of the window, however far the page is scrolled.
// On a phone everything stands in one column that scrolls: there a window is the room of each part.
function roomBelow(root) {
  const main = document.querySelector('[data-testid="stMain"]');
  const least = window.innerWidth <= PHONE ? 0.8 * window.innerHeight : 200;
  return Math.max(least, window.innerHeight - root.getBoundingClientRect().top - (main ? main.scrollTop : 0) - 16);
}

// A finger lifted in motion would start a fling, and Chromium takes the next tap anywhere as the one that stops it.
function noFling(element) {
  element.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
}

// From a press on `element` until its release: `move` for each place, then `release`. One drag at a time in a component.
function draggable(store, element, move, release) {
  element.addEventListener("pointerdown", (event) => {
    if (event.button || store.dragging) return;
    element.setPointerCapture(event.pointerId);
    store.dragging = element;
    move(event);
  });
  element.addEventListener("pointermove", (event) => { if (store.dragging === element) move(event); });
  for (const name of ["pointerup", "pointercancel"]) {
    element.addEventListener(name, () => {
      if (store.dragging !== element) return;
      store.dragging = null;
      release();
    });
  }
}

// Where a key sends a slider that stands at stop `now` of 0 to `last`; undefined for other keys. `more`: keys of its own.
function keyTarget(event, now, last, small, large, more = {}) {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const to = {
    ArrowLeft: now - small, ArrowDown: now - small, ArrowRight: now + small, ArrowUp: now + small,
    PageDown: now - large, PageUp: now + large, Home: 0, End: last, ...more,
  }[event.key];
  if (to === undefined) return undefined;
  event.preventDefault();
  return Math.min(Math.max(to, 0), last);
}

// Whether a key that came to the whole page is for it: not part of a combination, not typed into a field.
function isShortcut(event) {
  const field = "input, textarea, select, [contenteditable=true], [role=textbox]";
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.composedPath()[0].closest?.(field);
}

// Calls `draw` when the component, the window or what stands above changes its size; gives the function that ends it.
function follow(root, draw) {
  const observer = new ResizeObserver(draw);
  observer.observe(root);
  const page = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (page) observer.observe(page);
  window.addEventListener("resize", draw);
  return () => { observer.disconnect(); window.removeEventListener("resize", draw); };
}

// Round values inside `range`, at most about `count`.
function stops([low, high], count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw * 0.999);
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) out.push(k * step);
  return out;
}

function spell(value, ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = Math.abs(value).toFixed(digits).replace(/\B(?=(\d{3})+$)/g, digits ? "" : "\u202f");
  return value < -step / 2 ? `−${text}` : text;
}

// What D says, in words; a sigmoid only where it is a probability.
function says(probability, logit) {
  if (logit === undefined) return "";
  return probability ? `P(real) ${Math.round(100 / (1 + Math.exp(-logit)))} %` : `D(x) ${signed(logit)}`;
}

function signed(value) {
  return value.toFixed(2).replace("-", "−");
}
