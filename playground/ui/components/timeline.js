// The moments of a run on a line of steps; those of earlier branches lie on one line above it. Dragging looks at moments;
// Python hears which one. Data that the run learned from before has a line and an axis of its own: a list leads there.

const PAD = 14; // pixels
const SEND_EVERY = 120, PATIENCE = 3000; // milliseconds: between two choices; for Python to hear of one

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".timeline");
  const store = storeOf(parentElement, () => ({ looking: null, told: 0, chosen: 0 }));
  Object.assign(store, { data: named(data), root, send: setStateValue });
  if (!store.dragging && (data.heard >= store.chosen || Date.now() > store.chosen + PATIENCE)) store.looking = data.looking;
  if (!store.unfollow) connect(store);
  markTheme(root);
  list(store);
  label(store);
  draw(store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

function named(data) {
  const moments = data.moments.map(([id, step, branch, kind, whole, text, group = 0]) => ({ id, step, branch, kind, whole, text, group }));
  const branches = data.branches.map(([id, parent, start, end, group = 0]) => ({ id, parent, start, end, group }));
  return { ...data, moments, branches, groups: data.groups || [""] };
}

// Which of the groups is shown: that of the moment that is looked at, else the present one, the last.
function groupOf({ data, looking }) {
  return data.moments.find((m) => m.id === looking)?.group ?? data.groups.length - 1;
}

// The list of data, where there is more than one.
function list(store) {
  const { root, data } = store, box = root.querySelector("select"), sort = JSON.stringify([data.groups, data.text.data]);
  box.hidden = data.groups.length < 2;
  if (store.sort !== sort) {
    store.sort = sort;
    box.setAttribute("aria-label", data.text.data);
    box.title = data.text.data;
    box.replaceChildren(...data.groups.map((name, i) => new Option(name, i)));
    box.onchange = () => {
      const group = Number(box.value), some = store.data.moments.filter((m) => m.group === group);
      look(store, group === store.data.groups.length - 1 ? null : some.at(-1)?.id ?? null);
    };
  }
  box.value = groupOf(store);
}

function connect(store) {
  const { root } = store, line = root.querySelector(".line");
  const stop = follow(root, () => draw(store));
  const press = (event) => shortcut(store, event);
  document.addEventListener("keydown", press);
  store.unfollow = () => { stop(); document.removeEventListener("keydown", press); };
  if (store.connected) return;
  store.connected = true;
  noFling(line);
  line.addEventListener("pointerdown", (event) => {
    line.setPointerCapture(event.pointerId);
    store.dragging = true;
    store.held = store.last; // the axis stands still under the hand
    look(store, nearest(store, event));
  });
  line.addEventListener("pointermove", (event) => {
    const found = nearest(store, event);
    if (store.dragging) look(store, found);
    store.pointed = found;
    tip(store);
  });
  for (const name of ["pointerup", "pointercancel"]) line.addEventListener(name, () => { store.dragging = false; });
  line.addEventListener("pointerleave", () => { store.pointed = undefined; tip(store); });
  line.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step) walk(store, step);
    else if (event.key === "Home") look(store, ordered(store)[0]?.id ?? null);
    else if (event.key === "End" || event.key === "Escape") look(store, null);
    else return;
    event.preventDefault();
  });
}

function shortcut(store, event) {
  if (!isShortcut(event)) return;
  if (event.key === "[") walk(store, -1);
  else if (event.key === "]") walk(store, 1);
  else return;
  event.preventDefault();
}

// The moments in the order of the keys: earlier data first, then old branches, then what led to the present.
function ordered({ data }) {
  const main = lineage(data);
  const key = (m) => (m.step <= (main.get(m.branch) ?? -1) ? 1 : 0);
  return [...data.moments].sort((a, b) => a.group - b.group || key(a) - key(b) || (key(a) ? a.step - b.step : a.branch - b.branch || a.step - b.step));
}

function walk(store, by) {
  const all = ordered(store);
  const at = store.looking === null ? all.length : all.findIndex((m) => m.id === store.looking);
  const to = Math.max(0, at + by);
  look(store, to >= all.length ? null : all[to].id);
}

