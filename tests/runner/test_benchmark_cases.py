"""Benchmark cases of other repositories tell what people said and where the change was, and not the answer."""

import subprocess
from pathlib import Path

from tests.bench.context.others.building import case_of
from tests.bench.context.others.patches import Change, patch_of
from tests.bench.context.others.releases import only_entry

PATCH = """\
From 0123456789abcdef Mon Sep 17 00:00:00 2001
From: A Person <person@example.org>
Subject: [PATCH 2/3] cart: Do not sell what is not
 there

Ordering more than the shelf holds took the money.

* shop/cart.py (Cart.sell): Look first.
Signed-off-by: A Person <person@example.org>
(cherry picked from commit 0123456)
---
 shop/cart.py | 4 +++-
 1 file changed, 3 insertions(+), 1 deletion(-)

diff --git a/shop/cart.py b/shop/cart.py
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -1,6 +1,8 @@
 class Cart:
     def sell(self, what):
-        return what.price
+        if not what.there:
+            raise Gone
+        return what.price

     def stop(self):
         self.open = False
"""
CART = """\
class Cart:
    def sell(self, what):
        return what.price

    def stop(self):
        self.open = False
"""


def test_a_patch_is_its_prose_and_the_lines_it_changes() -> None:
    patch = patch_of(PATCH)
    assert patch.title == "cart: Do not sell what is not there"
    assert patch.body == "Ordering more than the shelf holds took the money."
    assert patch.changes == {"shop/cart.py": (Change(3, 3),)}


def test_a_description_of_a_distribution_is_prose_too() -> None:
    patch = patch_of(
        "Description: Sell no more than there is\n The shelf was empty.\n .\n Twice.\nOrigin: upstream\n---\n"
    )
    assert (patch.title, patch.body) == ("Sell no more than there is", "The shelf was empty.\n\nTwice.")


def test_a_case_is_the_functions_of_the_tree_that_the_patch_was_made_for(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "cart.py").write_text(CART, "utf-8")
    case = case_of(tmp_path, patch_of(PATCH))
    assert case is not None
    assert case["gold_funcs_sdist"] == {"shop/cart.py": [(2, 3, "function_definition")]}
    subprocess.run(["git", "apply", "-"], input=PATCH, text=True, cwd=tmp_path, check=True)
    assert case_of(tmp_path, patch_of(PATCH)) is None


def test_a_release_is_a_case_where_its_log_says_one_thing() -> None:
    log = "# shop\n\n## 1.2.1\n\n- 0123abc: Fixed [the cart](https://example.org).\n- Updated dependencies\n\n## 1.2.0\n\n- a\n- b\n"
    assert only_entry(log, "1.2.1") == "Fixed the cart."
    assert only_entry(log, "1.2.0") is None
    assert only_entry(log, "1.1.0") is None
