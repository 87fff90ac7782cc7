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
        "all": -0.7855,
        "title": 1.5568,
        "prose": 1.1659,
        "code": 0.3518,
        "names": 0.3249,
        "best": 1.9873,
        "bests": 1.1831,
        "mentioned": 0.4042,
        "defines": 0.6471,
        "title_names": 0.1841,
        "title_names_relative": 0.5554,
        "trigrams": 0.7304,
        "path": 2.0608,
        "base": 0.9169,
        "stem": 0.9765,
        "frames": 0.1854,
        "test": -2.8707,
        "prose_file": -1.4990,
        "beside": -1.4390,
        "size": -0.1508,
    },
    parts={
        "all": 0.3201,
        "title": 2.0471,
        "code": 1.4511,
        "name": 1.3093,
        "exact": 0.4181,
        "mentioned": 2.2496,
        "trigrams": 1.5603,
        "coverage": -4.3857,
        "name_share": 0.2983,
        "word": 0.2583,
        "qualified": 0.6573,
        "named_class": -2.2472,
        "frame": -0.7891,
        "function": 0.9081,
        "class_lines": -1.6016,
        "module_lines": -0.1806,
        "init": -1.3412,
        "length": 0.1230,
        "test": -2.3359,
        "prose_file": -1.3295,
        "top": 1.6669,
        "of_file_best": 0.2447,
        "rank_in_file": -0.2354,
        "parts_in_file": -0.0352,
        "before": -0.0030,
        "after": -0.0088,
        "class_best": -0.1837,
        "class_share": 1.7815,
        "class_exact": 0.0998,
        "in_class": -0.9184,
        "private": 0.0819,
        "dunder": 1.3108,
        "called": -0.4384,
        "file_likelihood": 0.1127,
        "file_rank": -0.3175,
        "file_score": 0.2394,
    },
)
