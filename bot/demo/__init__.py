"""`vteam demo`: the main job on one machine, start to end; all is real but GitHub and, without a key, the model.

stage.py builds the world, story.py plays it and watches, report.py shows and checks the end.
"""

from bot.demo.story import DemoOptions, run_demo

__all__ = ["DemoOptions", "run_demo"]
