"""The stand-ins, seen by the clients that the bot and the runner really use."""
