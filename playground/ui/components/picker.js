// Pick samples, lettered in the order in which they were picked, or put them into groups: then each has the letter of
// its group, and any number may share it. The picks live here; Python changes them by sending a new `token`.

const LETTERS = "ABCDEFGH";

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".picker");
  const store = storeOf(parentElement, () => ({ picked: [], token: null, buttons: [] }));
  store.data = data;
  store.send = setStateValue;
  if (store.token !== data.token) {
    store.token = data.token;
    store.picked = data.picked.map((pick) => [...pick]);
  }
  markTheme(root);
  root.classList.toggle("points", data.kind === "points");
  root.querySelector(".field").setAttribute("aria-label", data.text.field);
  root.querySelector(".field").classList.toggle("groups", data.group !== "");
  makeButtons(root, store);
  const redraw = () => { lay(root, store); paint(root, store); };
  if (!store.unfollow) {
    pointOut(root, store);
    store.unfollow = follow(root, () => store.redraw());
  }
  store.redraw = redraw;
  swapSprite(store, data.sprite, redraw);
  redraw();
  return atEnd(parentElement, () => store.unfollow());
}

function makeButtons(root, store) {
  const field = root.querySelector(".field");
  while (store.buttons.length > store.data.count) store.buttons.pop().remove();
  while (store.buttons.length < store.data.count) {
    const index = store.buttons.length;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.tabIndex = index ? -1 : 0;
    button.dataset.index = index;
    const letter = document.createElement("span");
    letter.className = "letter";
    button.append(letter);
    button.onclick = () => toggle(root, store, index);
    button.onkeydown = (event) => step(event, store, index);
    store.buttons.push(button);
    field.append(button);
  }
}

// Points overlap: a pointer means the nearest one, wherever on the plane it is.
function pointOut(root, store) {
  const field = root.querySelector(".field");
  const nearest = (event) => {
    if (store.data.kind !== "points" || event.target.closest(".pick")) return -1;
    const box = field.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const far = store.buttons.map((button) => Math.hypot(button.offsetLeft + 12 - x, button.offsetTop + 12 - y));
    return far.indexOf(Math.min(...far));
  };
  const mark = (index) => store.buttons.forEach((button, i) => button.classList.toggle("near", i === index));
  field.addEventListener("click", (event) => { const i = nearest(event); if (i >= 0) toggle(root, store, i); });
  field.addEventListener("pointermove", (event) => mark(nearest(event)));
  field.addEventListener("pointerleave", () => mark(-1));
}

function toggle(root, store, index) {
  const { data } = store, before = letterOf(store, index);
  store.picked = store.picked.filter(([i]) => i !== index);
  if (data.group) {
    if (before !== data.group) store.picked.push([index, data.group]);
  } else {
    if (!before) store.picked = [...store.picked.slice(0, data.most - 1), [index]]; // one too many replaces the last
    store.picked = store.picked.map(([i], at) => [i, LETTERS[at]]);
  }
  focusable(store, index);
  lay(root, store);
  store.send("picked", { token: store.token, picks: store.picked });
}

const letterOf = (store, index) => store.picked.find(([i]) => i === index)?.[1] ?? "";

// Arrow keys go to the nearest sample in that direction; Tab leaves the field.
function step(event, store, index) {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!direction) return;
  event.preventDefault();
  const centre = (button) => {
    const box = button.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = centre(store.buttons[index]);
  let best = null, least = Infinity;
  store.buttons.forEach((button, i) => {
    const [bx, by] = centre(button);
    const along = (bx - x) * direction[0] + (by - y) * direction[1];
    const across = Math.abs((bx - x) * direction[1]) + Math.abs((by - y) * direction[0]);
    if (i !== index && along > 0.5 && along + 3 * across < least) { least = along + 3 * across; best = i; }
  });
  if (best === null) return;
  focusable(store, best);
  store.buttons[best].focus();
}

function focusable(store, index) {
  store.buttons.forEach((button, i) => { button.tabIndex = i === index ? 0 : -1; });
}

function lay(root, store) {
  const { data, buttons } = store;
  const field = root.querySelector(".field");
  const available = root.clientWidth;
  const tallest = roomBelow(root);
  let place;
  if (data.kind === "points") {
    const side = Math.min(available, tallest);
    field.style.width = field.style.height = `${side}px`;
    place = (i) => {
      const [x, y] = project(data.points[i], data.extent, side);
      return { left: Math.min(Math.max(x, 6), side - 6), top: Math.min(Math.max(y, 6), side - 6) };
    };
  } else {
    const rows = Math.ceil(data.count / data.across), gap = 4;
    const shape = data.tile[1] / data.tile[0];
    const cell = Math.floor(Math.min(available / data.across, tallest / rows / shape));
    const size = { width: cell - gap, height: Math.round((cell - gap) * shape) };
    field.style.width = `${cell * data.across}px`;
    field.style.height = `${(size.height + gap) * rows}px`;
    place = (i) => ({
      left: (i % data.across) * cell + gap / 2, top: Math.floor(i / data.across) * (size.height + gap) + gap / 2, ...size,
    });
  }
  buttons.forEach((button, i) => {
    for (const [name, value] of Object.entries(place(i))) button.style[name] = `${value}px`;
    const letter = letterOf(store, i);
    button.setAttribute("aria-pressed", letter !== "");
    button.querySelector(".letter").textContent = letter;
    button.dataset.letter = letter;
    button.setAttribute("aria-label", data.names[i] + (letter ? `, ${data.text.picked} ${letter}` : ""));
    button.title = data.names[i];
  });
}

function paint(root, store) {
  const { data, sprite, buttons } = store;
  if (data.kind === "images" && !sprite) return;
  const surface = fitted(root.querySelector("canvas"));
  if (!surface) return;
  const { ctx, width } = surface;
  if (data.kind === "images") {
    buttons.forEach((button, i) => {
      drawTile(ctx, sprite, data, i, button.offsetLeft, button.offsetTop, button.offsetWidth, button.offsetHeight);
    });
    return;
  }
  const theme = colours(root);
  drawCloud(ctx, data.real, data.extent, width, theme.real, 0.35, "circle");
  ctx.fillStyle = theme.generated;
  for (const point of data.points) {
    triangle(ctx, ...project(point, data.extent, width), 6);
    ctx.fill();
  }
}
