"""The story that `vteam demo` tells: a small library with a real bug, the issue about it, and the repair.

Without a model the scripted one plays `demo_script`; with a real model only the repository and the issue are used.
"""

from __future__ import annotations

from pathlib import Path

from bot.standins.messages.fix import FileEdit, Repair, fix_script
from bot.standins.messages.script import Script

DEMO_REPOSITORY = Path(__file__).parent / "demo_repository"
REPOSITORY_NAME = "acme/pacer"
TEST_COMMAND = ("python3", "-m", "unittest")

ISSUE_AUTHOR = "ada"
ISSUE_TITLE = "A worker that polls often never gets a token"
ISSUE_BODY = """\
Our mailer asks `TokenBucket.take()` every 100 ms and sends whenever it gets a token. With `rate=5` I would expect \
five mails a second. After the first burst it gets **none at all**, for as long as it keeps asking.

If I make it ask once a second instead, it gets its five. So the more often one asks, the less one gets:

| asks every | mails in 10 s | expected |
|---|---|---|
| 1000 ms | 50 | 50 |
| 250 ms | 40 | 50 |
| 100 ms | 0 | 50 |

`test_asking_often_does_not_slow_it_down` in `tests/test_bucket.py` shows it and fails on `main`.
"""

COMMENTER = "grace"
COMMENT_BODY = """\
Same here since 1.2.0, the release that went from floats to integers. We only see it under load:

```
Traceback (most recent call last):
  File "/srv/mailer/worker.py", line 61, in run
    self.send_next()
  File "/srv/mailer/worker.py", line 88, in send_next
    raise Starved(f"no token for {key!r} in {waited:.0f} s")
mailer.worker.Starved: no token for 'newsletter' in 30 s
```

and the test says:

```
FAIL: test_asking_often_does_not_slow_it_down (tests.test_bucket.TokenBucketTest)
AssertionError: 0 != 10
```
"""

REPAIR = Repair(
    test_command=" ".join(TEST_COMMAND),
    search="_updated",
    reading=("tests/test_bucket.py", "pacer/bucket.py", "CHANGELOG.md"),
    finding=(
        "`_refill` rounds the earned tokens down to whole ones, and then moves `_updated` to now all the same. The "
        "time that had paid for a part of a token is lost at each call. At 5 tokens a second a token takes 200 ms, so "
        "whoever asks every 100 ms throws each half away and never earns one.\n\n"
        "Only the time that has paid for whole tokens may be spent. It all stays in integers, as AGENTS.md asks."
    ),
    edits=(
        FileEdit(
            "pacer/bucket.py",
            """\
        now = self._clock()
        earned = (now - self._updated) * self.rate // SECOND
        self._tokens = min(self.capacity, self._tokens + earned)
        self._updated = now
""",
            """\
        earned = (self._clock() - self._updated) * self.rate // SECOND
        self._tokens = min(self.capacity, self._tokens + earned)
        # Only the time that has paid for whole tokens is spent (rounded up, so that nobody gets
        # more than the rate); the rest counts towards the next token.
        self._updated += -(-earned * SECOND // self.rate)
""",
        ),
        FileEdit(
            "CHANGELOG.md",
            "## Unreleased\n",
            "## Unreleased\n\n- Asking a bucket often no longer slows it down: part of a token is kept.\n",
        ),
    ),
    summary="""\
A bucket now earns its tokens however often it is asked.

**Cause.** `TokenBucket._refill` rounded the earned tokens down and set `_updated` to the current time. Whatever had \
been earned towards the next token was lost at each call. With `rate=5`, asking every 100 ms meant half a token each \
time, rounded to nothing, for ever.

**Change.** `_updated` moves only by the time that has paid for whole tokens, rounded up, so that no caller gets more \
than the rate. Integers only. One line in `CHANGELOG.md`.

**Checked.** `test_asking_often_does_not_slow_it_down` failed before and passes now, and so does everything else.""",
)


def demo_script() -> Script:
    """The scripted model's part: it runs the tests, reads, edits and runs the tests again, with the real tools."""
    return fix_script(REPAIR)
