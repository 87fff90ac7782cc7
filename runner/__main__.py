"""`python -I -m runner` runs this pod's session; `credential`, `context` and `sanitise` are its small commands.

Started by the pod, by git, by `vteam context`, and by itself (`syntax`: see context/ranking/syntax.py). Run it isolated
(-I): the folder it stands in holds somebody else's code. The exit code is the whole answer: 0 done, 1 agent error,
2 prerequisite failed, 143 stopped.
"""

import os
import sys
import threading
import time

from runner.endings import DONE, PREREQUISITE_FAILED, PrerequisiteFailed

BEGAN = time.monotonic()


def main(arguments: list[str]) -> int:
    """The exit code of one command."""
    try:
        match arguments:
            case []:
                return _session()
            case ["credential", verb]:
                from runner.credential import credential

                sys.stdout.write(credential(verb, sys.stdin))
                return DONE
            case ["sanitise"]:
                return _sanitise()
            case ["syntax"]:
                from runner.context.ranking.parsing import serve

                serve(sys.stdin.buffer, sys.stdout.buffer)
                return DONE
            case ["context", *rest]:
                from runner.context.command import context

                return context(rest)
            case _:
                raise PrerequisiteFailed(f"there is no command {' '.join(arguments)[:100]!r}")
    except PrerequisiteFailed as failure:
        sys.stderr.write(f"{_caller(arguments)}: {failure}\n")
        return PREREQUISITE_FAILED


def _caller(arguments: list[str]) -> str:
    """By which name whoever reads an error has called it."""
    return f"vteam {arguments[0]}" if arguments[:1] in (["context"], ["sanitise"]) else "runner"


def _session() -> int:
    from runner.surroundings import read

    surroundings = read(os.environ)
    # The SDK takes most of a second to import. The order, the clone and the prompt are waited for meanwhile.
    threading.Thread(target=_import_sdk, daemon=True).start()
    import asyncio

    from runner.start import run

    return asyncio.run(run(surroundings, BEGAN))


def _import_sdk() -> None:
    import runner.agent  # noqa: F401


def _sanitise() -> int:
    from runner.context.sanitise import sanitise

    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.stdout.buffer.write(sanitise(text).text.encode("utf-8", "replace"))
    return DONE


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # No thread that waits on a dead connection may hold the pod's end.
    os._exit(status)
