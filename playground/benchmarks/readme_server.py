"""What `docs/measured.md` says of a server: its redraws, a class on it, and what is meant to harm it."""

from __future__ import annotations

from typing import Any

from playground.benchmarks.phrasing import listed, paragraph, percent, source, span, table


def refresh(report: dict[str, Any]) -> str:
    """What a redraw costs, beside the same at another commit where that was measured too."""
    cost = 1 - min(row["ratio"] for row in report["training"])
    head = paragraph(
        f"{source(report)}: a viewer costs the training at most {percent(cost)} of its speed. A redraw of the Train "
        f"page, with {listed(sorted({row['viewers'] for row in report['redraws']}))} viewers, at each of these "
        "commits; the last two columns are what the main thread of a browser works for a View:"
    )
    columns = ("", "KB", "KB of the stage", "server, ms of CPU", "browser, ms", "stage hidden, ms")
    return f"{head}\n" + table(
        columns, [row for found in (report, report.get("against")) if found for row in _redraws(found)]
    )


def _redraws(report: dict[str, Any]) -> list[list[str]]:
    rows = []
    for shown in report["browser"]:
        of = [row for row in report["redraws"] if row["preset"] == shown["preset"]]
        name = f"{shown['preset']}, {report['commit']}"
        kb, stage, ms = (span((row[key] for row in of), 1) for key in ("kb", "stage_kb", "ms"))
        rows.append([name, kb, stage, ms, f"{shown['shown']:.0f}", f"{shown['hidden']:.0f}"])
    return rows


def classroom(report: dict[str, Any]) -> str:
    """What a class meets on one server: a row for each number of engines."""
    first = report["rows"][0]
    loaded = max((row["others_busy"] or 0.0) for row in report["rows"])
    others = f" Other programs kept up to {loaded:.1f} cores busy." if loaded > 0.2 else ""
    head = paragraph(
        f"{source(report)}, {report['machine']}: {first['students']} students on one server, {first['hostile']} of "
        f"them hostile, each with a run of {report['preset']}.{others} A press is 95 times in 100 seen on the page "
        "after so many seconds; fairness is Jain's index of the steps of those who are not hostile; one run alone was "
        "measured before and after:"
    )
    presses = ("Pause, s", "Play, s")
    columns = (
        "engines",
        "load before",
        "redraws/s",
        "KB",
        *presses,
        "fairness",
        "steps/s in all",
        "steps/s of one alone",
    )
    return f"{head}\n" + table(columns, map(_class, report["rows"]))


def _class(row: dict[str, Any]) -> list[Any]:
    pressed = [row["presses"][name]["p95"] for name in ("Pause", "Play")]
    shown = [row["engines"], row["load"], row["redraws_per_s"], row["kb"], *pressed, row["fairness"]]
    alone = " / ".join(f"{rate:.0f}" for rate in row["alone_steps_per_s"])
    return [*shown, f"{row['steps_per_s']:.0f}", alone]


def moments(report: dict[str, Any]) -> str:
    last, mib = report["rows"][-1], 2**20
    return paragraph(
        f"{source(report)}: after {round(last['step'], -3):,} steps of the {report['preset']} {last['moments']} "
        f"moments take {last['bytes'] / mib:.0f} MiB of the {report['budget'] / mib:.0f} that a run may use; keeping "
        f"them leaves {report['speed_ratio']:.2f} of the speed."
    )


def kills(report: dict[str, Any]) -> str:
    """What `tests.kills` found on the disk after each kill of `train`."""
    rows = report["rows"]
    inside = sum(row["where"] != "anywhere" for row in rows)
    equal = "has the same bytes as" if report["equal_to_the_run_that_nobody_killed"] else "differs from"
    return paragraph(
        f"{source(report)}: `train` killed {len(rows)} times, {inside} of them within a save, saving every "
        f"{report['save_every']:g} s: it went on from at most {report['most_seconds_lost']:.1f} s before each kill, "
        f"{report['torn']} files were torn, {report['behind']} times a kill between two moves left older curves or an "
        f"older picture, and the finished run {equal} one that nobody killed "
        "([assets/evidence/kills.json](assets/evidence/kills.json))."
    )


def hostile(report: dict[str, Any]) -> str:
    """What crafted files cost the engine."""
    rows = [row for name, row in report["files"].items() if name != "nothing is opened"]
    return paragraph(
        f"{source(report)}: {len(rows)} crafted files and {report['header_bits']:,} flipped header bits, opened while "
        f"a run trains: the answer came after at most {max(row['seconds'] for row in rows):.1f} s, with at most "
        f"{max(row['mib'] for row in rows):.0f} MiB more memory, and the training never stood still for more than "
        f"{max(row['still'] for row in rows):.2f} s ([assets/evidence/hostile.json](assets/evidence/hostile.json))."
    )


def inputs(report: dict[str, Any]) -> str:
    """What inputs that were made for harm do to a server."""
    return paragraph(
        f"{source(report)}: {report['n']:,} addresses, folders, files, zips and forged messages, sent to a server: "
        f"{report['tracebacks']} tracebacks on a page, {report['errors_of_ours']} errors of ours in the log and "
        f"{report['errors_in_streamlit']} within Streamlit, of values that none of its pages sends, "
        f"{report['files_outside']} files outside of the data folder, {report['unanswered']} drawings that took more "
        f"than 20 s, and at most {report['peak_mib']} MiB of server and engines "
        "([assets/evidence/inputs.json](assets/evidence/inputs.json))."
    )
