"""What people said, made into pieces: prepared (quotes, logs, images), folded (noise, bots, twice said), scored.

Called by `collect.py` through `offer.py`. Pure. Texts are sanitised before they come here, and stay hostile.
"""
