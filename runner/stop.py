"""SIGTERM and SIGINT as an event of the loop. Set up once by `__main__`; `session.py` and `agent.py` wait for it."""

import asyncio
import signal


def on_signals() -> asyncio.Event:
    """An event that is set when the kubelet wants the pod to end."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
