// Cards in groups. Typing narrows them down; arrows go from card to card; Enter in the field takes the first one.

const FILES = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 6h6l2 2h10v11H3z"/></svg>';

export default function (component) {
  const { data, parentElement, setTriggerValue } = component, root = parentElement.querySelector(".gallery");
  const field = root.querySelector("input"), box = root.querySelector(".groups");
  markTheme(root);
  const store = storeOf(parentElement, () => ({ shown: "" }));
  store.choose = (key, both) => setTriggerValue("choice", { key, both });
  field.placeholder = data.text.find;
  field.setAttribute("aria-label", data.text.find);
  if (store.shown !== JSON.stringify(data)) {
    store.shown = JSON.stringify(data);
    box.replaceChildren(...data.groups.filter((group) => group.cards.length).map((group) => section(group, data, store)));
  }
  field.oninput = () => narrow(root, data);
  narrow(root, data);
  root.onkeydown = (event) => walk(event, root, field);
  if (!store.begun) {
    store.begun = true;
    requestAnimationFrame(() => {
      root.querySelector('.card[aria-pressed="true"]')?.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    });
  }
}

function section(group, data, store) {
  const out = document.createElement("section"), title = document.createElement("h3");
  const cards = document.createElement("div");
  title.textContent = group.title;
  cards.className = group.cards.some((card) => card.first) ? "cards pairs" : "cards";
  cards.append(...group.cards.map((one) => (one.first ? pair(one, data, store) : card(one, data, store))));
  out.append(title, cards);
  return out;
}

function pair(one, data, store) {
  const out = document.createElement("div"), both = document.createElement("button");
  out.className = "pair unit";
  out.dataset.words = words(`${text(one.first)} ${text(one.second)}`).join(" ");
  both.type = "button";
  both.className = "both";
  both.textContent = one.both;
  both.setAttribute("aria-label", `${one.both}: ${one.first.label}`);
  both.onclick = () => store.choose(one.first.key, true);
  const cards = [card(one.first, data, store), card(one.second, data, store)];
  for (const each of cards) each.classList.remove("unit");
  out.append(...cards, both);
  return out;
}

function card(one, data, store) {
  const out = document.createElement("button"), label = document.createElement("b"), why = document.createElement("span");
  const picture = document.createElement(one.picture ? "img" : "div");
  out.type = "button";
  out.className = "card unit";
  out.dataset.words = words(text(one)).join(" ");
  out.setAttribute("aria-pressed", one.key === data.chosen);
  out.setAttribute("aria-label", one.label);
  out.setAttribute("aria-description", one.why);
  picture.className = "picture";
  if (one.picture) { picture.src = one.picture; picture.alt = ""; } else picture.innerHTML = FILES;
  label.textContent = one.label;
  why.textContent = one.why;
  out.append(picture, label, why);
  out.onclick = () => store.choose(one.key, false);
  return out;
}

function text(one) { return `${one.label} ${one.why} ${one.also} ${one.key}`; }

function words(line) {
  return line.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").match(/[\p{L}\p{N}]+/gu) || [];
}

// Shows what has a word that begins with each word in the field.
function narrow(root, data) {
  const asked = words(root.querySelector("input").value);
  let any = false;
  for (const group of root.querySelectorAll("section")) {
    let some = false;
    for (const unit of group.querySelectorAll(".unit")) {
      const known = unit.dataset.words.split(" ");
      unit.hidden = !asked.every((word) => known.some((one) => one.startsWith(word)));
      some ||= !unit.hidden;
    }
    group.hidden = !some;
    any ||= some;
  }
  root.querySelector(".none").textContent = any ? "" : data.text.none;
}

function walk(event, root, field) {
  if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation(); // the page's own keys rest meanwhile
  const cards = [...root.querySelectorAll(".card, .both")].filter((one) => one.offsetParent);
  const here = root.getRootNode().activeElement, at = cards.indexOf(here);
  if (event.key === "Enter" && here === field) {
    if (field.value.trim() && cards.length) cards[0].click();
    return;
  }
  const forward = event.key === "ArrowDown" || (event.key === "ArrowRight" && here !== field);
  const back = event.key === "ArrowUp" || (event.key === "ArrowLeft" && here !== field);
  if (!forward && !back) return;
  event.preventDefault();
  if (at < 0) { if (forward) cards[0]?.focus(); return; }
  const rows = event.key === "ArrowDown" || event.key === "ArrowUp";
  const next = rows ? below(cards, here, forward) : cards[at + (forward ? 1 : -1)];
  (next || (forward ? here : field)).focus();
}

// The nearest one in the next row down or up.
function below(cards, here, down) {
  const box = here.getBoundingClientRect(), sign = down ? 1 : -1;
  const others = cards.map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, other]) => one !== here && sign * (other.top - box.top) > box.height / 2);
  const row = sign * Math.min(...others.map(([, other]) => sign * other.top));
  return others.filter(([, other]) => Math.abs(other.top - row) < 4)
    .sort(([, a], [, b]) => Math.abs(a.left - box.left) - Math.abs(b.left - box.left))[0]?.[0];
}
