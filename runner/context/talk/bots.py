"""Tells which messages are a machine's, and of what kind: coverage, dependencies, builds, previews. Pure.

Called by `fold.py`. The forge's word for an author is believed; a name alone is not, for people are called Talbot too.
"""

import re

from crds.work_order import Talk

MOST_READ = 4000
HEADING = 600
"""Characters in which a message says that it is a review, or a summary of changes."""
_NAME = re.compile(
    r"\[bot\]$|[-_]?(?:bot|robot)\d*$|^(?:bot|ci)[-_]|[-_]ci$"
    r"|^(?:codecov|coveralls|dependabot|renovate|netlify|vercel|sonar(?:qube)?cloud|mergify|greenkeeper|gitguardian|k8s-ci"
    r"|snyk|codeclimate|deepsource|allcontributors|changeset|pre-commit-ci|coderabbit|sourcery-ai|gemini-code-assist"
    r"|copilot-pull-request|qodo-merge|google-cla|linux-foundation|codspeed|socket-security|pkg-pr-new|cloudflare-|azure-pipelines)"
    r"|^(?:bors|travis-?ci|appveyor|cla-?assistant|stale|jenkins|hudson|github-actions|teamcity|buildkite|circle-?ci|atlantis"
    r"|welcome|linear|sentry(?:-io)?|rustbot|googlebot|sparkqa|amplabjenkins|hadoop-yetus|rust-(?:timer|log-analyzer))(?![a-z])",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"summary by coderabbit|^\W*walkthrough\s*$|\breviewer'?s guide\b|^#+ pull request overview"
    r"|^#+ summary of changes\b|^\W*pr summary\W*$|\bai[- ]generated summary\b",
    re.IGNORECASE | re.MULTILINE,
)
_REVIEW = re.compile(
    r"\b(?:code|pr|pull[- ]request|ai|automated|security|copilot|claude|gemini|gpt)[- ]reviews?\b"
    r"|^#+[^\n]{0,60}\b(?:review(?! app)(?:er guide)?|findings|feedback|suggestions)\b",
    re.IGNORECASE | re.MULTILINE,
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for kind, pattern in (
        ("a scan", r"\bquality gate (?:passed|failed|\w+)"),
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
    """What a machine's message is about; empty where nobody knows, and where it is a review: that is no report."""
    start = text[:MOST_READ]
    if _SUMMARY.search(start[:HEADING]):
        return "the changes"
    if _REVIEW.search(start[:HEADING]):
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.search(start)), "")
