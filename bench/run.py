"""The product beside the control, as one Markdown table: `python -m bench.run [section]`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from operator import attrgetter, itemgetter
from pathlib import Path
from statistics import median

from bench import beside, duplicates, interactive, posters, processes, queues, stalled, workbook
from bench.client import ROOT
from bench.exchange import fetch
from bench.page import FormPage, addresses_within, paths_beside
from bench.race import CPU_MS, P50_MS, P95_MS, P99_MS, RATE, ROUNDS, SECONDS, Contender, Samples, plan, race
from bench.servers import CONTROL, NO_FILE, PRODUCT, Application, Server, own_config, serving
from bench.table import Goal, Line, compared, markdown
from bench.visitor import Mode

INTERACTIVE_ROUNDS = 7
WORKBOOK_ROUNDS = 11
POSTER_ROUNDS = 5
FORM_CLIENTS = 20
SUBMIT_CLIENTS = (1, 20, 100)
STALLED_CLIENTS = 20
CONTROL_CONFIGS = {
    "sync 2": (*NO_FILE, "--worker-class", "sync", "--workers", "2"),
    "sync 4": (*NO_FILE, "--worker-class", "sync", "--workers", "4"),
    "gthread 2x4": (*NO_FILE, "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
}
SAME_CONFIG = "same settings"

RACE = "Medians of {} interleaved rounds of {:g} s, and the median of the rounds' ratios"
METHODS = {
    "beside": RACE.format(beside.ROUNDS, beside.SECONDS),
    "size": "One request each",
    "interactive": f"Medians of {INTERACTIVE_ROUNDS} visits in turns, and the median of their ratios",
    "workbook": f"Medians of {WORKBOOK_ROUNDS} in turns, and the median of their ratios",
    "posters": f"Medians of {POSTER_ROUNDS} in turns, and the median of their ratios",
    "queue": f"Medians of {queues.ROUNDS} pages in turns, and the median of their ratios",
    "processes": f"Processor: medians of {processes.ROUNDS} starts in turns; memory: one worker of each",
    "duplicates": "Medians of all texts, which the two databases look up in turns",
}

FORM_RATE = Goal(0.4, is_minimum=True)
FORM_CPU = Goal(2)
SUBMIT_RATE = Goal(0.9, is_minimum=True)
SUBMIT_P99 = Goal(1.5)
STALLED_P95_MS = Goal(1_000, of_ratio=False)
FORM_BYTES = Goal(14 * 1024, of_ratio=False)
FORM_REQUESTS = Goal(3, of_ratio=False)
INTERACTIVE_SECONDS = Goal(1.2, of_ratio=False)
WORKBOOK_SECONDS = Goal(1.1)
WORKBOOK_MB = Goal(60, of_ratio=False)
POSTERS_SECONDS = Goal(60, of_ratio=False)
POSTERS_MB = Goal(1.5)
START_SECONDS = Goal(1.5, of_ratio=False)
WATCHING_MB = Goal(25, of_ratio=False)
IDLE_MB = Goal(1.35)
GROWN_MB = Goal(1.1)


def form_lines(product: Application) -> list[Line]:
    config = own_config()
    with serving(product, config) as ours, serving(CONTROL, config) as control:
        page = plan(ours, Mode.GET, FORM_CLIENTS)
        hello = replace(plan(control, Mode.GET, FORM_CLIENTS), path="/hello")
        samples = race({"page": Contender(ours, page), "hello": Contender(control, hello)})
    pages, hellos = samples["page"], samples["hello"]
    return [
        compared("form pages a second, beside the control's hello", pages, hellos, RATE, FORM_RATE),
        compared("server CPU ms a form page, beside hello", pages, hellos, CPU_MS, FORM_CPU),
    ]


def submit_lines(product: Application) -> list[Line]:
    lines: list[Line] = []
    with ExitStack() as stack:
        ours = stack.enter_context(serving(product, own_config()))
        configs = {SAME_CONFIG: own_config(), **CONTROL_CONFIGS}
        controls = {name: stack.enter_context(serving(CONTROL, config)) for name, config in configs.items()}
        for clients in SUBMIT_CLIENTS:
            visits = {
                name: Contender(server, plan(server, Mode.VISIT, clients))
                for name, server in ({"product": ours} | controls).items()
            }
            lines += submit_lines_at(clients, race(visits))
    return lines


def submit_lines_at(clients: int, samples: Samples) -> list[Line]:
    ours, same = samples["product"], samples[SAME_CONFIG]
    best_config = max(CONTROL_CONFIGS, key=lambda name: median(map(RATE, samples[name])))
    best = samples[best_config]
    beside_best = f"{clients} at once, the control at its best ({best_config})"
    return [
        compared(f"visits a second, {clients} at once", ours, same, RATE, SUBMIT_RATE),
        compared(f"visit p50 ms, {clients} at once", ours, same, P50_MS),
        compared(f"visit p99 ms, {clients} at once", ours, same, P99_MS, SUBMIT_P99),
        compared(f"server CPU ms a visit, {clients} at once", ours, same, CPU_MS),
        compared(f"visits a second, {beside_best}", ours, best, RATE, SUBMIT_RATE),
        compared(f"visit p99 ms, {beside_best}", ours, best, P99_MS, SUBMIT_P99),
    ]


def stalled_lines(product: Application) -> list[Line]:
    with stalled.behind_nginx(product, own_config()) as (front, bare):
        calm = Contender(front, plan(front, Mode.VISIT, STALLED_CLIENTS))
        samples = race({"stalled": replace(calm, during=partial(stalled.stalled_uploads, front)), "calm": calm})
        with stalled.stalled_uploads(front):
            front_ms = stalled.ms_to_form(front)
        with stalled.stalled_uploads(bare):
            bare_ms = stalled.ms_to_form(bare)
    meanwhile = f"while {stalled.UPLOADS} uploads stall"
    visits = f"{STALLED_CLIENTS} at once behind nginx, {meanwhile}, beside none"
    return [
        compared(f"visit p50 ms, {visits}", samples["stalled"], samples["calm"], P50_MS),
        compared(f"visit p95 ms, {visits}", samples["stalled"], samples["calm"], P95_MS, STALLED_P95_MS),
        compared(f"ms to one form page {meanwhile}, nginx beside bare gunicorn", [front_ms], [bare_ms], float),
    ]


def size_lines(product: Application) -> list[Line]:
    with serving(product, own_config()) as ours, serving(CONTROL, own_config()) as control:
        sizes = [response_sizes(ours)], [response_sizes(control)]
    return [
        compared("bytes of the form page, headers included", *sizes, itemgetter(0)),
        compared("bytes of the form page with styles and scripts", *sizes, sum, FORM_BYTES),
        compared("requests for the form page with styles and scripts", *sizes, len, FORM_REQUESTS),
    ]


def interactive_lines(product: Application) -> list[Line]:
    with (
        serving(product, own_config()) as ours,
        serving(CONTROL, own_config()) as control,
        interactive.phone_browser() as browser,
    ):
        visits = [
            tuple(interactive.seconds_to_use(browser, server) for server in (ours, control))
            for _ in range(1 + INTERACTIVE_ROUNDS)
        ]
    our_seconds, control_seconds = zip(*visits[1:], strict=True)  # the first visit only warms the browser up
    measure = "seconds until the form can be used on a cheap phone with a bad network"
    return [compared(measure, our_seconds, control_seconds, float, INTERACTIVE_SECONDS)]


def workbook_lines() -> list[Line]:
    with workbook.filled_folder():
        rounds = [(workbook.costs("ours"), workbook.costs("bare")) for _ in range(WORKBOOK_ROUNDS)]
    our_costs, bare_costs = zip(*rounds, strict=True)
    rows = f"workbook of {workbook.ROWS:,} rows, beside bare openpyxl"
    return [
        compared(f"seconds for a {rows}", our_costs, bare_costs, attrgetter("seconds"), WORKBOOK_SECONDS),
        compared(f"MB of memory for a {rows}", our_costs, bare_costs, attrgetter("peak_growth_mb"), WORKBOOK_MB),
    ]


def poster_lines() -> list[Line]:
    rounds = [(posters.costs(posters.MANY), posters.costs(posters.FEW)) for _ in range(POSTER_ROUNDS)]
    many, few = zip(*rounds, strict=True)
    which = f"the A4 posters of {posters.MANY} channels as one PDF, beside those of {posters.FEW}"
    return [
        compared(f"seconds for {which}", many, few, attrgetter("seconds"), POSTERS_SECONDS),
        compared(f"MB of memory for {which}", many, few, attrgetter("peak_growth_mb"), POSTERS_MB),
    ]


def process_lines(product: Application) -> list[Line]:
    began = compared("seconds of processor to start, beside the bare stack", *processes.starts(), float, START_SECONDS)
    watching, nothing = processes.supervisor_mb()
    with (
        serving(product, (*own_config(), *processes.ONE_WORKER)) as ours,
        serving(CONTROL, (*NO_FILE, *processes.ONE_WORKER)) as control,
    ):
        (idle, grown), (control_idle, control_grown) = processes.weights(ours), processes.weights(control)
    after = f"after {processes.REQUESTS:,} requests"
    return [
        began,
        compared("MB of the process that watches, beside an idle Python", [watching], [nothing], float, WATCHING_MB),
        compared("MB of an idle web process", [idle], [control_idle], float, IDLE_MB),
        compared(f"MB of a web process {after}", [grown], [control_grown], float),
        compared(f"MB of a web process {after}, beside itself before", [grown], [idle], float, GROWN_MB),
    ]


def response_sizes(server: Server) -> list[int]:
    """Of the form page, then of whatever it makes a browser load."""
    page = fetch(server.port, server.form_path, gzip=True)
    sizes, seen = [len(page.raw)], {server.form_path}
    pending = paths_beside(server.form_path, FormPage(page.body.decode()).assets)
    while pending - seen:
        path = (pending - seen).pop()
        asset = fetch(server.port, path, gzip=True)
        sizes.append(len(asset.raw))
        seen.add(path)
        if path.partition("?")[0].endswith((".css", ".js")):
            pending |= paths_beside(path, addresses_within(asset.body.decode()))
    return sizes


def report_of(name: str, lines: list[Line]) -> str:
    method = METHODS.get(name, RACE.format(ROUNDS, SECONDS))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"## {name}\n\n{method}; {machine}.\n\n{markdown(lines)}\n"


def renewed(results: str, reports: Mapping[str, str], order: Iterable[str]) -> str:
    """The results with some sections measured anew; the others stay as they were."""
    parts = {part.split()[0]: f"## {part.rstrip()}\n" for part in f"\n{results}".split("\n## ")[1:]} | dict(reports)
    return "\n".join(
        ["# Results\n\n`python -m bench.run`, section by section.\n", *(parts[one] for one in order if one in parts)]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stand-in", action="store_true", help="measure the control against itself")
    parser.add_argument("--results", type=Path, help="where to write (default: bench/results.md)")
    parser.add_argument("section", nargs="?", default="all", choices=(*SECTIONS, "all"))
    wanted = parser.parse_args()
    product = CONTROL if wanted.stand_in else PRODUCT
    chosen = SECTIONS if wanted.section == "all" else {wanted.section: SECTIONS[wanted.section]}
    results = wanted.results or (None if wanted.stand_in else ROOT / "bench" / "results.md")
    for name, lines in chosen.items():
        report = report_of(name, lines(product))
        sys.stdout.write(report)
        sys.stdout.flush()
        if results:
            before = results.read_text(encoding="utf-8") if results.exists() else ""
            results.write_text(renewed(before, {name: report}, SECTIONS), encoding="utf-8")


SECTIONS: dict[str, Callable[[Application], list[Line]]] = {
    "form": form_lines,
    "submit": submit_lines,
    "beside": lambda product: beside.lines() if product is PRODUCT else [],
    "stalled": stalled_lines,
    "size": size_lines,
    "interactive": interactive_lines,
    "processes": process_lines,
    "workbook": lambda _product: workbook_lines(),
    "posters": lambda _product: poster_lines(),
    "queue": lambda _product: queues.lines(),
    "duplicates": lambda _product: duplicates.lines(),
}


if __name__ == "__main__":
    main()
