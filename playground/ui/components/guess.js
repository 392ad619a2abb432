// Tiles to be marked real or generated. The marks live here until all are made and sent; what is true comes only then.

const NEXT = { "": "real", real: "generated", generated: "real" };
const SIGNS = { real: "●", generated: "▲", "": "" };

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".guess");
  const store = storeOf(parentElement, () => ({ token: null, marks: [], tiles: [], sent: false }));
  store.data = data;
  store.send = setStateValue;
  if (store.token !== data.token) {
    store.token = data.token;
    store.sent = false;
    store.marks = Array.from({ length: data.count }, () => "");
  }
  if (data.result) store.marks = data.result.marks;
  markTheme(root);
  root.classList.toggle("answered", Boolean(data.result));
  setText(root.querySelector(".how"), WORDS.how);
  root.querySelector(".field").setAttribute("aria-label", WORDS.field);
  const done = root.querySelector(".check");
  setText(done, WORDS.done);
  done.onclick = () => finish(root, store);
  makeTiles(root, store);
  const redraw = () => { lay(root, store); paint(store); };
  if (!store.unfollow) store.unfollow = follow(root, () => store.redraw());
  store.redraw = redraw;
  swapSprite(store, data.sprite, redraw);
  write(root, store);
  redraw();
  return atEnd(parentElement, () => store.unfollow());
}

function makeTiles(root, store) {
  const field = root.querySelector(".field");
  while (store.tiles.length > store.data.count) store.tiles.pop().remove();
  while (store.tiles.length < store.data.count) {
    const index = store.tiles.length, tile = document.createElement("button");
    tile.type = "button";
    tile.className = "tile";
    tile.tabIndex = index ? -1 : 0;
    tile.append(document.createElement("canvas"));
    for (const name of ["class", "mine", "theirs"]) {
      const line = document.createElement("span");
      line.className = name;
      tile.append(line);
    }
    tile.onclick = () => mark(root, store, index, NEXT[store.marks[index]]);
    tile.onkeydown = (event) => press(event, root, store, index);
    store.tiles.push(tile);
    field.append(tile);
  }
}

function mark(root, store, index, kind) {
  focusable(store, index);
  if (store.data.result || store.sent) return;
  store.marks[index] = kind;
  write(root, store);
}

// R and G mark, arrow keys go on; Tab leaves the tiles.
function press(event, root, store, index) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const kind = { r: "real", g: "generated" }[event.key.toLowerCase()];
  const across = store.across, to = {
    ArrowLeft: index - 1, ArrowRight: index + 1, ArrowUp: index - across, ArrowDown: index + across, Home: 0, End: store.data.count - 1,
  }[event.key];
  if (kind) mark(root, store, index, kind);
  const next = kind ? Math.min(index + 1, store.data.count - 1) : to;
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (!store.tiles[next]) return;
  focusable(store, next);
  store.tiles[next].focus();
}

function focusable(store, index) {
  store.tiles.forEach((tile, i) => { tile.tabIndex = i === index ? 0 : -1; });
}

function finish(root, store) {
  if (store.sent || store.marks.includes("")) return;
  store.sent = true;
  write(root, store);
  store.send("answers", { token: store.token, marks: store.marks });
}

function write(root, store) {
  const { data, marks } = store, { result } = data, left = marks.filter((each) => !each).length;
  store.tiles.forEach((tile, i) => {
    const kind = marks[i], right = result && result.truth[i] === kind;
    const [name, mine, theirs] = ["class", "mine", "theirs"].map((line) => tile.querySelector(`.${line}`));
    tile.dataset.mark = result ? result.truth[i] : kind;
    tile.classList.toggle("wrong", Boolean(result) && !right);
    setText(name, data.classes[i] ?? "");
    setText(mine, result ? `${right ? "✓" : "✗"} ${SIGNS[result.truth[i]]} ${WORDS[result.truth[i]]}` : `${SIGNS[kind]} ${WORDS[kind] ?? ""}`);
    setText(theirs, result ? `D ${result.said[i] === result.truth[i] ? "✓" : "✗"} ${result.logits[i]}` : "");
    const number = WORDS.tile.replace("{n}", i + 1), about = data.classes[i] ? `, ${data.classes[i]}` : "";
    const told = result
      ? `${WORDS.it_is} ${WORDS[result.truth[i]]}, ${WORDS.you} ${WORDS[kind]}, D: ${WORDS[result.said[i]]}, ${result.logits[i]}`
      : WORDS[kind] || WORDS.unmarked;
    tile.setAttribute("aria-label", `${number}${about}: ${told}`);
  });
  const done = root.querySelector(".check");
  done.disabled = left > 0 || store.sent;
  setText(root.querySelector(".count"), result ? result.said_in_words : left ? WORDS.left.replace("{n}", left) : WORDS.ready);
}

function lay(root, store) {
  const { data } = store, field = root.querySelector(".field");
  store.across = root.clientWidth < 460 ? 3 : Math.ceil(data.count / 2);
  const rows = Math.ceil(data.count / store.across), shape = data.tile[1] / data.tile[0];
  const under = 60 * largeness(root) + (data.classes.length ? 20 : 0), most = (roomBelow(root) - 110) / rows - under;
  const side = Math.max(48, Math.min((root.clientWidth - 10 * store.across) / store.across - 14, most / shape));
  field.style.gridTemplateColumns = `repeat(${store.across}, ${Math.floor(side) + 14}px)`;
  store.tiles.forEach((tile) => { tile.querySelector("canvas").style.height = `${Math.floor(side * shape)}px`; });
}

function paint(store) {
  const { data, sprite } = store;
  if (!sprite) return;
  store.tiles.forEach((tile, i) => {
    const surface = fitted(tile.querySelector("canvas"));
    if (surface) drawTile(surface.ctx, sprite, data, i, 0, 0, surface.width, surface.height);
  });
}
