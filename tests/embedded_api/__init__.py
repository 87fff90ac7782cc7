"""What is particular to the embedded API server: durability, compaction, speed, its fences."""
