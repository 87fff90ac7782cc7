"""The doors: where the world outside comes in over HTTP."""