function look(store, id) {
  if (id === undefined || id === store.looking) return;
  store.looking = id;
  store.chosen = Date.now();
  list(store);
  label(store);
  draw(store);
  clearTimeout(store.telling);
  const value = { id, at: store.chosen };
  store.telling = setTimeout(() => {
    store.told = value.at;
    store.send("look", value);
  }, Math.max(0, store.told + SEND_EVERY - value.at));
}

// Each branch that led to the end of a group, the present one or the last of its data, and the step until which it did.
function lineage(data, group = data.groups.length - 1) {
  const own = data.branches.filter((b) => b.group === group), known = new Map(own.map((b) => [b.id, b])), main = new Map();
  let until = Infinity;
  for (let b = own.at(-1); b; b = known.get(b.parent)) { main.set(b.id, until); until = b.start; }
  return main;
}

// Lines to draw, (branch, from, to, row): row 0 leads to the end of the group, row 1 has all others.
function lines(data, group) {
  const main = lineage(data, group), out = [];
  for (const b of data.branches.filter((each) => each.group === group).reverse()) {
    const until = main.get(b.id), end = until === undefined ? b.end : Math.min(until, b.end);
    if (until !== undefined) out.push({ branch: b.id, from: b.start, to: end, row: 0 });
    if (until === undefined || b.end > end) {
      const joined = until !== undefined || main.has(b.parent);
      out.push({ branch: b.id, from: until === undefined ? b.start : end, to: b.end, row: 1, joined });
    }
  }
  return out;
}

function draw(store) {
  const surface = fitted(store.root.querySelector("canvas"));
  if (!surface) return;
  const { ctx, width, height } = surface, { data } = store, theme = colours(store.root);
  const font = parseFloat(getComputedStyle(store.root).fontSize), group = groupOf(store);
  const present = group === data.groups.length - 1, segments = lines(data, group);
  const own = data.branches.filter((b) => b.group === group);
  store.last = store.dragging ? store.held : Math.max(present ? data.now : 0, ...own.map((b) => b.end), 10);
  const base = height - font - 12, right = width - PAD - (present ? 0 : 5 * font), { last } = store;
  const x = (step) => Math.min(right, PAD + step / last * (right - PAD)), y = (row) => base - row * 14;
  const rowOf = (branch, step) => segments.find((s) => s.branch === branch && step >= s.from && step <= s.to)?.row ?? 0;
  store.places = data.moments.filter((m) => m.group === group)
    .map((m) => ({ m, x: x(m.step), y: y(rowOf(m.branch, m.step)) }));
  store.now = present ? x(data.now) : width - PAD;
  ctx.lineCap = "round";
  for (const s of segments) {
    ctx.globalAlpha = s.row || !present ? 0.5 : 1;
    ctx.strokeStyle = s.row || !present ? theme.text : theme.primary;
    ctx.lineWidth = s.row ? 1.5 : 4;
    ctx.beginPath();
    if (s.row && s.joined) { ctx.moveTo(x(s.from), y(0)); ctx.lineTo(x(s.from) + 5, y(s.row)); }
    else ctx.moveTo(x(s.from), y(s.row));
    ctx.lineTo(Math.max(x(s.to), x(s.from) + 5), y(s.row));
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  for (const place of store.places) if (place.m.kind !== "kept") mark(ctx, place, theme);
  for (const [step, , coach] of present ? data.events : []) {
    ctx.fillStyle = ctx.strokeStyle = theme.text;
    if (coach) { ctx.lineWidth = 1.5; ctx.beginPath(); ctx.rect(x(step) - 3, base - 15, 6, 6); ctx.stroke(); }
    else { triangleDown(ctx, x(step), base - 11, 5); ctx.fill(); }
  }
  ctx.fillStyle = theme.primary;
  ctx.beginPath(); ctx.arc(store.now, base, 6.5, 0, 7); ctx.fill();
  for (const place of store.places) if (place.m.kind === "kept") mark(ctx, place, theme); // also upon the present
  captions(store, ctx, { width, height, font, theme, present });
  tip(store);
}

function mark(ctx, { m, x, y }, theme) {
  const kept = m.kind === "kept", r = kept ? 6 : m.whole ? 3 : 2;
  ctx.fillStyle = m.whole ? theme.background : theme.text;
  ctx.strokeStyle = kept ? theme.primary : theme.text;
  ctx.lineWidth = kept ? 2.5 : 1.2;
  ctx.beginPath();
  if (kept) { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y); ctx.closePath(); }
  else ctx.arc(x, y, r, 0, 7);
  if (kept) { ctx.save(); ctx.lineWidth = 6; ctx.strokeStyle = theme.background; ctx.stroke(); ctx.restore(); } // a rim
  if (m.whole) { ctx.fillStyle = kept ? theme.primary : theme.background; ctx.fill(); ctx.stroke(); } else ctx.fill();
}

