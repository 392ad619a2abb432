// Links to a run: choose one, copy it, or show its QR code as large as the window.

const FIELDS = "input:not([type=radio]):not([readonly]), textarea, select, [contenteditable=true]";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component, root = parentElement.querySelector(".share");
  markTheme(root);
  const store = storeOf(parentElement, () => ({ chosen: data.rows[0]?.key, copied: null }));
  Object.assign(store, { data, root, make: (key) => setTriggerValue("make", key) });
  if (!data.rows.some((row) => row.key === store.chosen)) store.chosen = data.rows[0]?.key;
  if (store.wanted && rowOf(store, store.wanted)?.url) { store.chosen = store.wanted; store.wanted = null; }
  rows(store);
  chosen(store);
  if (store.stop) return store.stop;
  const press = (event) => {
    if (event.key.toLowerCase() !== "q" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0].closest?.(FIELDS)) return;
    event.preventDefault();
    const large = store.root.querySelector("dialog");
    if (large.open) large.close(); else show(store);
  };
  document.addEventListener("keydown", press);
  store.stop = atEnd(parentElement, () => document.removeEventListener("keydown", press));
  return store.stop;
}

function rowOf(store, key) {
  return store.data.rows.find((row) => row.key === key);
}

// Rows are made anew only where there are others, so that the focus stays.
function rows(store) {
  const box = store.root.querySelector(".rows");
  box.setAttribute("aria-label", store.data.text.links);
  if ([...box.children].map((row) => row.dataset.key).join() !== store.data.rows.map((row) => row.key).join()) {
    box.replaceChildren(...store.data.rows.map((row) => rowBox(store, row.key)));
  }
  for (const element of box.children) {
    const row = rowOf(store, element.dataset.key), radio = element.querySelector("input");
    const button = element.querySelector("button"), copied = store.copied === row.key;
    radio.checked = row.key === store.chosen;
    element.querySelector("b").textContent = row.title;
    element.querySelector("small").textContent = row.about;
    button.textContent = row.url ? (copied ? store.said : store.data.text.copy) : row.make;
    button.setAttribute("aria-label", `${row.title}: ${button.textContent}`);
  }
}

function rowBox(store, key) {
  const row = document.createElement("div");
  row.className = "row";
  row.dataset.key = key;
  row.innerHTML = '<label><input type="radio" name="link"><span><b></b><small></small></span></label><button type="button"></button>';
  row.querySelector("input").onchange = () => choose(store, key);
  row.querySelector("button").onclick = () => {
    choose(store, key);
    if (rowOf(store, key).url) copy(store, key);
    else { store.wanted = key; store.make(key); }
  };
  return row;
}

function choose(store, key) {
  store.chosen = key;
  rows(store);
  chosen(store);
}

function chosen(store) {
  const { root, data } = store, row = rowOf(store, store.chosen);
  const link = root.querySelector(".link"), button = root.querySelector(".show"), large = root.querySelector("dialog");
  link.value = row.url;
  link.setAttribute("aria-label", data.text.link);
  link.onfocus = () => link.select();
  button.hidden = !row.qr;
  button.querySelector("span").textContent = data.text.large;
  button.querySelector("img").src = row.qr;
  button.onclick = () => show(store);
  large.querySelector("h2").textContent = row.title;
  large.querySelector("img").src = row.qr;
  large.querySelector("img").alt = `${data.text.large}: ${row.title}`;
  large.querySelector("p").textContent = row.url;
  large.querySelector("button").textContent = data.text.close;
  large.querySelector("button").onclick = () => large.close();
  large.onclick = (event) => { if (event.target === large) large.close(); };
  large.onkeydown = (event) => { if (event.key === "Escape") event.stopPropagation(); }; // closes this one only
}

function show(store) {
  if (!rowOf(store, store.chosen).qr) return;
  store.root.querySelector("dialog").showModal();
}

// The clipboard is there only on https and on this computer; elsewhere the browser copies what is selected.
async function copy(store, key) {
  const link = store.root.querySelector(".link"), text = rowOf(store, key).url;
  let done = false;
  try { await navigator.clipboard.writeText(text); done = true; } catch { /* not allowed here */ }
  if (!done) {
    link.focus();
    link.select();
    done = document.execCommand("copy");
    if (done) store.root.querySelector(`[data-key="${key}"] button`).focus();
  }
  store.copied = key;
  store.said = done ? store.data.text.copied : store.data.text.select;
  store.root.querySelector("[role=status]").textContent = `${rowOf(store, key).title}: ${store.said}`;
  rows(store);
  clearTimeout(store.timer);
  store.timer = setTimeout(() => { store.copied = null; rows(store); }, 2500);
}
