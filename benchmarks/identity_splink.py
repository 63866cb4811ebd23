"""Splink on the same rows: Fellegi-Sunter with its own EM, in DuckDB; it is no dependency.

It needs an environment that has ``splink`` and ``duckdb`` beside ours.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

from omnimemory.identity.evidence import Evidence

THRESHOLD: Final = 0.9
_SEED: Final = 1
_KEYS: Final = ("email", "phone", "device", "handle", "id")
_NAMES: Final = ("given", "surname")


def is_installed() -> bool:
    """Return whether Splink and DuckDB are there."""
    return all(importlib.util.find_spec(name) is not None for name in ("splink", "duckdb"))


def splink(rows: Iterable[Evidence]) -> dict[str, str]:
    """Return the customers that Splink makes of normal forms, at a posterior of .9.

    It blocks on each identifier, on both names, and on a name with a postcode or day of birth,
    as its tutorials do, and takes names by their frequency.
    """
    pa: Any = import_module("pyarrow")
    cl: Any = import_module("splink.comparison_library")
    sp: Any = import_module("splink")
    logging.getLogger("splink").setLevel(logging.ERROR)
    names = [cl.JaroWinklerAtThresholds(name, [0.92, 0.85]) for name in _NAMES]
    exact = [cl.ExactMatch(name) for name in (*_KEYS, "postcode", "born")]
    rules = [sp.block_on(key) for key in _KEYS]
    rules += [
        sp.block_on(*_NAMES),
        sp.block_on("surname", "postcode"),
        sp.block_on("given", "born"),
    ]
    settings = sp.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            *(one.configure(term_frequency_adjustments=True) for one in names),
            *exact,
        ],
        blocking_rules_to_generate_predictions=rules,
        max_iterations=10,
    )
    api = sp.DuckDBAPI()
    table = api.register(pa.Table.from_pylist([_row(one) for one in rows], schema=_schema(pa)))
    linker = sp.Linker(table, settings, log_level=logging.ERROR)
    certain = [sp.block_on("email"), sp.block_on("id"), sp.block_on("handle")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=_SEED)
    for rule in (sp.block_on(*_NAMES), sp.block_on("email"), sp.block_on("phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=THRESHOLD)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, THRESHOLD)
    return {row["unique_id"]: str(row["cluster_id"]) for row in found.as_record_list()}


def _row(one: Evidence) -> dict[str, str | None]:
    """Return evidence as a row, the first identifier of each type."""
    by_type: dict[str, str] = {}
    for clue in one.clues:
        by_type.setdefault(clue.kind.partition(" ")[0], clue.key)
    return {
        "unique_id": one.id,
        "given": (one.name and one.name.given) or None,
        "surname": (one.name and one.name.surname) or None,
        **{name: by_type.get(name) for name in _KEYS},
        "postcode": one.postcode,
        "born": one.born,
    }


def _schema(pa: Any) -> Any:
    names = ("unique_id", *_NAMES, *_KEYS, "postcode", "born")
    return pa.schema([(name, pa.string()) for name in names])