function triangleDown(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y - r); ctx.lineTo(x, y + 0.6 * r);
  ctx.closePath();
}

// The first and the last step, and a cursor with the step that is looked at.
function captions(store, ctx, { width, height, font, theme, present }) {
  const place = store.places.find((p) => p.m.id === store.looking);
  ctx.font = `${font}px ${getComputedStyle(store.root).fontFamily}`;
  ctx.textBaseline = "bottom";
  ctx.fillStyle = theme.text;
  const write = (text, at) => {
    const half = ctx.measureText(text).width / 2;
    const middle = Math.min(Math.max(at, half + 1), width - half - 1);
    ctx.textAlign = "center";
    ctx.fillText(text, middle, height);
    return [middle - half - 8, middle + half + 8];
  };
  let taken = null;
  if (place) {
    ctx.fillRect(place.x - 1, 0, 2, height - font - 2);
    ctx.font = `600 ${ctx.font}`;
    taken = write(store.data.text.step.replace("{n}", spelled(place.m.step)), place.x);
    ctx.font = ctx.font.replace("600 ", "");
  }
  ctx.globalAlpha = 0.75;
  const free = (at) => !taken || at + 50 < taken[0] || at - 50 > taken[1];
  if (free(PAD) && store.now > 120) write("0", PAD);
  if (free(store.now)) write(present ? `${store.data.text.now} · ${spelled(store.data.now)}` : store.data.text.now, store.now);
  ctx.globalAlpha = 1;
}

const spelled = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

// The id of the moment under the pointer; null stands for now.
function nearest(store, event) {
  const box = store.root.querySelector(".line").getBoundingClientRect();
  const px = event.clientX - box.left, py = event.clientY - box.top;
  let best = null, least = Math.abs(px - store.now);
  for (const { m, x, y } of store.places || []) {
    const far = Math.hypot(px - x, (py - y) * 0.6);
    if (far < least) { least = far; best = m.id; }
  }
  return best;
}

function told(store, id) {
  const { data } = store, moment = data.moments.find((m) => m.id === id);
  const step = moment ? moment.step : data.now;
  if (moment && moment.group < data.groups.length - 1) {
    return [data.groups[moment.group], data.text.step.replace("{n}", spelled(step)), ...(moment.text ? [moment.text] : [])].join(" · ");
  }
  const said = data.events.filter(([s, , coach]) => coach && s <= step).slice(-1);
  const events = [...data.events.filter(([s, , coach]) => !coach && s === step), ...said].map(([, text]) => text);
  const name = data.text.step.replace("{n}", spelled(step));
  return [name, ...(moment && moment.text && moment.text !== name ? [moment.text] : []), ...events].join(" · ");
}

// The words stay with the moment they are about, which moves as the line grows longer.
function tip(store) {
  const box = store.root.querySelector(".tip"), id = store.pointed;
  const place = store.places?.find((p) => p.m.id === id);
  box.hidden = id === undefined || !place;
  if (box.hidden) return;
  box.textContent = told(store, id);
  const width = store.root.clientWidth;
  box.style.left = `${Math.min(Math.max(place.x - box.offsetWidth / 2, 0), width - box.offsetWidth)}px`;
}

function label(store) {
  const { root, data } = store, line = root.querySelector(".line"), all = ordered(store);
  const at = all.findIndex((m) => m.id === store.looking);
  line.setAttribute("aria-label", data.text.line);
  line.setAttribute("aria-valuemin", 0);
  line.setAttribute("aria-valuemax", all.length);
  line.setAttribute("aria-valuenow", at < 0 ? all.length : at);
  line.setAttribute("aria-valuetext", at < 0 ? data.text.now : told(store, store.looking));
}
