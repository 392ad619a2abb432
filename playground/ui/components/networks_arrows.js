// The arrows of the picture of the game: samples go down it, gradients go back up on the right of each network.

const LANES = { g: 9, d: 21 }; // pixels from the right edge of a card at which gradients go up
const TIP = 5; // half of the width of an arrow's head
const NAME = "http://www.w3.org/2000/svg";

function arrows(store) {
  const { root, places, sides } = store, svg = root.querySelector(".arrows");
  if (!sides) return;
  const origin = root.querySelector(".flow").getBoundingClientRect(), found = [];
  const rect = (name) => {
    const { left, right, top, bottom } = places[name].getBoundingClientRect();
    const x = origin.left, y = origin.top;
    return { left: left - x, right: right - x, top: top - y, bottom: bottom - y, middle: (left + right) / 2 - x };
  };
  const draw = (kind, points, headless) => found.push({ kind, points, headless });
  const [z, real, generated, score, losses] = ["z", "real", "generated", "score", "losses"].map(rect);
  for (const { name } of sides.g) {
    const g = rect(name);
    draw("ahead", down(z, g));
    draw("ahead", down(g, generated, generated.middle));
  }
  for (const { name, judges } of sides.d) {
    const d = rect(name), makers = sides.g.filter((g) => judges.includes(g.name));
    for (const kind of [real, generated]) draw("ahead", down(kind, d));
    draw("ahead", down(d, score, score.middle));
    const first = firstRow(places[name], origin);
    draw("d", back(rect(`loss ${name}`), d, d.right - LANES.d, first)); // its own gradient ends at D's first layer
    for (const g of makers) draw("g", back(rect(`loss ${g.name}`), d, d.right - LANES.g, d.top), true); // this one goes on
    draw("g", up(d.right - LANES.g, d.top, within(generated, d.right - LANES.g), generated.bottom));
  }
  for (const { name } of sides.g) {
    const g = rect(name);
    draw("g", back(generated, g, g.right - LANES.g, firstRow(places[name], origin)));
  }
  for (const { name } of sides.g) skips(places[name], origin, draw);
  if (places.cycle) around(sides.g.map(({ name }) => rect(name)), draw);
  const y = (score.top + score.bottom) / 2;
  draw("ahead", [[score.right, y], [losses.left, y]]);
  svg.replaceChildren(...found.flatMap(shapes));
}

// What goes past the layers between: beside them, on the left, from the end of one or from the input on.
function skips(card, origin, draw) {
  const rows = [...card.querySelectorAll(".layer:not(.inner)")], left = card.getBoundingClientRect().left - origin.left;
  card.skips.forEach(([start, end], i) => {
    const from = (rows[start] || card.querySelector(".head")).getBoundingClientRect(), to = rows[end].getBoundingClientRect();
    const x = left + 3 + SKIP * i, edge = to.left - origin.left, y = (from.top + from.bottom) / 2 - origin.top;
    const below = (to.top + to.bottom) / 2 - origin.top;
    draw("ahead", [[edge, y], [x, y], [x, below], [edge, below]]);
  });
}

// Between two networks: what one made goes through the other one, and back.
function around([first, second], draw) {
  const y = (Math.max(first.top, second.top) + Math.min(first.bottom, second.bottom)) / 2;
  draw("ahead", [[first.right, y - TIP * 1.5], [second.left, y - TIP * 1.5]]);
  draw("ahead", [[second.left, y + TIP * 1.5], [first.right, y + TIP * 1.5]]);
}

// From a loss up through a network, at `x`, to the height `end`.
function back(loss, card, x, end) {
  return [...up(within(loss, x), loss.top, x, card.bottom).slice(0, -1), [x, end]];
}

function firstRow(card, origin) {
  return (card.querySelector(".layer") || card).getBoundingClientRect().top - origin.top + 2;
}

// A place on the box as near to `x` as may be.
function within(box, x) {
  return Math.min(box.right - 10, Math.max(box.left + 10, x));
}

// The way down from one box to another: straight where they stand above each other.
function down(from, to, wish = from.middle) {
  const x = within(from, wish), end = within(to, x), half = (from.bottom + to.top) / 2;
  return x === end ? [[x, from.bottom], [x, to.top]] : [[x, from.bottom], [x, half], [end, half], [end, to.top]];
}

function up(x, bottom, end, top) {
  const half = (bottom + top) / 2;
  return Math.abs(x - end) < 1 ? [[x, bottom], [x, top]] : [[x, bottom], [x, half], [end, half], [end, top]];
}

function shapes({ kind, points, headless }) {
  const line = document.createElementNS(NAME, "path");
  line.setAttribute("class", kind);
  line.setAttribute("d", `M${points.map((point) => point.map((v) => v.toFixed(1)).join(" ")).join("L")}`);
  if (headless) return [line];
  const [[x0, y0], [x, y]] = points.slice(-2), head = document.createElementNS(NAME, "polygon");
  const [dx, dy] = Math.abs(x - x0) > Math.abs(y - y0) ? [Math.sign(x - x0), 0] : [0, Math.sign(y - y0)];
  const corner = (side) => `${x - dx * 1.5 * TIP + side * dy * TIP},${y - dy * 1.5 * TIP + side * dx * TIP}`;
  head.setAttribute("class", kind);
  head.setAttribute("points", `${x},${y} ${corner(1)} ${corner(-1)}`);
  return [line, head];
}
