"""Images: what bytes are, where they may come from, and which are wanted first."""
