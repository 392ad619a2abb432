// What stands above a chart: its title, a legend that switches series, and how the curves are shown.

const HALF_LIVES = { off: 0, light: 5, strong: 25 }; // in rows of the history
const REMEMBERED = "playground.chart."; // in the browser, for as long as its tab is open
const CHARTS = new Set(); // all that are on the page: smoothing is one choice for all of them

const CHOSEN = new Map();

function remembered(name, otherwise) {
  if (!CHOSEN.has(name)) {
    let found = null;
    try { found = sessionStorage.getItem(REMEMBERED + name); } catch { /* a browser may forbid it */ }
    CHOSEN.set(name, found);
  }
  return CHOSEN.get(name) ?? otherwise;
}

function remember(name, value) {
  CHOSEN.set(name, value);
  try { sessionStorage.setItem(REMEMBERED + name, value); } catch { /* then it is chosen again after a reload */ }
}

function head(store) {
  const { spec, root } = store, box = root.querySelector(".gan-chart-head");
  box.hidden = !spec.title && !spec.items.length;
  setText(root.querySelector(".gan-chart-title"), spec.title);
  legend(store, root.querySelector(".gan-chart-legend"));
  controls(store, root.querySelector(".gan-chart-controls"));
}

// An element for each entry: a button where it switches something. They stay as long as the entries do.
function legend(store, box) {
  const { items } = store.spec, { values } = store.built();
  const sort = JSON.stringify(items.map(([text, , , group]) => [group && text, group]));
  if (store.legend !== sort) {
    store.legend = sort;
    box.replaceChildren(...items.map(([, , , group], i) => entry(store, group, i)));
  }
  store.values = items.map(([, , value, group]) => (value && Number.isFinite(values[group]) ? twoDigits(values[group]) : value));
  items.forEach(([text, color, , group], i) => {
    const one = box.children[i];
    setText(one, `${text} ${store.values[i]}`.trim());
    one.style.setProperty("--own", color);
    if (group) one.setAttribute("aria-pressed", !store.off.has(group));
    else one.className = /^[╌│↑↓]/u.test(text) ? "note" : "own";
  });
  say(store);
}

// For whoever hears the page: what the chart shows, and where its series stand now.
function say(store) {
  const series = store.spec.items.map(([text, , , group], i) => (group && store.values[i] ? `${text.replace(/^\P{L}+/u, "")} ${store.values[i]}` : ""));
  const now = series.filter(Boolean).join(", "), said = now ? `${store.alt}: ${now}` : store.alt;
  if (store.plot.getAttribute("aria-label") !== said) store.plot.setAttribute("aria-label", said);
}

function entry(store, group, i) {
  if (!group) return document.createElement("span");
  const button = document.createElement("button");
  button.type = "button";
  button.title = store.words.toggle;
  button.dataset.group = group;
  button.addEventListener("click", () => {
    const { off } = store;
    if (!off.delete(group)) off.add(group);
    store.changed();
  });
  return button;
}

function twoDigits(value) {
  const text = signed(value);
  return text === "−0.00" ? "0.00" : text;
}

function controls(store, box) {
  const { spec, words, key } = store, smooth = spec.data.some((trace) => trace.meta?.smooth);
  const sort = JSON.stringify([Boolean(spec.log), smooth, store.turn]);
  if (store.controls !== sort) {
    store.controls = sort;
    const parts = [];
    if (store.turn) parts.push(turns(store));
    if (spec.log) parts.push(logButton(store));
    if (smooth) parts.push(smoothing(store));
    box.replaceChildren(...parts);
  }
  box.querySelector(".log")?.setAttribute("aria-pressed", store.log);
  const select = box.querySelector("select");
  if (select) select.value = store.smoothing();
}

function logButton(store) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "log";
  button.textContent = store.words.log;
  button.title = store.words.logarithmic;
  button.addEventListener("click", () => {
    remember(`log.${store.key}`, store.log ? "no" : "yes");
    store.zoom.y = null; // its ends mean something else on the other axis
    store.resets += 1;
    store.changed();
  });
  return button;
}

function smoothing(store) {
  const select = document.createElement("select"), { words } = store;
  select.title = words.smoothing;
  select.setAttribute("aria-label", words.smoothing);
  for (const name of Object.keys(HALF_LIVES)) {
    const option = document.createElement("option");
    option.value = name;
    option.textContent = `∿ ${words.smoothings[name]}`;
    select.append(option);
  }
  select.addEventListener("change", () => {
    remember("smoothing", select.value);
    for (const other of CHARTS) other.changed();
  });
  return select;
}

// Which of several figures is shown; Python sends the one that was asked for.
function turns(store) {
  const box = document.createElement("div"), { label, options, chosen } = store.turn;
  box.className = "gan-chart-switch";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  for (const [name, text] of options) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-pressed", name === chosen);
    button.addEventListener("click", () => { if (name !== chosen) store.ask(name); });
    box.append(button);
  }
  return box;
}
