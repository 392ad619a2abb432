// Points that a person moves in D's plane. They live here; Python changes them by sending a new `token`, and answers
// each place that is sent with the steps on which D would send the points.

const WAIT = 80, LATE = 600; // milliseconds between two messages at least; after which an answer is not waited for

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".place");
  const store = storeOf(parentElement, () => ({ token: null, points: [], buttons: [], turn: 0, sent: 0, at: 0, dragging: null }));
  const heard = unpacked(store, data);
  store.data = heard;
  store.send = setStateValue;
  if (store.token !== heard.token) {
    store.token = heard.token;
    store.points = heard.points.map((point) => [...point]);
    store.turn = store.sent = heard.turn;
  }
  if (heard.turn >= store.sent) store.answered = heard.turn;
  store.view = {
    extent: heard.extent, level: heard.level, shades: heard.shades, logits: numbers(heard.logits),
  };
  markTheme(root);
  setText(root.querySelector(".how"), WORDS.how);
  root.querySelector(".plane").setAttribute("aria-label", WORDS.plane);
  makePoints(root, store);
  const redraw = () => { lay(root, store); paint(root, store); };
  store.redraw = redraw;
  if (!store.unfollow) {
    noFling(root.querySelector(".plane"));
    store.unfollow = follow(root, () => store.redraw());
  }
  redraw();
  return atEnd(parentElement, () => { store.unfollow(); clearTimeout(store.timer); });
}

function makePoints(root, store) {
  const plane = root.querySelector(".plane");
  while (store.buttons.length > store.points.length) store.buttons.pop().remove();
  while (store.buttons.length < store.points.length) {
    const index = store.buttons.length, button = document.createElement("button");
    button.type = "button";
    button.className = "point";
    button.tabIndex = index ? -1 : 0;
    draggable(store, button, (event) => {
      const box = plane.getBoundingClientRect(), { extent } = store.view;
      focusable(store, index);
      moveTo(root, store, index, [
        (2 * (event.clientX - box.left) / box.width - 1) * extent, (1 - 2 * (event.clientY - box.top) / box.height) * extent,
      ]);
    }, () => tell(store, true));
    button.onkeydown = (event) => press(event, root, store, index);
    store.buttons.push(button);
    plane.append(button);
  }
}

// Arrow keys move a point, with Shift in larger steps; N and B go to the next one and back. Tab leaves the plane.
function press(event, root, store, index) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const n = store.points.length, to = { n: index + 1, b: index - 1 }[event.key.toLowerCase()];
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (to === undefined && !by) return;
  event.preventDefault();
  event.stopPropagation();
  if (to !== undefined) {
    focusable(store, (to + n) % n);
    store.buttons[(to + n) % n].focus();
    return;
  }
  const pace = store.view.extent * (event.shiftKey ? 0.1 : 0.02), [x, y] = store.points[index];
  moveTo(root, store, index, [x + by[0] * pace, y + by[1] * pace]);
}

function focusable(store, index) {
  store.buttons.forEach((button, i) => { button.tabIndex = i === index ? 0 : -1; });
}

function moveTo(root, store, index, place) {
  const { extent } = store.view;
  store.points[index] = place.map((v) => Math.round(1e4 * Math.min(Math.max(v, -extent), extent)) / 1e4);
  store.turn += 1;
  store.redraw();
  tell(store, false);
}

// The newest places, once the last ones are answered: what was in between nobody needs.
function tell(store, atOnce) {
  clearTimeout(store.timer);
  if (store.turn === store.sent) return;
  const since = performance.now() - store.at, free = (store.answered ?? 0) >= store.sent ? since >= WAIT : since >= LATE;
  if (!free && !atOnce) { store.timer = setTimeout(() => tell(store, false), 25); return; }
  store.sent = store.turn;
  store.at = performance.now();
  store.send("places", { token: store.token, turn: store.turn, points: store.points });
}

function lay(root, store) {
  const plane = root.querySelector(".plane"), side = Math.max(220, Math.min(root.clientWidth, roomBelow(root) - 56));
  setSize(plane, side, side);
  store.buttons.forEach((button, i) => {
    const [x, y] = project(store.points[i], store.view.extent, side);
    button.style.left = `${x}px`;
    button.style.top = `${y}px`;
    const place = store.points[i].map((v) => signed(v)).join(", ");
    setLabel(button, `${WORDS.point.replace("{n}", i + 1)}: ${place}, ${store.data.says[i] ?? ""}`);
  });
}

function paint(root, store) {
  const surface = fitted(root.querySelector("canvas.field"));
  if (!surface) return;
  const { ctx, width: side } = surface, { data, view } = store, theme = colours(root), { extent } = view;
  const at = {
    x: (v) => (v / extent + 1) / 2 * side, y: (v) => (1 - v / extent) / 2 * side, scale: side / (2 * extent),
    box: { x: 0, y: 0, w: side, h: side }, dot: Math.max(1, side / 480),
  };
  heatLayer(ctx, view, at, theme);
  decisionLine(ctx, view, at, theme);
  pointsLayer(ctx, numbers(data.real), at, theme, "real");
  ctx.globalAlpha = 0.45;
  drawCloud(ctx, data.samples, extent, side, theme.generated, 0.45, "triangle");
  ctx.globalAlpha = 1;
  arrows(ctx, store, at, theme);
  for (const point of store.points) {
    triangle(ctx, at.x(point[0]), at.y(point[1]), 9 * at.dot);
    ctx.fillStyle = theme.generated;
    ctx.fill();
    ctx.strokeStyle = theme.background;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
}

// From each point the step that it would take.
function arrows(ctx, store, at, theme) {
  ctx.lineCap = "round";
  for (const [style, width] of [[theme.background, 5], [theme.discriminator, 2.6]]) {
    ctx.strokeStyle = style;
    ctx.lineWidth = width * at.dot;
    ctx.beginPath();
    store.data.steps.forEach(([dx, dy], i) => {
      const point = store.points[i], x = at.x(point[0]), y = at.y(point[1]);
      const tx = dx * at.scale, ty = -dy * at.scale, length = Math.hypot(tx, ty);
      if (length < 1.5) return;
      arrow(ctx, x, y, tx, ty, Math.min(7 * at.dot, length / 2) / length);
    });
    ctx.stroke();
  }
}
