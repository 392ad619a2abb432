// Streamlit adds an entry to the browser's history for every change of the address. Only another page, another run and
// another race are entries of ours: Back then leads from a fork to the run that it came from, at one press.
// And it hears Escape only while the focus is in the dialog: a button that is disabled while it works loses the focus.
// The explanation of a term closes at Escape, until the pointer or the focus comes to it again.
// A dialog gives the focus back to what had it when it opened, which may be nothing, because a redraw came in between. So
// this remembers what had it last, and gives it back when the last dialog has closed.
// The page says which language it is in: a reader of the screen pronounces it, and a browser offers no translation.
// What is said is read out by readers of the screen, which listen only to an element that stays.
// When the theme changes it changes its own colours only; ours come with the next drawing, for which this asks.

const OWN = ["run", "race"];
const AGAIN = 2000; // milliseconds
const MOST = 15; // times
let tell, last, keyed, pressed = 0;

export default function (component) {
  tell = component.setTriggerValue;
  document.documentElement.lang = component.data?.language ?? "en";
  readOut(component.data?.said ?? "");
  if (history.entriesOfOurs) return;
  history.entriesOfOurs = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    if (another(new URL(url, location.href))) push(state, title, url);
    else history.replaceState(state, title, url);
  };
  document.addEventListener("keydown", (event) => {
    const close = document.querySelector("[role=dialog] > button[aria-label=Close]");
    if (event.key === "Escape" && close && event.target === document.body) close.click();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") for (const term of document.querySelectorAll(".term:is(:hover, :focus)")) term.dataset.shut = "";
  });
  for (const name of ["pointerout", "focusout"]) {
    document.addEventListener(name, ({ target, relatedTarget }) => {
      const term = target.closest?.(".term[data-shut]");
      if (term && !term.contains(relatedTarget)) delete term.dataset.shut;
    });
  }
  document.addEventListener("focusin", (event) => {
    if (event.target.closest("[role=dialog]")) return;
    last = event.composedPath()[0];
    keyed = event.target.closest("[class*=st-key-]")?.className.match(/st-key-\S+/)[0];
  });
  for (const press of ["keydown", "pointerdown"]) document.addEventListener(press, () => { pressed = performance.now(); }, true);
  new MutationObserver((changes) => {
    const closed = changes.some(({ removedNodes }) => [...removedNodes].some((node) => node.matches?.(".stDialog")));
    if (closed && !document.querySelector(".stDialog")) goBack(performance.now() + AGAIN);
  }).observe(document.body, { childList: true });
  const app = document.querySelector(".stApp");
  let asking = 0, times = 0;
  // Asked again until it is done: while a page is exchanged for another, nobody may hear it.
  const ask = () => {
    clearTimeout(asking);
    if (inked(app) || times === MOST) { times = 0; return; }
    times += 1;
    tell("theme", times);
    asking = setTimeout(ask, AGAIN);
  };
  new MutationObserver(ask).observe(app, { attributeFilter: ["class"] });
}

function readOut(said) {
  let aloud = document.getElementById("read-out");
  if (!aloud) {
    aloud = document.createElement("div");
    aloud.id = "read-out";
    aloud.setAttribute("aria-live", "polite");
    document.body.append(aloud);
  }
  if (aloud.textContent !== said) aloud.textContent = said;
}

// Looked at again for a while: the button may be drawn anew, or be disabled while the page works. A press ends that.
function goBack(until) {
  if (performance.now() > until || pressed > until - AGAIN) return;
  if (document.activeElement === document.body) {
    const here = last?.isConnected ? last : keyed && document.querySelector(`.${keyed} button`);
    here?.focus({ preventScroll: true });
  }
  setTimeout(goBack, 50, until);
}

// Whether our ink, as the latest drawing of the page set it, is light in the dark and dark in the light.
function inked(app) {
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").match(/[0-9a-f]{2}/gi);
  if (!ink) return true;
  const light = ink.slice(0, 3).reduce((sum, part) => sum + parseInt(part, 16), 0) > 382;
  return light === (getComputedStyle(app).colorScheme === "dark");
}

function another(to) {
  if (to.pathname !== location.pathname) return true;
  const from = new URLSearchParams(location.search);
  return OWN.some((name) => from.has(name) && to.searchParams.has(name) && from.get(name) !== to.searchParams.get(name));
}
