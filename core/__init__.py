"""Typiscope's engine: from labelled pictures to what is typical of each label.

The folders are the pipeline: `dataset` reads pictures and labels, `diffusion` asks a denoiser
about them, `mining` turns its answers into maps, patches and clusters, `store` keeps every
result under `cache/`, and `demo` draws a world whose truth is known. `stages.py` lists the
steps in order; `study.py` runs them.
"""
