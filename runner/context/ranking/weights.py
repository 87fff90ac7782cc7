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
        "all": -0.6266,
        "title": 1.4588,
        "prose": 1.0431,
        "code": 0.2783,
        "names": 0.1608,
        "best": 1.8396,
        "bests": 1.2190,
        "mentioned": 0.4109,
        "defines": 0.6305,
        "title_names": 0.2074,
        "title_names_relative": 0.4763,
        "trigrams": 0.6578,
        "path": 0.5000,
        "base": 1.1533,
        "stem": 0.7814,
        "frames": 0.5000,
        "test": -2.8420,
        "prose_file": -1.2528,
        "beside": -1.4843,
        "size": -0.1105,
    },
    parts={
        "all": -0.2283,
        "title": 2.3260,
        "code": 0.9097,
        "name": 1.9197,
        "exact": 0.4904,
        "mentioned": 2.3553,
        "trigrams": 0.3654,
        "name_share": 0.0023,
        "frame": 2.5065,
        "function": 0.5687,
        "class_lines": -1.4793,
        "module_lines": 0.2252,
        "init": -1.3306,
        "length": -0.0741,
        "test": -2.3427,
        "prose_file": -1.9998,
        "top": 1.0053,
        "private": 0.1732,
        "dunder": 1.4656,
        "of_file_best": 0.4878,
        "rank_in_file": -0.1735,
        "parts_in_file": -0.1917,
        "before": -0.0089,
        "after": -0.0105,
        "class_best": -0.1180,
        "class_share": 1.5428,
        "class_exact": -0.6353,
        "in_class": -0.9525,
        "file_likelihood": 0.0601,
        "file_rank": -0.3577,
        "file_score": 0.2389,
    },
)
