// What the keys of a page do, on `?`. The list stays open where a redraw puts another one in its place.

const drawn = new Set(); // the dialogs that were drawn; Streamlit may draw a new one before or after it takes the old one away
let shown = null; // the page on which the list is open

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
  if (!drawn.has(dialog)) {
    drawn.add(dialog);
    show(shown === location.pathname ? shown : null);
  }
  const store = storeOf(parentElement, () => ({}));
  store.dialog = dialog;
  if (store.press) return store.stop;
  store.press = (event) => { if (current() === store.dialog) press(event); };
  document.addEventListener("keydown", store.press);
  store.stop = atEnd(parentElement, () => document.removeEventListener("keydown", store.press));
  return store.stop;
}

// The latest one that is on the page.
function current() {
  for (const dialog of drawn) if (!dialog.isConnected) drawn.delete(dialog);
  return [...drawn].at(-1);
}

function show(page) {
  shown = page;
  const dialog = current();
  if (!dialog) return; // the next drawing does it
  const open = page === location.pathname;
  if (open && !dialog.open) dialog.showModal();
  else if (!open && dialog.open) dialog.close();
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
