// Paint on a square. The drawing lives here; Python clears it by sending a new `token`.
// Places and widths are shares of the side, y down; `playground/data/drawing.py` paints the same pixels from them.

const SIZES = { fine: 0.014, medium: 0.035, broad: 0.1 }; // diameters
const LARGEST = 560; // pixels
const LEAST = 260; // also where little of the window is left: the page scrolls
const MARGIN = 0.25; // how far a stroke may leave the sheet
const APART = 0.003; // points nearer than this to the last one say nothing new

const kept = new Map(); // by token: what survives when the page puts a component up anew

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".drawer");
  const store = storeOf(parentElement, () => ({ tool: "pencil", size: data.size, drawing: null }));
  store.send = setStateValue;
  if (store.drawing?.token !== data.token) take(store, data.token);
  markTheme(root);
  label(root, data.text);
  root.classList.toggle("bare", !data.plane);
  root.querySelector(".sheet").style.backgroundImage = data.picture ? `url(${data.picture})` : "";
  if (!store.unfollow) {
    equip(root, store);
    paintOn(root.querySelector(".sheet"), root, store);
    store.unfollow = follow(root, () => lay(root, store));
  }
  lay(root, store);
  return atEnd(parentElement, () => store.unfollow());
}

// Begin the drawing `token`, or go on with it where the page was left and came back: then Python has to hear of it again.
function take(store, token) {
  store.pointer = store.stroke = null;
  const again = kept.get(token)?.strokes.length > 0;
  if (!again) kept.set(token, { token, strokes: [], past: [] });
  store.drawing = kept.get(token);
  if (again) send(store);
}

function send(store) {
  const { token, strokes } = store.drawing;
  store.send("strokes", { token, strokes });
}

function change(root, store, strokes) {
  store.drawing.past.push(store.drawing.strokes);
  store.drawing.strokes = strokes;
  lay(root, store);
  send(store);
}

function undo(root, store) {
  if (store.stroke || !store.drawing.past.length) return;
  store.drawing.strokes = store.drawing.past.pop();
  lay(root, store);
  send(store);
}

// The tools

function label(root, text) {
  root.querySelector(".tools").setAttribute("aria-label", text.tools);
  root.querySelector(".sheet").setAttribute("aria-label", text.canvas);
  root.querySelector(".empty").textContent = text.empty;
  for (const button of root.querySelectorAll("button")) {
    const said = text[button.dataset.tool || button.dataset.size || button.dataset.do], word = button.querySelector(".word");
    button.setAttribute("aria-label", said);
    button.title = said;
    if (word) word.textContent = said;
  }
}

function equip(root, store) {
  const choose = (what, value) => { store[what] = value; lay(root, store); };
  for (const button of root.querySelectorAll("[data-tool]")) button.onclick = () => choose("tool", button.dataset.tool);
  for (const button of root.querySelectorAll("[data-size]")) button.onclick = () => choose("size", button.dataset.size);
  root.querySelector('[data-do="undo"]').onclick = () => undo(root, store);
  root.querySelector('[data-do="clear"]').onclick = () => { if (store.drawing.strokes.length) change(root, store, []); };
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    event.stopPropagation();
    undo(root, store);
  });
}

// The pointer

