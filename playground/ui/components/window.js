// Streamlit adds an entry to the browser's history for every change of the address. Only another page, another run and
// another race are entries of ours: Back then leads from a fork to the run that it came from, at one press.
// And it hears Escape only while the focus is in the dialog: a button that is disabled while it works loses the focus.
// When the theme changes it changes its own colours only; ours come with the next drawing, for which this asks.

const OWN = ["run", "race"];
let tell;

export default function (component) {
  tell = component.setTriggerValue;
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
  const app = document.querySelector(".stApp"), theme = () => getComputedStyle(app).colorScheme;
  let shown = theme();
  new MutationObserver(() => {
    if (shown !== theme()) tell("theme", shown = theme());
  }).observe(app, { attributeFilter: ["class"] });
}

function another(to) {
  if (to.pathname !== location.pathname) return true;
  const from = new URLSearchParams(location.search);
  return OWN.some((name) => from.has(name) && to.searchParams.has(name) && from.get(name) !== to.searchParams.get(name));
}
