// Plotly's own script, fetched once and not before the page is painted; its mode bar; pictures of a chart.

let plotly = null;

function loadPlotly() {
  plotly ??= window.Plotly ? Promise.resolve(window.Plotly) : painted().then(() => new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL(PLOTLY, document.baseURI);
    script.onload = () => done(window.Plotly);
    script.onerror = () => { script.remove(); plotly = null; fail(new Error("plotly.min.js")); };
    document.head.append(script);
  }));
  return plotly;
}

function painted() {
  const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 50));
  return new Promise((done) => requestAnimationFrame(() => idle(done, { timeout: 2000 })));
}

function configOf(store) {
  const { words } = store, { Icons } = window.Plotly;
  const save = (format, title) => ({ name: format, title, icon: iconOf(format), click: () => picture(store, format) });
  const back = { name: "live", title: words.back, icon: Icons.home, click: () => store.back() };
  return {
    displaylogo: false,
    doubleClick: false, // the chart answers it: the axes then follow the newest step again
    showTips: false,
    modeBarButtons: [["zoom2d", "pan2d", back], [save("png", words.png), save("svg", words.svg)]],
    locale: "page",
    locales: { page: { dictionary: { Zoom: words.zoom, Pan: words.pan }, format: {} } },
  };
}

// An arrow down over the name of the format.
function iconOf(format) {
  const letters = `<text x="12" y="23" font-size="10.5" font-weight="700" font-family="sans-serif" text-anchor="middle">${format.toUpperCase()}</text>`;
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M10 0h4v6h4l-6 7-6-7h4z"/>${letters}</svg>` };
}

// A chart as a file, with its title and legend and on the colour of the page.
function picture(store, format) {
  const { data, layout } = figureOf(store), box = store.plot.getBoundingClientRect();
  const background = getComputedStyle(store.root).getPropertyValue("--st-background-color").trim() || "#fff";
  const items = store.spec.items.map((item, i) => `<span style="color:${item[1]}">${escaped(item[0])} ${escaped(store.values[i])}</span>`);
  const title = { text: [`<b>${escaped(store.spec.title)}</b>`, ...items].join("   "), x: 0, xanchor: "left", y: 1, yanchor: "top",
    pad: { t: 8, l: 6 }, font: { size: 15 } };
  const margin = { ...layout.margin, t: layout.margin.t + 28 };
  return window.Plotly.downloadImage(
    { data, layout: { ...layout, title, margin, paper_bgcolor: background, width: undefined, height: undefined } },
    { format, filename: store.spec.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase() || "chart",
      width: Math.round(box.width), height: Math.round(box.height) + 28, scale: format === "png" ? 2 : 1 },
  );
}

function escaped(text) { return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`); }
