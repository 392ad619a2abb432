// Motion between two Views: points go on a straight line from where they are shown to where they are now.

const BEAT = 40; // milliseconds between two pictures: more would take time from training on the same machine
const LAG = 1.15; // a way takes so many times the time between two Views, so that the next one comes before it ends
const STEADY = 0.8; // of a way is done at an even pace; then ever slower, so that a late View finds nothing at rest
const OVER = 2.5; // times its duration, when a way is as good as done
const TRAILED = 60, TRAIL_EVERY = 100, TRAIL_FOR = 3000; // points; milliseconds

function makeMotion() {
  return { run: null, weights: null, from: null, to: null, start: 0, interval: 0, arrived: 0, played: false, trails: [] };
}

// Where to go from now on: `places` (x, y, x, y, ...) and `push` alike. Another run begins where it is, and so do the
// samples of other weights: nothing that trained moved them there.
function head(motion, view, places, push, still) {
  const now = performance.now(), to = { places, push };
  const other = motion.run !== view.run || motion.weights !== view.weights;
  const jump = still || other || motion.to.places.length !== places.length;
  if (other) Object.assign(motion, { interval: 0, trails: [] });
  motion.from = jump || motion.to.push.length !== push.length ? to : shownAt(motion, now);
  if (view.playing && motion.played) {
    const gap = Math.min(3000, Math.max(100, now - motion.arrived));
    motion.interval = motion.interval ? 0.7 * motion.interval + 0.3 * gap : gap;
  }
  Object.assign(motion, { run: view.run, weights: view.weights, to, start: now, arrived: now, played: view.playing });
  motion.duration = LAG * (motion.interval || 500);
  if (still) trail(motion, places, now);
}

function shownAt(motion, now) {
  const { from, to } = motion;
  if (from === to) return to;
  const u = Math.max(0, now - motion.start) / motion.duration;
  const share = u < STEADY ? u : 1 - (1 - STEADY) * Math.exp((STEADY - u) / (1 - STEADY));
  const mix = (a, b) => {
    const out = new Float64Array(a.length);
    for (let i = 0; i < a.length; i += 1) out[i] = a[i] + (b[i] - a[i]) * share;
    return out;
  };
  return { places: mix(from.places, to.places), push: mix(from.push, to.push) };
}

function moving(motion, now) {
  return motion.from !== motion.to && now - motion.start < OVER * motion.duration;
}

// Trails grow while points move: when a run rests, they stay as they are.
function trail(motion, places, now) {
  if (motion.trails.length && now - motion.trails.at(-1).time < TRAIL_EVERY) return;
  motion.trails.push({ time: now, places: places.slice(0, 2 * TRAILED) });
  if (motion.trails.length > TRAIL_FOR / TRAIL_EVERY) motion.trails.shift();
}
