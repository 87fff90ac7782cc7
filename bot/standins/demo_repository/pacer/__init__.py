"""A small rate limiter."""

from .bucket import TokenBucket
from .limiter import Limiter

__all__ = ["Limiter", "TokenBucket"]
