"""The REST API, one module per resource. `door` is the way in; `endpoints` is the list of all that is known."""
