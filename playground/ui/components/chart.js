// A chart that stays: one element, drawn again by Plotly.react, so that hovering and zooming outlive new data.

const CLICKS = 350; // milliseconds in which a second click makes a double one
const GLIDE = 450; // milliseconds for marks to reach their new places
const REST = 80; // times the length of a redraw that a chart then rests: on a busy machine curves follow less often
const SHORTEST = 1000, LONGEST = 2000; // milliseconds of such a rest

const PARTS = `
  <div class="gan-chart-head">
    <b class="gan-chart-title"></b><div class="gan-chart-legend"></div><div class="gan-chart-controls"></div>
  </div>
  <div class="gan-chart-plot" role="group" tabindex="0"></div>
  <div class="gan-chart-said" aria-live="polite"></div>`;

export default function (component) {
  const { parentElement, setStateValue } = component;
  const store = storeOf(parentElement, () => open(parentElement.querySelector(".gan-chart")));
  const sent = unpacked(store, component.data);
  store.ask = (name) => setStateValue("turn", name);
  CHARTS.add(store);
  if (store.sent !== sent) take(store, sent);
  return atEnd(parentElement, () => {
    CHARTS.delete(store);
    store.sent = null;
    store.unfollow();
    cancelAnimationFrame(store.frame);
    clearTimeout(store.later);
    clearTimeout(store.next);
    if (store.graph) window.Plotly.purge(store.graph);
    store.graph = null;
  });
}

function take(store, sent) {
  const [spec, alt, key, turn] = sent, subject = JSON.stringify([spec.layout.uirevision, spec.title, turn?.chosen]);
  if (store.subject !== subject) { store.zoom = {}; store.cursor = null; store.resets += 1; }
  Object.assign(store, { sent, subject, spec, key, turn, alt, made: null, traces: decoded(spec.data) });
  head(store);
  store.follow();
}

// What a chart keeps between two redraws.
function open(root) {
  root.innerHTML = PARTS;
  const plot = root.querySelector(".gan-chart-plot");
  plot.setAttribute("aria-roledescription", WORDS.chart);
  plot.setAttribute("aria-description", WORDS.keys);
  const store = {
    root, plot, words: WORDS, said: root.querySelector(".gan-chart-said"), graph: null, zoom: {}, resets: 0, off: new Set(), cursor: null,
    dragmode: "zoom", held: false, made: null, values: [], next: 0, rested: 0,
    smoothing: () => remembered("smoothing", "light"),
    zoomed: () => Boolean(store.zoom.x || store.zoom.y),
    built: () => (store.made ??= tracesOf(store)),
    get log() { return Boolean(store.spec.log) && remembered(`log.${store.key}`, store.spec.log.chosen ? "yes" : "no") === "yes"; },
    changed: () => { store.made = null; head(store); store.draw(); },
    back: () => { store.zoom = {}; store.cursor = null; store.resets += 1; store.draw(); },
    // New data waits until the chart has rested; what a person does is drawn at once.
    follow: () => { store.next ||= setTimeout(() => { store.next = 0; store.draw(); }, store.rested - performance.now()); },
    draw: () => { store.frame ||= requestAnimationFrame(() => { store.frame = 0; paint(store); }); },
  };
  store.unfollow = follow(plot, () => {
    if (plot.clientWidth !== store.size?.width || plot.clientHeight !== store.size?.height) store.draw();
  });
  plot.addEventListener("pointerdown", () => hold(store), true);
  listenToKeys(store);
  loadPlotly().then(() => store.draw(), () => {
    plot.innerHTML = `<div class="gan-chart-missing"></div>`;
    plot.firstChild.textContent = store.words.missing;
  });
  return store;
}

// A redraw would end what a person is drawing with the pointer, or come between the two clicks of a double one.
function hold(store) {
  store.held = true;
  clearTimeout(store.later);
  const release = () => {
    window.removeEventListener("pointerup", release, true);
    window.removeEventListener("pointercancel", release, true);
    store.later = setTimeout(() => { store.held = false; store.draw(); }, CLICKS);
  };
  window.addEventListener("pointerup", release, true);
  window.addEventListener("pointercancel", release, true);
}

function paint(store) {
  if (!window.Plotly || store.held || !store.root.isConnected) return;
  const start = performance.now(), width = store.plot.clientWidth, height = store.plot.clientHeight;
  if (!width || !height) return;
  store.size = { width, height };
  const { data, layout } = figureOf(store), before = glidersOf(store);
  if (!store.graph) {
    store.graph = store.plot.appendChild(document.createElement("div"));
    store.plot.setAttribute("aria-busy", "true");
  }
  const first = !store.graph._fullLayout;
  window.Plotly.react(store.graph, data, layout, first ? configOf(store) : undefined); // a config builds everything anew
  if (first) listen(store);
  glide(store, before);
  if (store.cursor !== null) showCursor(store);
  const now = performance.now();
  store.rested = now + Math.min(LONGEST, Math.max(SHORTEST, REST * (now - start)));
}

function listen(store) {
  const { graph } = store;
  store.plot.removeAttribute("aria-busy");
  graph.on("plotly_relayout", (change) => {
    for (const name of ["x", "y"]) {
      if (Object.keys(change).some((changed) => changed.startsWith(`${name}axis.range`))) {
        store.zoom[name] = [...graph._fullLayout[`${name}axis`].range];
      }
    }
    if (change.dragmode) store.dragmode = change.dragmode;
  });
  graph.on("plotly_doubleclick", () => store.back());
}

// Marks that glide: from where they were to where they are.
function glidersOf(store) {
  return store.graph?.data ? [...store.graph.querySelectorAll(".glide .point")].map((mark) => mark.getAttribute("transform")) : [];
}

function glide(store, before) {
  const traces = store.graph.querySelectorAll(".scatterlayer .trace");
  if (!store.traces.some((trace) => trace.meta?.glide)) return;
  const place = (transform) => /translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)/.exec(transform ?? "");
  traces.forEach((node) => {
    const glides = node.__data__?.[0]?.trace?.meta === "glide";
    node.classList.toggle("glide", glides);
    if (!glides || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    node.querySelectorAll(".point").forEach((mark, i) => {
      const from = place(before[i]), to = place(mark.getAttribute("transform"));
      if (!from || !to) return;
      const frames = [from, to].map(([, x, y]) => ({ transform: `translate(${x}px, ${y}px)` }));
      mark.animate(frames, { duration: GLIDE, easing: "ease-out" });
    });
  });
}
