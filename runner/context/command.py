"""`python -I -m runner context --order FILE --workspace DIR [--json]`: the prompt of an order, without a pod.

Called by `__main__` for `vteam context`, which executes it and never imports it.
"""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError

from crds.work_order import WorkOrder
from runner.context.cases import NoCase, answers
from runner.context.of_order import packed_for
from runner.endings import DONE, PrerequisiteFailed


def context(arguments: list[str]) -> int:
    """Prints the prompt, or with --json the prompt and its receipt. Raises PrerequisiteFailed for a bad order."""
    parser = argparse.ArgumentParser(prog="python -m runner context")
    parser.add_argument("--order", type=Path, help="work order as JSON")
    parser.add_argument("--workspace", type=Path, help="folder with the repositories of the order")
    parser.add_argument("--jsonl", action="store_true", help="answer cases from standard input, a JSON line each")
    parser.add_argument("--json", action="store_true", help="print the prompt and the receipt as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.jsonl:
        return _cases()
    if chosen.order is None or chosen.workspace is None:
        parser.error("--order and --workspace are needed, or --jsonl")
    packed = packed_for(_read(chosen.order), chosen.workspace)
    if chosen.json:
        document = {"prompt": packed.prompt, "receipt": packed.receipt.model_dump(mode="json")}
        text = json.dumps(document, ensure_ascii=False) + "\n"
    else:
        text = packed.prompt + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return DONE


def _cases() -> int:
    try:
        for answer in answers(sys.stdin):
            print(answer, flush=True)  # noqa: T201 - whoever asks waits for the line
    except NoCase as error:
        raise PrerequisiteFailed(str(error)) from error
    return DONE


def _read(path: Path) -> WorkOrder:
    try:
        return WorkOrder.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PrerequisiteFailed(f"the order {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PrerequisiteFailed(f"{path} is no work order: {where}: {first['msg']}") from error
