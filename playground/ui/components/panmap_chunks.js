// The chunks of a plane: `side` x `side` places, 2^-level units apart. What is kept of them, and what to ask for.

const CHUNKS = 360; // that are kept
const LATE = 1500; // milliseconds after which an answer is no longer waited for
const REST = 150; // milliseconds without motion after which the finest level is asked for
const PAUSE = 200; // milliseconds between an answer and what can wait: an answer costs the page more than its frames do
const AHEAD = 0.35; // seconds that motion is thought to go on
const FRESH = 2500; // milliseconds for which pictures of other weights are as good as new ones
const MOST_WANTED = 64;

const chunkName = (token, level, i, j) => `${token}|${level}|${i}|${j}`;
const cached = (store, level, i, j) => store.cache.get(chunkName(store.token, level, i, j));

// Takes over the chunks of an answer; the older ones stay until the new ones are decoded.
function takeChunks(store, data, done) {
  const { token, version } = data;
  for (const raw of data.chunks) {
    const entry = { at: raw.at, version, born: performance.now(), norms: numbers(raw.norms) };
    const put = () => {
      store.cache.set(chunkName(token, ...raw.at), entry);
      store.arrivals += 1;
      done();
    };
    if (raw.points) { entry.points = numbers(raw.points); put(); continue; }
    entry.image = new Image();
    entry.image.src = raw.sheet;
    entry.image.decode().then(put).catch(() => {});
  }
  if (store.cache.size > CHUNKS) {
    const oldest = [...store.cache].sort((a, b) => (a[1].used || a[1].born) - (b[1].used || b[1].born));
    for (const [name] of oldest.slice(0, CHUNKS / 4)) store.cache.delete(name);
  }
}

// The frame of one place, counted in steps of its level; null if it is not there.
function frameAt(store, level, a, b) {
  const { side } = store.data, i = Math.floor(a / side), j = Math.floor(b / side);
  const entry = cached(store, level, i, j);
  return entry ? { entry, index: (b - j * side) * side + a - i * side, u: a * 2 ** -level, v: b * 2 ** -level, level } : null;
}

// The finest frame that is nearest to a place; one of former weights only while it is new or there is no other.
function nearestFrame(store, { u, v }, now) {
  let old = null;
  for (let level = store.level + store.data.finer; level >= store.level - 1; level -= 1) {
    const frame = frameAt(store, level, Math.round(u * 2 ** level), Math.round(v * 2 ** level));
    if (!frame) continue;
    if (frame.entry.version === store.data.version || now - frame.entry.born < FRESH) { frame.entry.used = now; return frame; }
    old ??= frame;
  }
  return old;
}

// The frame of exactly this place, from whichever level has it.
function exactFrame(store, level, a, b) {
  for (let k = 0; k <= store.data.finer; k += 1) {
    const frame = frameAt(store, level + k, a * 2 ** k, b * 2 ** k);
    if (frame) return frame;
  }
  for (let k = 1; a % 2 ** k === 0 && b % 2 ** k === 0 && k <= 4; k += 1) {
    const frame = frameAt(store, level - k, a / 2 ** k, b / 2 ** k);
    if (frame) return frame;
  }
  return null;
}

// All chunks that are of use here, the most urgent first: what is under the hand, what is in sight, finer ones where the
// hand goes, what comes into sight, finer ones of all. The first `prompt` of them follow the weights at once.
function wantedChunks(store, now) {
  const { level, sight, focus, speed, data } = store, found = new Map();
  const add = (at, { u0, u1, v0, v1 }) => {
    const size = data.side * 2 ** -at, rows = [];
    for (let i = Math.floor(u0 / size); i * size <= u1; i += 1) {
      for (let j = Math.floor(v0 / size); j * size <= v1; j += 1) {
        rows.push([Math.hypot((i + 0.5) * size - focus.u, (j + 0.5) * size - focus.v), [at, i, j]]);
      }
    }
    rows.sort((a, b) => a[0] - b[0]);
    for (const [, chunk] of rows) if (found.size < MOST_WANTED) found.set(chunk.join(), chunk);
  };
  const half = 0.5 * 2 ** -level; // what lies around a place of the map belongs to it
  const box = (reach, du = 0, dv = 0) => ({
    u0: focus.u + Math.min(du, 0) - reach, u1: focus.u + Math.max(du, 0) + reach,
    v0: focus.v + Math.min(dv, 0) - reach, v1: focus.v + Math.max(dv, 0) + reach,
  });
  const seen = (wide, du = 0, dv = 0) => ({
    u0: sight.u0 + Math.min(du, 0) - wide, u1: sight.u1 + Math.max(du, 0) + wide,
    v0: sight.v0 + Math.min(dv, 0) - wide, v1: sight.v1 + Math.max(dv, 0) + wide,
  });
  const limited = (way, most) => Math.max(-most, Math.min(most, way * AHEAD));
  const reach = sight.u1 - sight.u0, [du, dv] = [limited(speed.u, reach), limited(speed.v, reach)];
  add(level, box(half));
  if (data.kind === "points" || now - store.movedAt >= REST) add(level + data.finer, box(0));
  add(level + 2, box(0));
  add(level, seen(half));
  const prompt = found.size;
  add(level + 2, box(half / 2, du, dv));
  if (data.kind === "images") add(level + 1, box(2 * half, du, dv));
  add(level, seen(0.15 * reach, du, dv));
  if (data.kind === "images" && !data.follows) add(level + 1, seen(half)); // else old before anybody comes there
  return { chunks: [...found.values()], prompt };
}

// Asks for what is lacking, unless an answer is on its way. What is in sight and not there at all does not wait.
function askForChunks(store, send) {
  const now = performance.now(), { data } = store;
  clearTimeout(store.thinking);
  const again = (delay) => { store.thinking = setTimeout(() => askForChunks(store, send), delay); };
  if (now - store.movedAt < REST) again(REST - (now - store.movedAt) + 1);
  if (store.pending && now - store.pending.since < LATE) return;
  const { chunks, prompt } = wantedChunks(store, now);
  const lacking = chunks.filter((chunk, i) => {
    const entry = cached(store, ...chunk);
    return !entry || (entry.version !== data.version && (i < prompt || now - entry.born > FRESH));
  });
  if (!lacking.length) return;
  const urgent = lacking.some((chunk, i) => chunk[0] === store.level && i < 9 && !cached(store, ...chunk));
  const wait = store.answeredAt + Math.max(PAUSE, data.gap) - now;
  if (!urgent && wait > 0) { again(wait); return; }
  const number = Math.max(Date.now(), (store.number || 0) + 1);
  store.number = number;
  store.pending = { number, since: now };
  again(LATE + 1);
  send({ token: store.token, number, chunks: lacking.slice(0, data.most), place: [store.at.u, store.at.v, store.scale] });
}
