// A chart that stays: one element, drawn again by Plotly.react, so that hovering and zooming outlive new data.

const CLICKS = 350; // milliseconds in which a second click makes a double one
const GLIDE = 450; // milliseconds for marks to reach their new places

export default function (component) {
  const { data: [spec, alt, key, words, turn], parentElement, setStateValue } = component;
  const store = storeOf(parentElement, () => open(parentElement.querySelector(".gan-chart")));
  if (store.spec && store.spec.layout.uirevision !== spec.layout.uirevision) store.zoom = {};
  Object.assign(store, { spec, key, words, turn, made: null, traces: decoded(spec.data) });
  store.ask = (name) => setStateValue("turn", name);
  if (store.plot.getAttribute("aria-label") !== alt) store.plot.setAttribute("aria-label", alt);
  store.plot.setAttribute("aria-roledescription", words.chart);
  store.plot.title = "";
  CHARTS.add(store);
  head(store);
  store.draw();
  return atEnd(parentElement, () => {
    CHARTS.delete(store);
    store.unfollow();
    cancelAnimationFrame(store.frame);
    clearTimeout(store.later);
    if (store.graph) window.Plotly.purge(store.graph);
    store.graph = null;
  });
}

// What a chart keeps between two redraws.
function open(root) {
  const plot = root.querySelector(".gan-chart-plot");
  const store = {
    root, plot, said: root.querySelector(".gan-chart-said"), graph: null, zoom: {}, resets: 0, off: new Set(), cursor: null,
    dragmode: "zoom", held: false, pointer: null, made: null, values: [],
    smoothing: () => remembered("smoothing", "light"),
    zoomed: () => Boolean(store.zoom.x || store.zoom.y),
    built: () => (store.made ??= tracesOf(store)),
    get log() { return Boolean(store.spec.log) && remembered(`log.${store.key}`, store.spec.log.chosen ? "yes" : "no") === "yes"; },
    changed: () => { store.made = null; head(store); store.draw(); },
    back: () => { store.zoom = {}; store.cursor = null; store.resets += 1; store.draw(); },
    draw: () => { store.frame ||= requestAnimationFrame(() => { store.frame = 0; paint(store); }); },
  };
  store.unfollow = follow(plot, () => store.draw());
  plot.addEventListener("pointerdown", () => hold(store), true);
  plot.addEventListener("pointermove", (event) => { store.pointer = event; });
  plot.addEventListener("pointerleave", () => { store.pointer = null; });
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
  const width = store.plot.clientWidth, height = store.plot.clientHeight;
  if (!width || !height) return;
  store.size = { width, height };
  const { data, layout } = figureOf(store), before = glidersOf(store);
  if (!store.graph) {
    store.graph = store.plot.appendChild(document.createElement("div"));
    store.plot.setAttribute("aria-busy", "true");
  }
  const first = !store.graph._fullLayout;
  window.Plotly.react(store.graph, data, layout, configOf(store));
  if (first) listen(store);
  glide(store, before);
  if (store.cursor !== null) showCursor(store);
  else if (store.pointer) hoverAgain(store);
}

// The label at the pointer, of the new data: Plotly itself waits for the pointer to move.
function hoverAgain(store) {
  const target = store.graph.querySelector(".nsewdrag"), { clientX, clientY } = store.pointer, box = target?.getBoundingClientRect();
  if (!box || clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom) return;
  window.Plotly.Fx.hover(store.graph, { clientX, clientY, target }, "xy");
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
