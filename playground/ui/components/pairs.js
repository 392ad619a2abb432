// The stage of a translation: each pair is a column of its input, its output and what belongs to them. One pair is
// close up below: the one under the pointer, else the one that was chosen.

const KEPT = "playground.patches"; // in the browser's local storage

export default function (component) {
  const { parentElement, setTriggerValue, setStateValue } = component;
  const root = parentElement.querySelector(".pairs");
  const store = storeOf(parentElement, () => ({ at: null, chosen: 0, wipe: 0, patched: kept() }));
  const data = store.data = unpacked(store, component.data);
  store.pick = (index) => {
    store.chosen = index;
    setTriggerValue("picked", index);
    show(root, store);
  };
  if (data.followed >= 0 && store.followed !== data.followed) store.chosen = data.followed;
  store.followed = data.followed;
  markTheme(root);
  root.classList.toggle("small", data.small);
  label(root, store);
  sourceSwitch(root, data.source, (name) => setTriggerValue("weights", name));
  ways(root, store, (backwards) => setStateValue("backwards", backwards));
  if (!store.listening) { listen(root, store); store.listening = true; }
  store.refresh = () => refresh(root, store);
  if (!store.unfollow) store.unfollow = follow(root, () => store.refresh());
  take(store);
  store.refresh();
  root.pairs = () => ({ wipe: store.wipe, index: shownIndex(store), patched: store.patched, table: store.table });
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

function kept() {
  try { return localStorage.getItem(KEPT) === "on"; } catch { return false; }
}

// The pictures that came last, once they are decoded; until then the old ones stay, whole.
function take(store) {
  const { data } = store;
  if (store.sheet === data.sheet) return;
  store.sheet = data.sheet;
  createImageBitmap(new Blob([data.sheet.picture], { type: data.sheet.type })).then((bitmap) => {
    if (store.sheet !== data.sheet) { bitmap.close(); return; }
    store.bitmap?.close();
    Object.assign(store, { bitmap, drawn: data });
    store.refresh();
  }).catch(() => {});
}

// Words and switches

function label(root, store) {
  const { data } = store, field = root.querySelector(".field"), button = root.querySelector(".switch");
  setLabel(field, data.small ? data.alt : `${data.alt}. ${WORDS.keys}`);
  field.setAttribute("role", data.small ? "img" : "application");
  field.tabIndex = data.small ? -1 : 0;
  button.hidden = !data.patches;
  setText(button.lastElementChild, WORDS.patches);
  setTitle(button, WORDS.patchesHelp);
  button.setAttribute("aria-pressed", store.patched);
}

function figures(root, store, { parts }) {
  const names = parts.map(({ label: text }) => text).join("\n");
  if (store.names === names) return;
  store.names = names;
  root.querySelector(".figures").replaceChildren(...parts.map((part) => figure(root, store, part)));
}

function figure(root, store, part) {
  const box = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
  caption.className = `of-${part.name}`;
  caption.textContent = part.label;
  box.append(caption, canvas);
  canvas.setAttribute("role", "img");
  canvas.ariaLabel = part.label;
  if (part.name === "input") box.append(beside());
  if (part.name !== "output") return box;
  const wipe = document.createElement("input");
  Object.assign(wipe, { type: "range", className: "wipe", min: 0, max: 100, value: Math.round(100 * store.wipe), title: WORDS.wipe });
  wipe.ariaLabel = WORDS.wipe;
  wipe.addEventListener("input", () => { store.wipe = wipe.value / 100; show(root, store); });
  box.classList.add("wiped");
  box.append(wipe);
  draggable(store, canvas, (event) => {
    const area = canvas.getBoundingClientRect();
    store.wipe = Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
    wipe.value = Math.round(100 * store.wipe);
    show(root, store);
  }, () => {});
  return box;
}

// What the slider under the output does, under the input.
function beside() {
  const name = document.createElement("span");
  name.className = "wipes";
  name.ariaHidden = true;
  name.textContent = WORDS.wipes;
  return name;
}

// From A to B, or back.
function ways(root, { data }, ask) {
  const box = root.querySelector(".ways");
  box.hidden = !data.turns;
  setLabel(box, WORDS.way);
  if (!box.childElementCount) for (const name of WORDS.ways) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    box.append(button);
  }
  [...box.children].forEach((button, i) => {
    button.setAttribute("aria-pressed", data.backwards === Boolean(i));
    button.onclick = () => { if (data.backwards !== Boolean(i)) ask(Boolean(i)); };
  });
}

// Drawing

function refresh(root, store) {
  const { bitmap } = store;
  if (!bitmap || !root.clientWidth) return; // not in sight
  const room = root.querySelector(".room"), data = store.drawn;
  store.theme = colours(root);
  figures(root, store, data);
  sizeClose(root, store);
  const labels = root.querySelector(".labels"), wide = labelWidth(root, store);
  labels.style.width = `${wide}px`;
  const table = store.table = arranged(data, room.clientWidth - wide - 4, room.clientHeight - 4);
  if (!table) return;
  placeLabels(labels, data, table);
  const canvas = root.querySelector(".field canvas");
  setSize(canvas, table.wide, table.whole);
  const surface = fitted(canvas);
  if (!surface) return;
  for (let i = 0; i < table.shown; i += 1) {
    const { x, y } = table.place(i);
    data.parts.forEach((_, part) => {
      const box = { x, y: y + part * (table.high + LINE), w: table.side, h: table.high };
      picture(surface.ctx, { ...store, data, close: false }, part, i, box);
    });
  }
  show(root, store);
}

