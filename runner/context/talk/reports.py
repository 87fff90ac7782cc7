"""Reads what machines report: of which job, and whether it failed. Pure; called by `machines.py`.

Of two reports the newer stands for the older only where both are of the same job: the words of their headings tell,
without what changes from run to run (how it ended, counts, hashes). In doubt they are two jobs, and both are shown.
"""

import re
from itertools import islice

from runner.context.extract import failure_in

MOST_READ = 4000
MOST_LINE = 240
MOST_WORDS = 8
"""Words of a heading that tell the job."""
_LABEL = re.compile(
    r"^[ \t>*_|`-]*+(?:job|workflow|step|stage|suite|matrix|environment|project)(?: name)?[*_`]*\s*[:=|][\s*_`]*"
    r"(\S[^\n|]{0,120})",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that names the job."""
_MARKUP = re.compile(
    r"!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)|(?<=\])\([^)\n]{0,600}\)|<[^<>\n]{1,300}>|https?://\S+|:[a-z0-9_+-]{1,40}:"
)
_CHANGES = re.compile(
    r"#\d+|\b(?=[a-f]*\d)[0-9a-f]{7,40}\b|\b\d{4}-\d\d-\d\d\b|[+-]?\d[\d.,]*\s?(?:%|(?:[km]i?b|ms|s|m|h|min|sec|minutes?|seconds?)\b)"
    r"|\b\d+\s?(?:/|of|out of)\s?\d+\b|\(\d+\)"
    r"|\b(?:build|run|attempt|job|pipeline|workflow)\s\d+\b(?!\.\d)"
    r"|\b\d+(?=\s(?:\w+\s)?(?:tests?|checks?|errors?|failures?|jobs?|problems?|files?|suites?|warnings?|vulnerabilit\w+))",
    re.IGNORECASE,
)
"""What differs between two runs of the same job."""
_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")
_SEPARATOR = re.compile(r":(?=\s|\Z)|\s[-\u2013\u2014|]+\s|\u2026|[.!?](?=\s|\Z)")
_ENDINGS = """
    pass passed passes passing success successful successfully succeed succeeded succeeds fail failed fails failing
    failure failures error errors errored cancel canceled cancelled complete completed completes skipped green red ok
    broken fixed ready building pending queued started running finished done aborted unstable deployed found detected
    no not any all some one has have had is are was were be been now still again the a an with without increased
    decreased increase decrease remained remains unchanged will change changed by to at of problem problems warning
    warnings clean
"""
"""Words that say how it ended, and those that say nothing."""
_OF_ANY = """
    build builds check checks ci job jobs pipeline pipelines report result results run runs status summary test tests
    workflow workflows github actions action
"""
"""Words that are of any job."""
_ENDED, _ANY_JOB = frozenset(_ENDINGS.split()), frozenset(_OF_ANY.split())
_FAILED = re.compile(
    r"(?<!\b0 )(?<!\bno )(?<!\bzero )(?<!without )(?<!\bif )"
    r"\b(?:fail(?:s|ed|ing|ures?)?|broken|errored|timed out|exit code [1-9]\d*)\b(?!\W{0,4}0\b)"
    r"|\u274c|\U0001f534|\U0001f6a8|:x:|:red_circle:|:no_entry",
    re.IGNORECASE,
)


def job_of(text: str) -> str:
    """What a report is of, in a few words that are the same for each of its runs; empty where it does not say."""
    start = _MARKUP.sub(" ", text[:MOST_READ])
    heading = next((found for line in islice(_lines(start), 3) if (found := _of_line(line))), ())
    if not _ANY_JOB.issuperset(heading):
        return " ".join(heading)
    label = _LABEL.search(start)
    named = _of_line(label[1]) if label else ()
    return " ".join((*heading, *named))


def _lines(text: str) -> list[str]:
    return [line[:MOST_LINE] for line in text.split("\n") if line.strip()]


def _of_line(line: str) -> tuple[str, ...]:
    """The words of its first part that tell; of the next one as well where those are of any job."""
    found: list[str] = []
    for part in islice(_SEPARATOR.split(line), 3):
        low = _CHANGES.sub(" ", part.lower())
        found += [word for word in _WORD.findall(low) if word not in _ENDED]
        if not _ANY_JOB.issuperset(found):
            break
    return tuple(found[:MOST_WORDS])


def failed(text: str) -> bool:
    """Whether a report says that something failed, or shows where it did."""
    return bool(_FAILED.search(text[:MOST_READ])) or failure_in(text)
