"""The only room that knows torch: the denoiser, its noise samples, DIFT features and training."""
