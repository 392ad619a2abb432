// A stage of tiles: one picture of all samples, of which each answers to the pointer and the keys.

export default function (component) {
  const { parentElement, setTriggerValue, setStateValue } = component;
  const root = parentElement.querySelector(".grid");
  const store = storeOf(parentElement, () => ({ sheet: null, heat: {}, at: null, listening: false }));
  const data = unpacked(store, component.data);
  Object.assign(store, { data, asked: data.asked, pick: (index) => setTriggerValue("picked", index) });
  store.ask = () => {
    store.asked = !store.asked;
    setStateValue("saliency", store.asked);
    showSwitch(root, store);
  };
  markTheme(root);
  label(root, store);
  sourceSwitch(root, data.source, (name) => setTriggerValue("weights", name));
  if (!store.listening) { listen(root, store); store.listening = true; }
  store.refresh = () => refresh(root, store);
  if (!store.unfollow) store.unfollow = follow(root, () => store.refresh());
  store.refresh();
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

function refresh(root, store) {
  const { data } = store, heat = root.querySelector(".heat");
  if (!root.clientWidth) return; // not in sight: nothing is decoded
  if (store.sheet !== data.sheet) { store.sheet = data.sheet; drawSheet(root.querySelector("canvas"), store); }
  heat.hidden = !data.heat;
  root.querySelector(".field").classList.toggle("seen", Boolean(data.heat));
  swapSprite(store.heat, data.heat, () => { heat.style.backgroundImage = `url(${data.heat})`; });
  show(root, store);
}

function label(root, store) {
  const { data } = store, table = root.querySelector(".tiles"), field = root.querySelector(".field");
  const [strong, rest] = root.querySelector(".caption").children;
  setText(strong, data.caption[0]);
  setText(rest, data.caption[1]);
  table.style.setProperty("--shape", data.size[0] / data.size[1]);
  table.style.setProperty("--columns", data.heads.length);
  table.classList.toggle("crisp", data.crisp);
  setLabel(field, `${data.text.alt}. ${data.text.keys}`);
  showSwitch(root, store);
  if (store.heads === data.heads.join("\n")) return;
  store.heads = data.heads.join("\n");
  root.querySelector(".heads").replaceChildren(...data.heads.map((name) => {
    const head = document.createElement("span");
    head.textContent = head.title = name;
    return head;
  }));
}

function showSwitch(root, { data, asked }) {
  const button = root.querySelector(".switch");
  button.hidden = data.asked === null;
  setText(button.lastElementChild, data.text.switch);
  setTitle(button, data.text.help);
  button.setAttribute("aria-pressed", asked);
}

function listen(root, store) {
  const field = root.querySelector(".field");
  root.querySelector(".switch").onclick = () => store.ask();
  field.addEventListener("pointermove", (event) => move(root, store, under(field, store, event)));
  field.addEventListener("pointerleave", () => move(root, store, null));
  field.addEventListener("blur", () => move(root, store, null));
  field.addEventListener("click", (event) => choose(store, under(field, store, event)));
  field.addEventListener("keydown", (event) => key(event, root, store));
}

// The place (counted row by row) of the tile at the pointer; null for none.
function under(field, { data }, event) {
  const box = field.getBoundingClientRect(), rows = data.places.length / data.columns;
  const column = Math.floor((event.clientX - box.left) / box.width * data.size[0] / data.pitch[0]);
  const row = Math.floor((event.clientY - box.top) / box.height * data.size[1] / data.pitch[1]);
  const place = Math.max(0, Math.min(rows - 1, row)) * data.columns + Math.max(0, Math.min(data.columns - 1, column));
  return data.places[place] < 0 ? null : place;
}

function key(event, root, store) {
  const { data, at } = store, { columns } = data;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (step) {
    const next = at === null ? 0 : at + step, turns = at !== null && Math.abs(step) === 1;
    const leaves = turns && Math.floor(next / columns) !== Math.floor(at / columns);
    if (!leaves && next >= 0 && data.places[next] >= 0) move(root, store, next);
  } else if (event.key === "Enter" || event.key === " ") choose(store, at);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function choose({ data, pick }, place) {
  if (place !== null) pick(data.places[place]);
}

function move(root, store, place) {
  store.at = place;
  show(root, store);
}

// The frame around the tile and what D says of it.
function show(root, { data, at }) {
  const frame = root.querySelector(".frame"), tip = root.querySelector(".tip"), field = root.querySelector(".field");
  const place = at !== null && data.places[at] >= 0 ? at : null;
  frame.hidden = tip.hidden = place === null;
  if (place === null) return;
  const [width, height] = data.size, x = (place % data.columns) * data.pitch[0], y = Math.floor(place / data.columns) * data.pitch[1];
  frame.style.left = `${100 * x / width}%`;
  frame.style.top = `${100 * y / height}%`;
  frame.style.width = `${100 * (data.pitch[0] - data.gap) / width}%`;
  frame.style.height = `${100 * (data.pitch[1] - data.gap) / height}%`;
  tip.textContent = [data.names[place], says(data.probability, data.scores[place] ?? undefined)].filter(Boolean).join(" · ");
  tip.hidden = !tip.textContent;
  const box = { width: field.clientWidth, height: field.clientHeight }, below = y / height * box.height - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(0, Math.min(x / width * box.width, box.width - tip.offsetWidth))}px`;
  tip.style.top = `${below >= 0 ? below : (y + data.pitch[1]) / height * box.height + 2}px`;
}
