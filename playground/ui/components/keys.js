// What the keys of a page do, on `?`. The list stays open where a redraw puts another one in its place.

let current = null, shown = null; // the dialog of the latest drawing; the page on which it is open

export default function (component) {
  const { data, parentElement } = component, root = parentElement.querySelector(".keys");
  const dialog = root.querySelector("dialog"), help = root.querySelector(".help");
  markTheme(root);
  help.title = data.title;
  help.setAttribute("aria-label", data.title);
  help.onclick = () => show(location.pathname);
  root.querySelector("h2").textContent = data.title;
  dialog.querySelector("button").textContent = data.close;
  list(root.querySelector("dl"), data.keys);
  dialog.onclose = () => { if (dialog.isConnected) shown = null; };
  if (current !== dialog) {
    current = dialog;
    show(shown === location.pathname ? shown : null);
  }
  const store = storeOf(parentElement, () => ({}));
  store.dialog = dialog;
  if (store.press) return store.stop;
  store.press = (event) => { if (current === store.dialog) press(event); };
  document.addEventListener("keydown", store.press);
  store.stop = atEnd(parentElement, () => document.removeEventListener("keydown", store.press));
  return store.stop;
}

function show(page) {
  shown = page;
  if (!current?.isConnected) return; // the next drawing does it
  const open = page === location.pathname;
  if (open && !current.open) current.showModal();
  else if (!open && current.open) current.close();
}

function press(event) {
  if (event.key !== "?" || !isShortcut(event)) return;
  show(shown === location.pathname ? null : location.pathname);
  event.preventDefault();
}

function list(box, keys) {
  box.replaceChildren(...keys.flatMap(([key, text]) => {
    const term = document.createElement("dt"), what = document.createElement("dd");
    term.textContent = key;
    what.textContent = text;
    return [term, what];
  }));
}
