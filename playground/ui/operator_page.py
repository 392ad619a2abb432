"""The operator's page: the numbers of the server as plain HTML, which needs no script and comes anew by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape

from playground.ui.numbers import LIMITS, NUMBERS, Number
from playground.utils import shares
from playground.utils.translation import _

EVERY = 5  # seconds until the page comes anew
_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --card: #f3f4f5; --line: #d9dde1; --ink: #1b2126; --soft: #5a6570;
  --bar: #0a7f66; --much: #b3470a; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --card: #20252a; --line: #363d44; --ink: #e8ebed;
  --soft: #a3adb6; --bar: #2aa385; --much: #f08a4b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1rem; margin: 1.75rem 0 .6rem; }
p { margin: 0; color: var(--soft); } .state { color: var(--ink); font-weight: 600; } .bad { color: var(--much); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(155px, 1fr)); gap: .6rem; margin: 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .75rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
dd small { font-size: .8rem; color: var(--soft); } meter { width: 100%; height: .6rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 400; font-size: .85rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } code { font-size: .85rem; }
@media (max-width: 640px) { th:nth-child(4), td:nth-child(4) { display: none; } }
"""


def html(found: Mapping[str, float]) -> str:
    """The page with these numbers."""
    groups = dict.fromkeys(number.group for number in NUMBERS.values() if number.group not in ("", LIMITS))
    body = "".join(
        f"<h2>{escape(group)}</h2><dl>"
        + "".join(_card(name, number, found) for name, number in NUMBERS.items() if number.group == group)
        + "</dl>"
        for group in groups
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(_("Server"))} · GAN Playground'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{EVERY}">'
        f"<style>{_STYLE}</style></head><body><header><h1>GAN Playground</h1>{_state(found)}</header>"
        f"{body}<h2>{escape(_('Limits'))}</h2>{_limits(found)}</body></html>"
    )


def _state(found: Mapping[str, float]) -> str:
    """How the server is, in one line, and as of when."""
    if found["engines_silent"]:
        state, kind = _("An engine does not answer. It is started again if that lasts."), "state bad"
    elif not found["engines"]:
        state, kind = _("No engine answers yet."), "state bad"
    else:
        state, kind = _("All engines answer."), "state"
    when = _("As of {time}. The page renews itself every {n} seconds.").format(time=time.strftime("%H:%M:%S"), n=EVERY)
    return f'<p><span class="{kind}">{escape(state)}</span> {escape(when)}</p>'


def _card(name: str, number: Number, found: Mapping[str, float]) -> str:
    value, most = found[name], found.get(number.most, 0.0)
    of = f" <small>/ {escape(spelled(most, number.unit))}</small>" if most else ""
    bar = ""
    if most:
        level = f'min="0" max="{most:g}" high="{0.85 * most:g}" optimum="0" value="{min(value, most):g}"'
        bar = f'<meter aria-label="{escape(number.title)}" {level}></meter>'
    shown = escape(spelled(value, number.unit))
    return f"<div><dt>{escape(number.title)}</dt><dd>{shown}{of}</dd>{bar}</div>"


def _limits(found: Mapping[str, float]) -> str:
    """What each limit is, and how often it was met."""
    heads = (_("What"), _("At most"), _("Met"), _("Beyond"), _("Setting"))
    rows = []
    for name, says in shares.LIMITS.items():
        share = shares.SHARES.get(name)
        most = spelled(shares.limit(name), "bytes" if share.unit == "bytes" else "") if share else "–"
        beyond, setting = (share.beyond, share.setting) if share else (_("refused, with a sentence"), "–")
        hits = spelled(found[f"limit_{name}_hits"], "")
        rows.append(
            f'<tr><td>{escape(_(says))}</td><td class="n">{escape(most)}</td><td class="n">{escape(hits)}</td>'
            f"<td>{escape(_(beyond))}</td><td><code>{escape(setting)}</code></td></tr>"
        )
    head = "".join(f"<th{' class=n' if n in (1, 2) else ''}>{escape(one)}</th>" for n, one in enumerate(heads))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def spelled(value: float, unit: str) -> str:
    """A number as a person reads it."""
    if unit == "bytes":
        return f"{value / shares.GIB:.1f} GB" if value >= shares.GIB else f"{value / shares.MIB:.0f} MB"
    if unit == "seconds":
        return f"{value:.1f} s"
    return f"{value:,.0f}".replace(",", "\u202f") if value >= 100 or value == int(value) else f"{value:.1f}"
