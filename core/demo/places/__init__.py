"""The planted elements of each of the demo world's places, one module per label."""
