"""Tells which messages are a machine's, and of what kind: coverage, dependencies, builds, previews. Pure.

Called by `fold.py`. The forge's word for an author is believed; a name alone is not, for people are called Talbot too.
"""

import re

from crds.work_order import Talk

_NAME = re.compile(
    r"\[bot\]$|[-_]?(?:bot|robot)\d*$|^(?:bot|ci)[-_]|[-_]ci$"
    r"|^(?:codecov|coveralls|dependabot|renovate|netlify|vercel|sonar(?:qube)?cloud|mergify|greenkeeper|gitguardian|k8s-ci"
    r"|snyk|codeclimate|deepsource|allcontributors|changeset|pre-commit-ci)"
    r"|^(?:bors|travis-?ci|appveyor|cla-?assistant|stale)(?![a-z])",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for kind, pattern in (
        ("coverage", r"codecov|coveralls|\bcoverage\b.{0,80}\d+(?:\.\d+)?\s?%|patch coverage|impacted files"),
        ("dependencies", r"\bbumps?\b[^\n]{0,120}\bfrom\b|dependabot|renovate|dependency updates?"),
        ("a preview", r"deploy(?:ed)? preview|preview (?:url|link|deployment)|netlify|vercel|successfully deployed"),
        ("a licence check", r"contributor licen[sc]e agreement|\bCLA\b|\bDCO\b|sign(?:ed)? off"),
        ("a stale note", r"marked as stale|has been automatically|no recent activity|lifecycle/(?:stale|rotten)"),
        ("a changeset", r"\bchangesets? (?:detected|found)|no changeset"),
        ("a size report", r"\bbundle size\b|\bsize[- ](?:limit|change|report)\b"),
        (
            "a scan",
            r"\b(?:vulnerabilit(?:y|ies)|secrets?|alerts?)\b[^\n]{0,60}\b(?:found|detected|fixed)\b|quality gate",
        ),
        ("a greeting", r"thanks for opening (?:your first|this)|your first (?:issue|pull request|contribution)"),
        ("benchmarks", r"\bbenchmark(?:s| results)\b"),
        (
            "a build",
            r"\b(?:build|check|test|job|pipeline|workflow|quality gate)s?\b.{0,60}\b(?:pass|fail|succe|complet|cancel)"
            r"|/(?:retest|test|approve|lgtm)\b|needs? approval|workflow run",
        ),
    )
)


def is_bot(talk: Talk, text: str) -> bool:
    """Whether a machine said it: by the forge's word, or by its name together with what it says."""
    if talk.standing == "bot" or talk.author.lower().endswith("[bot]"):
        return True
    return bool(_NAME.search(talk.author)) and bool(kind_of(text))


def kind_of(text: str) -> str:
    """What a machine's message is about; empty where nobody knows."""
    start = text[:4000]
    return next((kind for kind, pattern in _KINDS if pattern.search(start)), "")
