"""How well and how fast identities become customers, beside what needs no labels.

python -m benchmarks.identity --data FILE.jsonl [--policy balanced] [--order shuffled --seed 1]
    [--store memory|sqlite:///FILE] [--answers 2000] [--people N] [--splink] [--json]
python -m benchmarks.identity --senzing DIR --febrl DIR
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import omnimemory
from benchmarks import identity_baselines as baselines
from benchmarks import identity_sets as sets
from benchmarks.identity_measures import agreement, quality
from benchmarks.identity_splink import is_installed, splink
from benchmarks.measure import machine, peak_memory_mb, show
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.policy import Policy, policy_of
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.statistics import Statistics

Result = dict[str, Any]
POLICIES = ("cautious", "balanced", "strict")
BATCH = 2_000
SHUFFLES = (101, 102)


def main(arguments: Sequence[str] | None = None) -> list[Result]:
    """Run what was asked for and print its table; return the rows."""
    options = _options(arguments)
    about = machine()
    results: list[Result] = []
    for name, rows, region in _given(options):
        results += _measure(name, rows, region, options)
    show(results, as_json=options.json, about=about)
    return results


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a file of the form of omni_dev.jsonl")
    parser.add_argument("--senzing", type=Path, help="folder of Senzing's truth set")
    parser.add_argument("--febrl", type=Path, help="folder with FEBRL's dataset3, 4a and 4b")
    parser.add_argument("--policy", choices=POLICIES, help="one policy; all if left out")
    parser.add_argument("--order", choices=["given", "shuffled"], default="given")
    parser.add_argument("--seed", type=int, default=1, help="of the shuffle and of --people")
    parser.add_argument("--people", type=int, help="only so many people, drawn at random")
    parser.add_argument("--store", default="memory", help="memory, or a store's URL")
    parser.add_argument("--answers", type=int, default=0, help="questions answered by the truth")
    parser.add_argument("--region", default="AU", help="country of phone numbers that name none")
    parser.add_argument("--unique", default="app", help="namespaces with one id a person")
    parser.add_argument("--splink", action="store_true", help="Splink as one more baseline")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--no-shuffles", action="store_true", help="leave out the agreement")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not (options.data or options.senzing or options.febrl):
        parser.error("name a set: --data, --senzing or --febrl")
    if options.splink and not is_installed():
        options.splink = False
        sys.stderr.write("Splink is left out: pip install splink duckdb, best in its own venv\n")
    return options


def _given(options: Any) -> Iterable[tuple[str, list[sets.Row], str]]:
    if options.data:
        rows = sets.omni(options.data)
        if options.people:
            rows = sets.people(rows, options.people, options.seed)
        yield options.data.stem, rows, options.region
    if options.senzing:
        yield "senzing persons", sets.senzing(options.senzing), "US"
    if options.febrl:
        yield "febrl 3", sets.febrl(options.febrl / "dataset3.csv"), "AU"
        four = [options.febrl / f"dataset4{part}.csv" for part in "ab"]
        yield "febrl 4", sets.febrl(*four), "AU"


def _measure(name: str, rows: list[sets.Row], region: str, options: Any) -> list[Result]:
    if options.order == "shuffled":
        rows = _shuffled(rows, options.seed)
    truth = {row.identity: row.truth for row in rows}
    out: list[Result] = []
    for chosen in [options.policy] if options.policy else POLICIES[:2]:
        policy = msgspec.structs.replace(
            policy_of(chosen), region=region, unique=frozenset(options.unique.split(","))
        )
        out.append({"set": name, "what": chosen, **_run(rows, truth, policy, options)})
    methods = {} if options.no_baselines else dict(_BASELINES)
    if options.splink:
        methods["Splink, EM, .9"] = splink
    out += [
        {"set": name, "what": what, **_timed(method, rows, truth, region)}
        for what, method in methods.items()
    ]
    return out


_BASELINES: Mapping[str, Callable[[Iterable[Evidence]], dict[str, str]]] = {
    "any shared identifier": baselines.any_identifier,
    "identifier limits": baselines.identifier_limits,
}


def _run(rows: list[sets.Row], truth: Mapping[str, str], policy: Policy, options: Any) -> Result:
    if options.store != "memory":
        return _stored(rows, truth, policy, options.store)
    resolver, times, seconds = _resolve(rows, policy)
    found = dict(resolver.ledger.customer_of)
    out: Result = {
        **quality(found, truth),
        **_questions(resolver.ledger, truth),
        "records_per_s": round(len(rows) / seconds),
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(len(times) * 0.99)],
        "peak_mb": round(peak_memory_mb()),
    }
    if not options.no_shuffles:
        again = [dict(_resolve(_shuffled(rows, seed), policy)[0].ledger.customer_of)
                 for seed in SHUFFLES]  # fmt: skip
        pairs = [(found, again[0]), (found, again[1]), (again[0], again[1])]
        out["agreement"] = min(agreement(one, other) for one, other in pairs)
    if options.answers:
        asked = answer(resolver, truth, options.answers)
        after = quality(resolver.ledger.customer_of, truth)
        out |= {"answered": asked, "P_after": after["P"], "F1_after": after["F1"]}
    return out


def _resolve(rows: list[sets.Row], policy: Policy) -> tuple[Resolver, list[float], float]:
    """Return the resolver, the milliseconds of each record in order, and all seconds."""
    ready = [row.evidence(policy.region) for row in rows]
    resolver = Resolver(policy, Ledger(), Statistics())
    times: list[float] = []
    begin = time.process_time()
    for position, one in enumerate(ready, 1):
        start = time.perf_counter()
        resolver.add(one)
        times.append((time.perf_counter() - start) * 1_000)
        if position % BATCH == 0:
            resolver.settle()
    resolver.settle()
    return resolver, sorted(times), time.process_time() - begin


def _questions(ledger: Ledger, truth: Mapping[str, str]) -> Result:
    asked = _open(ledger)
    right = sum(_same(ledger, left, right, truth) for _, left, right in asked)
    precision = round(right / len(asked), 3) if asked else None
    return {"questions": len(asked), "questions_right": precision}


def _open(ledger: Ledger) -> list[tuple[float, str, str]]:
    """Return open questions by their value, the most valuable first."""
    out: list[tuple[float, str, str]] = []
    for left, others in ledger.questions.items():
        for right, score in others.items():
            if left < right and {left, right} <= ledger.profiles.keys():
                sizes = [len(ledger.profiles[one].members) for one in (left, right)]
                out.append((score.posterior * sizes[0] * sizes[1], left, right))
    return sorted(out, key=lambda one: (-one[0], one[1:]))


def _same(ledger: Ledger, left: str, right: str, truth: Mapping[str, str]) -> bool:
    """Return what somebody who knows would answer: who most of the records are."""
    people = [
        max(sorted(names := [truth[id] for id in ledger.profiles[one].members]), key=names.count)
        for one in (left, right)
    ]
    return people[0] == people[1]


def answer(resolver: Resolver, truth: Mapping[str, str], most: int) -> int:
    """Answer open questions by the truth, the most valuable first; return how many."""
    ledger = resolver.ledger
    count = 0
    while count < most and (asked := _open(ledger)):
        for _, left, right in asked[: min(_ROUND, most - count)]:
            if not {left, right} <= ledger.profiles.keys():
                continue
            count += 1
            if _same(ledger, left, right, truth):
                kept, gone = sorted((left, right), key=lambda one: (ledger.age[one], one))
                ledger.merge(gone, kept)
                ledger.settle(gone, kept)
            else:
                ledger.settle(left, right)
                for one in ledger.profiles[left].members:
                    for other in ledger.profiles[right].members:
                        ledger.keep_apart(one, other)
    return count


_ROUND = 50


def _stored(rows: list[sets.Row], truth: Mapping[str, str], policy: Policy, url: str) -> Result:
    """Return the same through ingest, into a store."""
    with omnimemory.connect(url, tenant="bench", identity=policy) as memory:
        begin = time.perf_counter()
        report = memory.ingest(row.record() for row in rows)
        seconds, peak = time.perf_counter() - begin, peak_memory_mb()
        view = memory.view()
        edges = view.edges(list(truth), kinds=["SAME_AS"], at="source")
        found = {edge.source: edge.target for edge in edges}
    return {
        **quality(found, truth),
        "questions": report.identity["review"],
        "records_per_s": round(len(rows) / seconds),
        "peak_mb": round(peak),
    }


def _timed(
    method: Callable[[Iterable[Evidence]], dict[str, str]],
    rows: list[sets.Row],
    truth: Mapping[str, str],
    region: str,
) -> Result:
    ready = [row.evidence(region) for row in rows]
    begin = time.process_time()
    found = method(ready)
    seconds = max(time.process_time() - begin, 1e-6)
    return {**quality(found, truth), "records_per_s": round(len(rows) / seconds)}


def _shuffled(rows: list[sets.Row], seed: int) -> list[sets.Row]:
    out = list(rows)
    random.Random(seed).shuffle(out)
    return out


if __name__ == "__main__":
    main()
