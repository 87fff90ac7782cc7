"""What a file of instructions imports."""

import pytest

from crds.imports import imports


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("CLAUDE.md", "@docs/style.md", ["docs/style.md"]),
        (
            "CLAUDE.md",
            "See @README.md. And @docs/a.mdc, @b.txt (@c.rst)",
            ["README.md", "docs/a.mdc", "b.txt", "c.rst"],
        ),
        ("docs/style.md", "@more.md and @./other.md and @../AGENTS.md", ["docs/more.md", "docs/other.md", "AGENTS.md"]),
        ("CLAUDE.md", "@../outside.md @/etc/motd.txt @~/mine.md", []),
        ("docs/style.md", "@../../outside.md", []),
        ("CLAUDE.md", "Ask @ada, or ada@example.md, or `@docs/code.md`; @types/node is a package", []),
        ("CLAUDE.md", "```\n@in-code.md\n```\n@out.md", ["out.md"]),
        (".github/copilot-instructions.md", "@style.md", [".github/style.md"]),
        ("CLAUDE.md", "@" + "a/" * 300 + "b.md", []),
    ],
)
def test_what_is_imported_and_what_only_looks_so(path: str, text: str, found: list[str]) -> None:
    assert list(imports(path, text)) == found
