"""From maps to findings: typicality over a range of t, patches, clusters, and how well they hit the truth.

Arrays and data frames in, arrays and data frames out. No file, no model, no page is known here.
"""
