import unittest

from pacer import TokenBucket
from tests.clock import FakeClock


class TokenBucketTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        self.bucket = TokenBucket(rate=5, capacity=10, clock=self.clock)

    def drain(self):
        while self.bucket.take():
            pass

    def test_it_starts_full(self):
        self.assertTrue(self.bucket.take(10))
        self.assertFalse(self.bucket.take())

    def test_it_earns_tokens_while_time_passes(self):
        self.drain()
        self.clock.advance(milliseconds=1000)
        self.assertTrue(self.bucket.take(5))
        self.assertFalse(self.bucket.take())

    def test_it_never_holds_more_than_its_capacity(self):
        self.clock.advance(milliseconds=3_600_000)
        self.assertTrue(self.bucket.take(10))
        self.assertFalse(self.bucket.take())

    def test_it_tells_how_long_to_wait(self):
        self.drain()
        self.assertAlmostEqual(self.bucket.wait_for(1), 0.2)
        self.assertAlmostEqual(self.bucket.wait_for(10), 2.0)

    def test_asking_often_does_not_slow_it_down(self):
        """A worker that polls every 100 ms still gets its five calls a second."""
        self.drain()
        taken = 0
        for _ in range(20):
            self.clock.advance(milliseconds=100)
            taken += self.bucket.take()
        self.assertEqual(taken, 10)

    def test_nonsense_is_refused(self):
        with self.assertRaises(ValueError):
            TokenBucket(rate=0, capacity=10)
        with self.assertRaises(ValueError):
            self.bucket.wait_for(11)


if __name__ == "__main__":
    unittest.main()
