"""The planted elements of each of the demo world's decades, one module per label."""
