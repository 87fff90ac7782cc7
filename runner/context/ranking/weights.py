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
        "all": -0.6882,
        "title": 1.4161,
        "prose": 1.0440,
        "code": 0.2812,
        "names": 0.1925,
        "best": 1.9336,
        "bests": 1.2007,
        "mentioned": 0.4249,
        "defines": 0.6296,
        "title_names": 0.2064,
        "title_names_relative": 0.5141,
        "trigrams": 0.6430,
        "path": 0.5000,
        "base": 1.1722,
        "stem": 0.7782,
        "frames": 0.5000,
        "test": -2.8459,
        "prose_file": -1.3711,
        "beside": -1.4047,
        "size": -0.1093,
    },
    parts={
        "all": -0.5699,
        "title": 2.3418,
        "code": 1.0694,
        "name": 1.9712,
        "exact": 0.0612,
        "mentioned": 2.3983,
        "trigrams": 0.6447,
        "name_share": 0.0198,
        "frame": 2.8561,
        "function": 0.7505,
        "class_lines": -1.3011,
        "module_lines": -0.1963,
        "init": -1.2612,
        "length": -0.0611,
        "test": -2.3716,
        "prose_file": -1.6570,
        "top": 1.7047,
        "of_file_best": 0.2838,
        "rank_in_file": -0.2014,
        "parts_in_file": -0.1315,
        "before": -0.0050,
        "after": -0.0111,
        "class_best": -0.1434,
        "class_share": 1.5007,
        "class_exact": -1.4142,
        "in_class": -0.9478,
        "private": 0.2116,
        "dunder": 1.3879,
        "file_likelihood": 0.0577,
        "file_rank": -0.4043,
        "file_score": 0.2303,
    },
)
