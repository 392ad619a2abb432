// From what Python sends to what Plotly draws: arrays decoded, averaged, on the axes that the reader chose.

const ARRAYS = { f4: Float32Array, i4: Int32Array };
const APART = 14; // pixels between two letters at the ends of lines
const FAINT = 0.28; // of what was averaged

function decoded(data) {
  const arrays = data.map(() => ({}));
  data.forEach((trace, i) => {
    for (const name of ["x", "y"]) {
      const source = trace[name];
      if (typeof source === "number") arrays[i][name] = arrays[source][name];
      else if (source.even) arrays[i][name] = evenly(...source.even);
      else if (Array.isArray(source)) arrays[i][name] = source;
      else arrays[i][name] = new ARRAYS[source.dtype](source.b.buffer);
    }
  });
  return data.map((trace, i) => ({ ...trace, ...arrays[i] }));
}

function evenly(first, distance, count) { return Int32Array.from({ length: count }, (_, i) => first + i * distance); }

// The exponential average so far, without a bias at its start; gaps stay gaps.
function averaged(values, halfLife) {
  const keep = 0.5 ** (1 / halfLife), out = new Float32Array(values.length);
  let total = 0, weight = 0;
  for (let i = 0; i < values.length; i += 1) {
    const there = Number.isFinite(values[i]);
    total = total * keep + (there ? values[i] : 0);
    weight = weight * keep + (there ? 1 : 0);
    out[i] = there ? total / weight : NaN;
  }
  return out;
}

// The traces for Plotly and, by their group, the values at their ends.
function tracesOf(store) {
  const { traces, off, words } = store, halfLife = HALF_LIVES[store.smoothing()] ?? 0;
  const faint = [], lines = [], ends = [], values = {};
  for (const trace of traces) {
    const { meta = {}, ...own } = trace, shown = !off.has(trace.legendgroup);
    own.visible = shown;
    if (meta.smooth && halfLife) {
      const name = trace.name;
      faint.push({ ...own, line: { ...own.line, width: 1, dash: "solid" }, opacity: FAINT, hoverinfo: "skip", hovertemplate: undefined });
      own.y = averaged(trace.y, halfLife);
      own.customdata = trace.y;
      own.hovertemplate = `${name} %{y:.3f}, ${words.unsmoothed} %{customdata:.3f}<extra></extra>`;
    }
    const last = own.y.length - 1;
    if (meta.smooth && last >= 0) values[trace.legendgroup] = own.y[last];
    if (shown && last >= 0 && (meta.end || meta.label)) {
      ends.push({ x: own.x[last], y: own.y[last], color: own.line.color, symbol: meta.end, label: meta.label });
    }
    if (meta.glide) own.meta = "glide";
    lines.push(own);
  }
  const symbols = ends.filter((end) => end.symbol);
  if (symbols.length) lines.push({
    type: "scatter", mode: "markers", hoverinfo: "skip", x: symbols.map((end) => end.x), y: symbols.map((end) => end.y),
    marker: { size: 9, color: symbols.map((end) => end.color), symbol: symbols.map((end) => end.symbol) },
  });
  return { data: [...faint, ...lines], labels: ends.filter((end) => end.label && Number.isFinite(end.y)), values };
}

function figureOf(store) {
  const { spec, zoom } = store, { data, labels } = store.built();
  const layout = { ...COMMON, ...spec.layout, ...store.size, uirevision: `${spec.layout.uirevision}/${store.resets}`, dragmode: store.dragmode };
  const crosshair = layout.xaxis.unifiedhovertitle ? COMMON_CROSSHAIR : {};
  layout.yaxis = { ...COMMON_AXIS, ...layout.yaxis, ...(store.log ? spec.log.axis : { type: "linear" }) };
  layout.xaxis = { ...COMMON_AXIS, ...crosshair, ...layout.xaxis, ...(zoom.x && { range: zoom.x, nticks: 5 }) };
  layout.yaxis.automargin = layout.yaxis.showticklabels !== false; // long values get the room that they need
  layout.yaxis.ticklabeloverflow = "allow"; // so that none has to be measured again
  if (zoom.y) {
    layout.yaxis.range = zoom.y;
    layout.yaxis.tickvals = layout.yaxis.ticktext = undefined; // those of the whole axis may all lie outside
    layout.yaxis.nticks = 5;
  }
  const lines = Math.floor(tallOf(layout) / layout.font.size); // of text, one above the other
  if (layout.yaxis.nticks > lines) layout.yaxis.nticks = Math.max(2, lines);
  const letters = lettersOf(labels, layout, store.log);
  return { data: letters ? [...data, letters] : data, layout };
}

const tallOf = ({ height, margin }) => height - margin.t - margin.b;

// The letters at the ends of lines, moved up where they would cover each other.
function lettersOf(labels, layout, log) {
  if (!labels.length) return null;
  const [low, high] = layout.yaxis.range, tall = tallOf(layout);
  const onAxis = (y) => (log ? Math.log10(y) : y), room = (APART * (high - low)) / Math.max(tall, 1);
  let free = -Infinity;
  const placed = labels.map((end) => ({ ...end, at: onAxis(end.y) })).sort((a, b) => a.at - b.at);
  for (const end of placed) { end.at = Math.max(end.at, free); free = end.at + room; }
  return {
    type: "scatter", mode: "text", hoverinfo: "skip", cliponaxis: false, textposition: "middle right",
    x: placed.map((end) => end.x), y: placed.map((end) => (log ? 10 ** end.at : end.at)), text: placed.map((end) => end.label),
    textfont: { size: layout.font.size, color: placed.map((end) => end.color) },
  };
}
