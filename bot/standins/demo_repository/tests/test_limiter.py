import unittest

from pacer import Limiter
from tests.clock import FakeClock


class LimiterTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        self.limiter = Limiter(rate=1, capacity=2, clock=self.clock)

    def test_keys_do_not_share_a_bucket(self):
        self.assertTrue(self.limiter.allow("ada", 2))
        self.assertFalse(self.limiter.allow("ada"))
        self.assertTrue(self.limiter.allow("grace"))

    def test_idle_keys_are_forgotten(self):
        self.limiter.allow("ada", 2)
        self.limiter.allow("grace")
        self.clock.advance(milliseconds=1000)
        self.assertEqual(self.limiter.forget_idle(), 1)
        self.assertEqual(len(self.limiter), 1)


if __name__ == "__main__":
    unittest.main()
