// The students of a class as cards: a small picture of the samples of each, and how far they are. A press chooses one.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component, root = parentElement.querySelector(".board");
  markTheme(root);
  const store = storeOf(parentElement, () => ({ cards: new Map() }));
  const { students, words } = unpacked(store, data), box = root.querySelector(".cards");
  store.choose = (n) => setTriggerValue("choice", { n, at: Date.now() });
  if (box.ariaLabel !== words.board) box.ariaLabel = words.board;
  const there = new Set(students.map((one) => one.n));
  for (const [n, card] of store.cards) if (!there.has(n)) { card.item.remove(); store.cards.delete(n); }
  const held = root.getRootNode().activeElement; // who is moved loses the keyboard
  students.forEach((one, i) => {
    const card = store.cards.get(one.n) ?? made(store, one.n);
    if (box.children[i] !== card.item) box.insertBefore(card.item, box.children[i] ?? null);
    fill(card, one, root);
  });
  if (held?.isConnected && root.contains(held)) held.focus({ preventScroll: true });
  store.unfollow ??= follow(root, () => { for (const card of store.cards.values()) paint(card, root); });
  return atEnd(parentElement, () => { store.unfollow(); store.unfollow = null; });
}

function made(store, n) {
  const item = document.createElement("div"), button = document.createElement("button");
  item.setAttribute("role", "listitem");
  button.type = "button";
  button.className = "card";
  button.innerHTML = '<canvas aria-hidden="true"></canvas><div><b></b><span class="step"></span><span class="ticked"></span><span class="state"></span></div>';
  button.onclick = () => store.choose(n);
  item.append(button);
  const card = { item, button };
  store.cards.set(n, card);
  return card;
}

function fill(card, one, root) {
  const { button } = card;
  setText(button.querySelector("b"), one.name);
  for (const part of ["step", "ticked", "state"]) setText(button.querySelector(`.${part}`), one[part]);
  button.setAttribute("aria-pressed", one.shown);
  button.classList.toggle("alarm", one.alarm);
  button.classList.toggle("away", one.away);
  if (card.one && same(card.one.picture, one.picture) && same(card.one.real, one.real)) return;
  card.one = one;
  if (one.points) { card.image = null; paint(card, root); return; }
  if (!one.picture.length) return;
  createImageBitmap(new Blob([one.picture])).then((image) => {
    if (card.one !== one) return;
    card.image = image;
    paint(card, root);
  }, () => {});
}

function paint(card, root) {
  const surface = card.one && fitted(card.button.querySelector("canvas"));
  if (!surface) return;
  const { ctx, width, height } = surface, theme = colours(root);
  if (card.one.points) {
    cloud(ctx, card.one.real, width, theme.real, true);
    cloud(ctx, card.one.picture, width, theme.generated, false);
  } else if (card.image) {
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(card.image, 0, 0, width, height);
  }
}

// Pairs of bytes, which count from the left and from the bottom.
function cloud(ctx, pairs, size, colour, round) {
  ctx.fillStyle = colour;
  ctx.globalAlpha = round ? 0.5 : 0.9;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const x = (pairs[i] / 255) * size, y = (1 - pairs[i + 1] / 255) * size;
    if (round) { ctx.beginPath(); ctx.arc(x, y, 1.6, 0, 7); } else triangle(ctx, x, y, 2.4);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}
