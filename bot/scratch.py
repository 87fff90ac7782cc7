"""A folder for one piece of work, made and removed beside the event loop: large files take a disk its time.

Used by bundle.py and the runner door.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def scratch_folder(name: str) -> AsyncIterator[Path]:
    """An empty folder of mode 0700; gone, with all that is in it, when the block ends."""
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix=f"vteam-{name}-")
    try:
        yield Path(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
