// The keyboard on a chart: arrows read it, plus and minus zoom, Escape goes back to the live axes.

const FAR = 10; // points that an arrow key goes with Shift

function listenToKeys(store) {
  const { plot } = store;
  plot.addEventListener("keydown", (event) => {
    if (event.target !== plot || event.ctrlKey || event.metaKey || event.altKey || !store.graph) return;
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) read(store, move * (event.shiftKey ? FAR : 1));
    else if (event.key === "Home" || event.key === "End") read(store, event.key === "Home" ? -Infinity : Infinity);
    else if (event.key === "+" || event.key === "=") zoomBy(store, 0.5);
    else if (event.key === "-") zoomBy(store, 2);
    else if (event.key === "Escape" && (store.zoomed() || store.cursor !== null)) store.back();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
  });
  plot.addEventListener("blur", () => { store.cursor = null; if (store.graph) window.Plotly.Fx.unhover(store.graph); });
}

// The places of all points that a reader may stand at, ascending.
function stopsOf(store) {
  const found = new Set();
  for (const trace of store.traces) if (trace.mode === "lines" && !store.off.has(trace.legendgroup)) trace.x.forEach((x) => found.add(x));
  const [low, high] = store.graph._fullLayout.xaxis.range;
  return [...found].filter((x) => x >= low && x <= high).sort((a, b) => a - b);
}

function read(store, by) {
  const stops = stopsOf(store);
  if (!stops.length) return;
  const last = stops.length - 1;
  let at = store.cursor === null ? (by > 0 ? -1 : last + 1) : stops.findIndex((x) => x >= store.cursor);
  if (at < 0 && store.cursor !== null) at = last;
  store.cursor = stops[Math.max(0, Math.min(last, at + by))];
  showCursor(store);
  store.said.textContent = inWords(store);
}

function showCursor(store) {
  window.Plotly.Fx.hover(store.graph, { xval: store.cursor }, ["xy"]);
}

// What the label at the cursor says.
function inWords(store) {
  const lines = store.built().data.filter((trace) => trace.mode === "lines" && trace.name && trace.visible && trace.hoverinfo !== "skip");
  const spoken = lines.map((trace) => {
    let best = 0;
    trace.x.forEach((x, i) => { if (Math.abs(x - store.cursor) < Math.abs(trace.x[best] - store.cursor)) best = i; });
    return `${trace.name} ${Number(trace.y[best].toPrecision(3))}`;
  });
  const title = store.spec.layout.xaxis.unifiedhovertitle?.text ?? "%{x}";
  return [title.replace(/%\{x[^}]*\}/, Number(store.cursor.toPrecision(6))), ...spoken].join(", ");
}

function zoomBy(store, factor) {
  const [low, high] = store.graph._fullLayout.xaxis.range, middle = store.cursor ?? (low + high) / 2;
  const share = (middle - low) / (high - low), wide = (high - low) * factor;
  store.zoom.x = [middle - share * wide, middle + (1 - share) * wide];
  store.draw();
}
