"""The Web API below /api/, one room for each family of methods; `door` is the way in."""
