// What the keys of a page do, on `?`.

export default function (component) {
  const { data, parentElement } = component, root = parentElement.querySelector(".keys");
  const dialog = root.querySelector("dialog"), help = root.querySelector(".help");
  markTheme(root);
  help.title = data.title;
  help.setAttribute("aria-label", data.title);
  help.onclick = () => dialog.showModal();
  root.querySelector("h2").textContent = data.title;
  dialog.querySelector("button").textContent = data.close;
  list(root.querySelector("dl"), data.keys);
  const store = storeOf(parentElement, () => ({}));
  if (store.press) return store.stop;
  store.press = (event) => {
    if (event.key !== "?" || !isShortcut(event)) return;
    if (dialog.open) dialog.close(); else dialog.showModal();
    event.preventDefault();
  };
  document.addEventListener("keydown", store.press);
  store.stop = atEnd(parentElement, () => document.removeEventListener("keydown", store.press));
  return store.stop;
}

function list(box, keys) {
  box.replaceChildren(...keys.flatMap(([key, text]) => {
    const term = document.createElement("dt"), what = document.createElement("dd");
    term.textContent = key;
    what.textContent = text;
    return [term, what];
  }));
}