// Close up, a pair has a third of the height, or as much as there is beside what is said of it, or where that is too
// little, below it.
function sizeClose(root, { drawn: { tile, parts }, theme }) {
  const ratio = tile[1] / tile[0], narrow = root.clientWidth <= 460 * theme.large, said = narrow ? 0 : 150 * theme.large;
  root.classList.toggle("narrow", narrow);
  const across = (root.clientWidth - said - 16 * parts.length) / parts.length, down = root.clientHeight * 0.34 / ratio - 50 * theme.large;
  root.style.setProperty("--side", `${Math.floor(Math.max(56, Math.min(across, down, 240 * theme.large)))}px`);
  root.style.setProperty("--ratio", ratio);
}

function labelWidth(root, { drawn: { parts, small }, theme }) {
  const ctx = MEASURE.getContext("2d"), size = (small ? 12 : 13) * theme.large;
  ctx.font = `${size}px ${getComputedStyle(root).fontFamily}`;
  return Math.ceil(Math.max(...parts.map(({ label: text }) => ctx.measureText(text).width)) + 10 * theme.large);
}

const MEASURE = document.createElement("canvas");

function placeLabels(box, { parts }, table) {
  const wanted = table.b * parts.length;
  while (box.childElementCount > wanted) box.lastChild.remove();
  while (box.childElementCount < wanted) box.append(document.createElement("span"));
  [...box.children].forEach((span, i) => {
    const part = i % parts.length, band = Math.floor(i / parts.length);
    setText(span, parts[part].label);
    span.className = `of-${parts[part].name}`;
    span.style.top = `${band * (table.tall + BETWEEN) + part * (table.high + LINE)}px`;
    span.style.height = `${table.high}px`;
  });
}

const shownIndex = ({ at, chosen, drawn }) => Math.min(at ?? chosen, (drawn?.count ?? 1) - 1);

// The frames, and the pair that is close up.
function show(root, store) {
  const { bitmap, table, drawn } = store;
  if (!bitmap || !table || drawn.small) return;
  frameAt(root.querySelector(".frame.near"), store.at, table);
  frameAt(root.querySelector(".frame.followed"), drawn.followed >= 0 ? drawn.followed : store.chosen, table);
  const index = shownIndex(store), [title, said, apart, hint] = root.querySelector(".said").children;
  setText(title, WORDS.pair.replace("{n}", index + 1));
  setText(said, says(drawn.probability, drawn.scores[index] ?? undefined));
  setText(apart, ofPatches(drawn, index));
  setText(hint, drawn.followed === index ? WORDS.followed : WORDS.follow);
  root.querySelectorAll(".figures canvas").forEach((canvas, part) => {
    const surface = fitted(canvas);
    if (surface) closeUp(surface, { ...store, data: drawn, close: true }, part, index);
  });
}

function frameAt(frame, index, table) {
  frame.hidden = index === null || index >= table.shown;
  if (frame.hidden) return;
  const { x, y } = table.place(index);
  Object.assign(frame.style, { left: `${x - 2}px`, top: `${y - 2}px` });
  setSize(frame, table.side + 4, table.tall + 4);
}

// How far what D says of the patches of an output is apart.
function ofPatches({ probability, patches }, index) {
  if (!patches) return "";
  const count = patches.rows * patches.columns, logits = patches.logits.slice(index * count, (index + 1) * count);
  return `${WORDS.ofPatches} ${bare(probability, Math.min(...logits))} … ${bare(probability, Math.max(...logits))}`;
}

const bare = (probability, logit) => says(probability, logit).replace(/^\S+ /, "");

function closeUp({ ctx, width, height }, store, part, index) {
  const whole = { x: 0, y: 0, w: width, h: height }, { wipe, theme } = store;
  picture(ctx, store, part, index, whole);
  if (store.data.parts[part].name !== "output" || !wipe) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, wipe * width, height);
  ctx.clip();
  picture(ctx, store, 0, index, whole);
  ctx.restore();
  ctx.fillStyle = theme.primary;
  ctx.fillRect(Math.min(width - 2, Math.max(0, wipe * width - 1)), 0, 2, height);
}

// Pointer and keys

function listen(root, store) {
  const field = root.querySelector(".field");
  root.querySelector(".switch").onclick = () => {
    store.patched = !store.patched;
    try { localStorage.setItem(KEPT, store.patched ? "on" : "off"); } catch { /* a browser that keeps nothing */ }
    label(root, store);
    refresh(root, store);
  };
  const move = (at) => { if (at !== store.at) { store.at = at; show(root, store); } };
  field.addEventListener("pointermove", (event) => { if (!store.data.small) move(under(field, store, event)); });
  field.addEventListener("pointerleave", () => move(null));
  field.addEventListener("blur", () => move(null));
  field.addEventListener("click", (event) => {
    const index = store.data.small ? null : under(field, store, event);
    if (index !== null) store.pick(index);
  });
  field.addEventListener("keydown", (event) => key(event, store, move));
}

// The pair at the pointer; null for none.
function under(field, { table }, event) {
  if (!table) return null;
  const area = field.getBoundingClientRect();
  const column = Math.min(table.c - 1, Math.floor((event.clientX - area.left) / (table.side + APART)));
  const index = Math.max(0, Math.floor((event.clientY - area.top) / (table.tall + BETWEEN))) * table.c + Math.max(0, column);
  return index < table.shown ? index : null;
}

function key(event, store, move) {
  const { table, at } = store;
  if (event.ctrlKey || event.metaKey || event.altKey || !table || store.data.small) return;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -table.c, ArrowDown: table.c }[event.key];
  if (step) {
    const next = at === null ? Math.min(store.chosen, table.shown - 1) : at + step;
    if (next >= 0 && next < table.shown) move(next);
  } else if (event.key === "Enter" || event.key === " ") store.pick(at ?? store.chosen);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
