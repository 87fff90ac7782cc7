"""The fitted model: one weight a feature. Written by `python -m tests.bench.context.fit`; not edited by hand."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    files: Mapping[str, float]
    """A weight for each of FILE_FEATURES."""
    parts: Mapping[str, float]
    """A weight for each of PART_FEATURES."""


FITTED = Model(
    files={
        "all": -0.7384,
        "title": 1.5474,
        "prose": 1.1573,
        "code": 0.3580,
        "names": 0.3267,
        "best": 1.9629,
        "bests": 1.1666,
        "mentioned": 0.4086,
        "defines": 0.6448,
        "title_names": 0.1831,
        "title_names_relative": 0.5652,
        "trigrams": 0.7306,
        "path": 2.0562,
        "base": 0.9203,
        "stem": 0.9814,
        "frames": 0.1837,
        "test": -2.8700,
        "prose_file": -1.4900,
        "beside": -1.4470,
        "size": -0.1526,
    },
    parts={
        "all": 0.3113,
        "title": 2.3007,
        "code": 1.4568,
        "name": 1.5843,
        "exact": 0.9119,
        "mentioned": 2.4270,
        "trigrams": 2.0667,
        "coverage": -3.8841,
        "name_share": 0.2838,
        "word": 0.2145,
        "qualified": -6.7377,
        "named_class": -2.1997,
        "frame": -1.4250,
        "function": 0.9118,
        "class_lines": -1.6265,
        "module_lines": -0.1725,
        "init": -1.1996,
        "length": 0.1085,
        "test": -2.3736,
        "prose_file": -1.4039,
        "top": 1.6981,
        "of_file_best": 0.2499,
        "rank_in_file": -0.2015,
        "parts_in_file": -0.0560,
        "before": -0.0021,
        "after": -0.0107,
        "class_best": -0.1583,
        "class_share": 1.7442,
        "class_exact": -0.0161,
        "in_class": -0.9314,
        "private": 0.0995,
        "dunder": 1.2582,
        "called": -0.4623,
        "file_likelihood": 0.1213,
        "file_rank": -0.2925,
        "file_score": 0.2576,
    },
)
