// The picture of the game, made once from what Python sends once; then only numbers change in it.

const LEAST = -5, GREATEST = 3; // of the bars: powers of ten
const SKIP = 8; // pixels between the lines of two skips
const AGAIN = 3000; // milliseconds after which the browser says again that it has the picture

export default function (component) {
  const { data: [data], parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".networks");
  const store = storeOf(parentElement, () => ({ token: "", told: 0 }));
  Object.assign(store, { root, live: data });
  markTheme(root);
  if (data.picture) {
    const late = Date.now() > store.told + AGAIN;
    if (store.token !== data.token || late) { store.told = Date.now(); setStateValue("has", data.token); }
    if (store.token !== data.token) build(store, data);
  } else if (store.token !== data.token && Date.now() > store.told + AGAIN) {
    store.told = Date.now();
    setStateValue("has", "");
  }
  if (!store.unfollow) store.unfollow = follow(root.querySelector(".scroll"), () => { arrows(store); describe(store); });
  if (store.token === data.token) update(store);
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

function made(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function build(store, { picture, token }) {
  const { root } = store, line = (name) => root.querySelector(`.line.${name}`);
  Object.assign(store, { token, picture, layers: [], places: {} });
  root.setAttribute("aria-label", `${picture.text.alt}. ${picture.text.keys}`);
  root.querySelector(".way").textContent = picture.text.way;
  const sides = { g: picture.networks.filter((net) => net.side === "g"), d: picture.networks.filter((net) => net.side === "d") };
  const losses = made("div", "losses");
  losses.append(...[...sides.d, ...sides.g].map((net) => box(store, `loss ${net.name}`, `of-${net.side}`)));
  const cycle = picture.parts.cycle ? [box(store, "cycle")] : [];
  line("top").replaceChildren(box(store, "z"), ...cycle, made("span", "total", picture.total));
  line("middle").replaceChildren(box(store, "real"), box(store, "generated"));
  line("bottom").replaceChildren(box(store, "score"), losses);
  store.places.losses = losses;
  for (const side of ["g", "d"]) line(`nets.${side}`).replaceChildren(...sides[side].map((net) => card(store, net)));
  store.sides = sides;
  share(store);
  connect(store);
  arrows(store);
}

// The layers that show share the height.
function share(store) {
  const rows = store.layers.filter(({ part }) => !part.hidden).length;
  store.root.style.setProperty("--rows", Math.max(1, rows));
}

const SIGNS = {
  real: '<circle cx="5" cy="5" r="4.5" fill="var(--real)"/>',
  generated: '<path d="M5 .5 9.8 9.5H.2z" fill="var(--generated)"/>',
};

function sign(name) {
  return `<svg class="sign" viewBox="0 0 10 10">${SIGNS[name]}</svg>`;
}

function box(store, name, extra = "") {
  const about = store.picture.parts[name], part = made("button", `part box ${extra}`);
  part.type = "button";
  if (SIGNS[name]) part.innerHTML = sign(name);
  part.append(made("span", "label", about.label), " ", made("span", "note", about.note), made("span", "value"));
  part.about = { title: about.label, help: about.help, facts: about.note };
  store.places[name] = part;
  return part;
}

function card(store, net) {
  const { text } = store.picture, whole = made("div", "card"), head = made("button", "part head"), names = made("span", "names");
  head.type = "button";
  names.append(made("span", "", text.output), made("span", "", text.gradient));
  head.append(made("span", "name", net.name), made("span", "role", net.role), made("span", "note", net.weights), names);
  head.about = { title: `${net.name}, ${net.role}`, help: net.help, facts: net.weights };
  whole.append(head);
  whole.skips = net.skips;
  if (net.skips.length) whole.style.paddingLeft = `${6 + SKIP * net.skips.length}px`;
  for (const row of net.rows) {
    const folded = layer(store, row);
    whole.append(folded);
    if (!row.parts) continue;
    const inner = row.parts.map((part) => layer(store, part, "inner"));
    whole.append(...inner);
    const fold = (open) => {
      folded.setAttribute("aria-expanded", open);
      for (const part of inner) part.hidden = !open;
      share(store);
      arrows(store);
    };
    folded.addEventListener("click", () => fold(folded.getAttribute("aria-expanded") !== "true"));
    folded.setAttribute("aria-expanded", false);
    for (const part of inner) part.hidden = true;
  }
  store.places[net.name] = whole;
  return whole;
}

function layer(store, row, extra = "") {
  const part = made("button", `part layer ${extra}`), title = made("span", "title");
  part.type = "button";
  title.append(made("span", "label", row.label), " ", made("span", "note", row.notes));
  part.append(title, made("span", "shape", row.shape), made("span", "norm"));
  part.about = { title: [row.label, row.notes].filter(Boolean).join(", "), help: row.help };
  part.about.facts = [row.weights, row.shape && `${store.picture.text.output} ${row.shape}`].filter(Boolean).join(" · ");
  store.layers.push({ part, norm: part.lastChild, gradients: row.gradients });
  return part;
}

// Numbers

function update(store) {
  const { live, root } = store;
  write(root.querySelector(".when"), live.when);
  for (const { part, norm, gradients } of store.layers) {
    const parts = gradients.map((name) => live.gradients[name]);
    const known = parts.length > 0 && parts.every((g) => typeof g === "number");
    const size = known ? Math.hypot(...parts) : null;
    const share = size > 0 ? Math.min(1, Math.max(0.02, (Math.log10(size) - LEAST) / (GREATEST - LEAST))) : 0;
    write(norm, known ? spellNorm(size) : gradients.length ? "–" : "");
    part.style.setProperty("--bar", `${(100 * share).toFixed(1)}%`);
  }
  for (const net of store.picture.networks) {
    const value = live.values[`loss ${net.name}`];
    write(store.places[`loss ${net.name}`].querySelector(".value"), value || "", "b");
  }
  const html = ["real", "generated"].filter((kind) => live.scores[kind]).map((kind) => ` ${sign(kind)}<b>${live.scores[kind]}</b>`).join(" ");
  const scores = store.places.score.querySelector(".value");
  if (store.scores !== html) { scores.innerHTML = html; store.scores = html; }
  const width = store.places.score.offsetWidth + store.places.losses.offsetWidth;
  if (store.width !== width) { store.width = width; arrows(store); } // where there are numbers now, boxes are wider
  describe(store);
}

function write(element, text, tag = "") {
  const inner = tag ? (element.firstChild ?? element.appendChild(made(tag, ""))) : element;
  if (inner.textContent !== text) inner.textContent = text;
}

function spellNorm(size) {
  if (size === 0) return "0";
  const text = size < 0.001 || size >= 1e4 ? size.toExponential(0) : size < 99.5 ? size.toPrecision(2) : size.toFixed(0);
  return text.replace("e+", "e").replace("-", "−");
}

// Words: of the part under the pointer, or of the one that has the focus

function connect(store) {
  const { root } = store, parts = [...root.querySelectorAll(".part")];
  parts.forEach((part, i) => {
    part.tabIndex = i ? -1 : 0;
    part.setAttribute("aria-description", part.about.help);
    part.addEventListener("pointerenter", () => { store.pointed = part; describe(store); });
    part.addEventListener("pointerleave", () => { store.pointed = null; describe(store); });
    part.addEventListener("focus", () => {
      for (const other of parts) other.tabIndex = other === part ? 0 : -1;
      store.focused = part;
      describe(store);
    });
    part.addEventListener("blur", () => { store.focused = null; describe(store); });
  });
  Object.assign(store, { pointed: null, focused: null });
  if (store.connected) return;
  store.connected = true;
  root.addEventListener("keydown", (event) => walk(store, event));
  root.querySelector(".scroll").addEventListener("scroll", () => describe(store));
}

function walk(store, event) {
  const there = [...store.root.querySelectorAll(".part")].filter((part) => !part.hidden);
  const at = there.indexOf(store.focused), last = there.length - 1;
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
  if (event.key === "Escape") { store.pointed = store.focused = null; describe(store); return; }
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  there[Math.min(last, Math.max(0, to))].focus();
}

function describe(store) {
  const box = store.root.querySelector(".tip"), part = store.pointed || store.focused;
  box.hidden = !part || part.hidden;
  if (box.hidden) return;
  const { title, help, facts } = part.about;
  box.replaceChildren(made("strong", "", title), made("span", "", help), made("span", "facts", facts));
  const area = store.root.getBoundingClientRect(), at = part.getBoundingClientRect();
  const below = at.bottom - area.top + 6, above = at.top - area.top - box.offsetHeight - 6;
  box.style.top = `${below + box.offsetHeight <= area.height || above < 0 ? below : above}px`;
  box.style.left = `${Math.max(4, Math.min(at.left - area.left + 10, area.width - box.offsetWidth - 4))}px`;
}