function paintOn(sheet, root, store) {
  noFling(sheet);
  const mine = (event) => event.pointerId === store.pointer;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button || store.pointer !== null) return; // only the first finger draws
    if (store.tool === "eraser" && !store.drawing.strokes.length) return;
    store.pointer = event.pointerId;
    sheet.setPointerCapture(event.pointerId);
    store.stroke = { erase: store.tool === "eraser", width: SIZES[store.size], points: place(sheet, event) };
    root.querySelector(".empty").hidden = true;
    ink(store, store.stroke, 0);
    preview(root, store, event);
  });
  sheet.addEventListener("pointermove", (event) => {
    if (store.pointer === null || mine(event)) preview(root, store, event);
    if (!mine(event)) return;
    const events = event.getCoalescedEvents?.() ?? [], from = store.stroke.points.length - 2;
    for (const one of events.length ? events : [event]) extend(store.stroke.points, place(sheet, one), APART);
    if (store.stroke.points.length > from + 2) ink(store, store.stroke, from);
  });
  const finish = (event) => {
    if (!mine(event)) return;
    const { stroke } = store;
    store.pointer = store.stroke = null;
    if (event.pointerType !== "mouse") root.querySelector(".brush").hidden = true;
    if (event.type === "pointerup") extend(stroke.points, place(sheet, event), APART / 10);
    change(root, store, [...store.drawing.strokes, stroke]);
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) sheet.addEventListener(name, finish);
  sheet.addEventListener("pointerleave", () => { if (store.pointer === null) root.querySelector(".brush").hidden = true; });
}

// Where an event is on the sheet; four decimals keep what is sent short.
function place(sheet, event) {
  const box = sheet.getBoundingClientRect();
  const share = (v) => Math.round(Math.min(Math.max(v, -MARGIN), 1 + MARGIN) * 1e4) / 1e4;
  return [share((event.clientX - box.left - 1) / sheet.clientWidth), share((event.clientY - box.top - 1) / sheet.clientHeight)];
}

function extend(points, [x, y], apart) {
  const [lastX, lastY] = points.slice(-2);
  if (Math.hypot(x - lastX, y - lastY) >= apart) points.push(x, y);
}

// The picture

function lay(root, store) {
  const sheet = root.querySelector(".sheet"), { strokes, past } = store.drawing;
  const above = sheet.getBoundingClientRect().top - root.getBoundingClientRect().top;
  const side = Math.floor(Math.min(root.clientWidth, Math.max(roomBelow(root) - above, LEAST), LARGEST));
  sheet.style.width = sheet.style.height = root.querySelector(".bar").style.width = `${side}px`;
  for (const button of root.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === store.tool);
  for (const button of root.querySelectorAll("[data-size]")) button.setAttribute("aria-pressed", button.dataset.size === store.size);
  root.querySelector('[data-do="undo"]').setAttribute("aria-disabled", !past.length); // `disabled` would lose the focus
  root.querySelector('[data-do="clear"]').setAttribute("aria-disabled", !strokes.length);
  root.querySelector(".empty").hidden = strokes.length > 0 || Boolean(store.stroke);
  store.surface = fitted(sheet.querySelector("canvas"));
  store.colour = colours(root).real;
  for (const stroke of strokes) ink(store, stroke, 0);
  if (store.stroke) ink(store, store.stroke, 0);
}

// Paint a stroke from its number `from` on.
function ink(store, stroke, from) {
  if (!store.surface) return;
  const { ctx, width: side } = store.surface, { points } = stroke;
  ctx.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
  ctx.strokeStyle = ctx.fillStyle = store.colour;
  ctx.lineWidth = stroke.width * side;
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.beginPath();
  if (points.length === 2) { // a line of no length leaves no ink
    ctx.arc(points[0] * side, points[1] * side, stroke.width * side / 2, 0, 2 * Math.PI);
    ctx.fill();
    return;
  }
  ctx.moveTo(points[from] * side, points[from + 1] * side);
  for (let i = from + 2; i < points.length; i += 2) ctx.lineTo(points[i] * side, points[i + 1] * side);
  ctx.stroke();
}

function preview(root, store, event) {
  const brush = root.querySelector(".brush"), sheet = root.querySelector(".sheet");
  const size = Math.max(SIZES[store.size] * sheet.clientWidth, 4), box = sheet.getBoundingClientRect();
  brush.hidden = false;
  brush.classList.toggle("eraser", store.tool === "eraser");
  brush.style.width = brush.style.height = `${size}px`;
  const x = event.clientX - box.left - 1 - size / 2, y = event.clientY - box.top - 1 - size / 2;
  brush.style.transform = `translate(${x}px, ${y}px)`;
}
