"""Takes a picture of a page with a headless Chromium that shares nothing with the person's own.

Called by `python -m tests.pictures`. The page is a copy in a file, so that the addresses in it can be those that readers
know; it is measured first, and the picture is as high as the page.
"""

import asyncio
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
MEASURE = "<script>document.documentElement.dataset.high = Math.ceil(document.body.scrollHeight)</script>"


async def photograph(html: str, file: Path, *, width: int) -> None:
    """Writes the page as a PNG of this width."""
    with TemporaryDirectory(prefix="vteam-picture") as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(html.replace("</body>", f"{MEASURE}</body>"), "utf-8")
        found = re.search(r'data-high="(\d+)"', await _chromium(copy, f"--window-size={width},100", "--dump-dom"))
        if found is None:
            raise RuntimeError(f"{file.name}: the page could not be measured")
        copy.write_text(html, "utf-8")
        await _chromium(copy, f"--window-size={width},{found[1]}", f"--screenshot={file}")


async def _chromium(page: Path, *flags: str) -> str:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise FileNotFoundError(f"none of {', '.join(BROWSERS)} is installed")
    with TemporaryDirectory(prefix="vteam-browser") as profile:
        ran = await asyncio.create_subprocess_exec(
            *(browser, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await asyncio.wait_for(ran.communicate(), 60)
    if ran.returncode != 0:
        raise RuntimeError(wrong.decode(errors="replace"))
    return said.decode()
