"""A clock that moves when told to."""


class FakeClock:
    def __init__(self):
        self.now = 1_000_000_000_000

    def __call__(self):
        return self.now

    def advance(self, *, milliseconds):
        self.now += milliseconds * 1_000_000
