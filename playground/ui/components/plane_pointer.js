// What is under the pointer, in words.

const REACH = 12; // pixels within which a point answers to the pointer

function tip(root, store) {
  const box = root.querySelector(".tip"), text = store.pointer && store.at && !store.held ? under(store) : "";
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const { x, y } = store.pointer, room = root.querySelector(".field");
  box.style.left = `${Math.max(0, Math.min(x + 12, room.clientWidth - box.offsetWidth - 4))}px`;
  box.style.top = `${Math.max(0, y - box.offsetHeight - 8)}px`;
}

function under({ pointer, at, view, shown, on }) {
  const { box } = at, { names } = WORDS;
  if (pointer.x < box.x || pointer.x > box.x + box.w || pointer.y < box.y || pointer.y > box.y + box.h) return "";
  const made = on.has("generated") ? nearest(shown.places, pointer, at) : -1;
  if (made >= 0) return [names.generated, says(view.probability, view.scores[made]), latent(view, made), origin(view, made)].filter(Boolean).join(" · ");
  const real = on.has("real") ? nearest(view.real, pointer, at) : -1;
  const x = real >= 0 ? view.real[2 * real] : (pointer.x - at.x(0)) / at.scale;
  const y = real >= 0 ? view.real[2 * real + 1] : (at.y(0) - pointer.y) / at.scale;
  return [real >= 0 ? names.real : "", says(view.probability, logitAt(view, x, y))].filter(Boolean).join(" · ");
}

function nearest(places, pointer, at) {
  let best = -1, least = REACH;
  for (let i = 0; i < places.length / 2; i += 1) {
    const far = Math.hypot(at.x(places[2 * i]) - pointer.x, at.y(places[2 * i + 1]) - pointer.y);
    if (far < least) { least = far; best = i; }
  }
  return best;
}

function latent(view, index) {
  const k = view.dimensions, z = [...view.latents.slice(index * k, (index + 1) * k)].map(signed);
  return z.length ? `z ${z.join(", ")}${view.more ? ", …" : ""}` : "";
}

function origin({ inputs }, index) {
  return inputs.length > 2 * index ? `${WORDS.came} ${signed(inputs[2 * index])}, ${signed(inputs[2 * index + 1])}` : "";
}

// D's logit between the points of the plane, bilinear; undefined outside.
function logitAt(view, x, y) {
  const side = Math.round(Math.sqrt(view.logits.length)), pace = 2 * view.extent / (side - 1);
  const column = (x + view.extent) / pace, row = (y + view.extent) / pace;
  if (!(column >= 0 && row >= 0 && column <= side - 1 && row <= side - 1)) return undefined;
  const j = Math.min(side - 2, Math.floor(column)), i = Math.min(side - 2, Math.floor(row)), u = column - j, v = row - i;
  const value = (a, b) => view.logits[a * side + b];
  return (1 - v) * ((1 - u) * value(i, j) + u * value(i, j + 1)) + v * ((1 - u) * value(i + 1, j) + u * value(i + 1, j + 1));
}
