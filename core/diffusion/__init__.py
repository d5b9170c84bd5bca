"""The only room that knows torch: the denoiser, its noise samples, DIFT features and training."""

import diffusers
import transformers
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

# Whoever runs a stage draws a bar of its own; the libraries' would be scribbled into it.
for _library in (transformers, diffusers):
    _library.utils.logging.set_verbosity_error()
    _library.utils.logging.disable_progress_bar()
disable_progress_bars()
