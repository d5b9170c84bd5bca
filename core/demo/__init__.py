"""The demo world: drawn street scenes whose typical elements are known exactly.

Every scene belongs to one place and one decade. Its layout never sees those two labels; the labels
only decide which elements are planted into it, each at a known rate, so whatever an instrument
finds typical of a label can be held against the truth.
"""
