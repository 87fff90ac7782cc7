"""The licence at the head of a file is no part of its code."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.receipt import Way
from runner.context.code import Code
from runner.context.pieces import Tier
from runner.context.ranking.chunks import chunks_of
from runner.context.ranking.licence import licence_lines
from runner.context.tree import Folder, listed

APACHE = """\
/*
 * Copyright 2015 The Example Project
 *
 * The Example Project licenses this file to you under the Apache License, version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 *
 * Unless required by applicable law or agreed to in writing, software is distributed WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND. See the License for the limitations under the License.
 */
"""
GPL = """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
#
# This program is free software: you can redistribute it and/or modify it.
#
# You should have received a copy of the GNU General Public License along with it.

"""
HEADS = {
    "a block": (APACHE + "package io.example;\n", "package io.example;"),
    "behind the line that runs it": (GPL + "import os\n", "import os"),
    "lines": ("// Copyright 2009 The Go Authors. All rights reserved.\n\n// Package x is small.\npackage x\n", "// Package x is small."),
    "one line": ("// SPDX-License-Identifier: MIT\n#include <stdio.h>\n", "#include <stdio.h>"),
    "with words behind it": ("# Copyright (c) 2020 Ada\n#\n# Adds numbers up.\nx = 1\n", "#"),
    "two comments": ("# Copyright Ada\n\n# Licensed under the MIT License.\n\nx = 1\n", "x = 1"),
    "in PHP": ("<?php\n/**\n * @license MIT\n */\nfunction f() {}\n", "function f() {}"),
    "in SQL": ("-- Copyright (c) 1999, all rights reserved\nSELECT 1;\n", "SELECT 1;"),
    "in HTML": ("<!--\nCopyright 2020\n-->\n<p>x</p>\n", "<p>x</p>"),
}  # fmt: skip
NONE = {
    "no comment": "import os\n",
    "what the file does": "# Checks which licences our dependencies have.\nimport os\n",
    "code before it": "x = 1\n# Copyright Ada\n",
    "a directive of C": "#define COPYRIGHT 1\n#include <x.h>\n",
    "an attribute of Rust": '#![doc = "Copyright"]\nfn f() {}\n',
    "code behind it in its line": "/* Copyright */ int x;\n",
    "a comment that nobody closes": "/* Copyright\nint x;\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", HEADS)
def test_the_code_begins_below_the_licence(name: str) -> None:
    text, first = HEADS[name]
    assert text.split("\n")[licence_lines(text.split("\n"))] == first


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_licence_stays(name: str) -> None:
    assert licence_lines(NONE[name].split("\n")) == 0


def test_a_part_of_the_code_has_none_of_it(tmp_path: Path) -> None:
    body = "package io.example;\n\nclass Total {\n    int total(int a) {\n        return a;\n    }\n}\n"
    (tmp_path / "Total.java").write_text(APACHE + body, "utf-8")
    pieces = Code([Folder("shop", listed(tmp_path))]).pieces("The total is wrong", "see Total.java", 4000)
    [told] = [piece for piece in pieces if piece.tier is Tier.CODE]
    assert "return a;" in told.text
    assert "Apache License" not in told.text
    assert told.way is Way.SPANS, "what is left out is not told as the whole file"


def test_a_file_of_nothing_else_has_no_part() -> None:
    assert chunks_of("__init__.py", "# Copyright Ada\n") == []


@given(
    st.lists(
        st.sampled_from(["# Copyright Ada", "#", "", "/* (c) 2020", "*/", "// x", "x = 1", "<!--", "-->", "#!/bin/sh"])
    )
)
def test_all_other_lines_are_in_exactly_one_part(lines: list[str]) -> None:
    held = [line for chunk in chunks_of("a.py", "\n".join(lines)) for line in range(chunk.first, chunk.last + 1)]
    while lines and not lines[-1]:
        lines.pop()
    covered = [line for line in held if line <= len(lines)]
    assert covered == [*range(licence_lines(lines) + 1, len(lines) + 1)]
