"""What does a model of Stable Diffusion 1.5's full size cost here? Time and peak memory of one map.

    python benchmarks/full_size.py --json

Its weights are random, made from the public configuration: they take as long and as much room as real
ones, and nothing is downloaded. They are written (4.3 GB, float32), loaded and asked in processes of their
own, so that the peak is that of asking alone, and deleted at the end.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.config import Settings
from core.dataset.prompt import PromptTemplate
from core.specs import DenoiserSpec, FrameSpec, NoiseSpec, ScreenSpec, StudySpec, TypicalitySpec
from core.stages import Inputs, Shard

PROMPT = PromptTemplate("A street in {label}.", "A street.")
LABELS = ("Kyoto", "Prague")
_SHARE = {"unet": "UNet", "vae": "autoencoder", "text_encoder": "text encoder"}


def make(folder: Path) -> None:
    """Write a whole diffusers folder of random weights in the sizes of Stable Diffusion 1.5."""
    import torch
    from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    from core.diffusion.small import small_text

    torch.manual_seed(0)
    # What is not named here is diffusers' own default, which is Stable Diffusion 1's.
    UNet2DConditionModel(sample_size=64, cross_attention_dim=768).save_pretrained(folder / "unet")
    AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4, sample_size=512,
    ).save_pretrained(folder / "vae")  # fmt: skip
    text = CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
        num_attention_heads=12, max_position_embeddings=77, projection_dim=768,
    )  # fmt: skip
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    tokenizer, _ = small_text([*map(PROMPT.prompt, LABELS), PROMPT.null])
    tokenizer.save_pretrained(folder / "tokenizer")
    DDPMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, clip_sample=False
    ).save_pretrained(folder / "scheduler")


def score(folder: Path, samples: int, size: int, threads: int) -> dict[str, Any]:
    """Load the folder and measure one map; seconds and bytes of it."""
    from core.diffusion.machine import choose
    from core.diffusion.stable_diffusion import denoiser
    from core.diffusion.typicality import look

    settings = Settings(threads=threads)
    spec = StudySpec(
        "place", prompt=PROMPT, denoiser=DenoiserSpec(str(folder)), frame=FrameSpec(size),
        screen=ScreenSpec(), typicality=TypicalitySpec(NoiseSpec(samples=samples)),
    )  # fmt: skip
    path = folder / "picture.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8)).save(path)
    row = {
        "picture": "0",
        "path": str(path),
        "sha256": None,
        "width": size,
        "height": size,
        "place": LABELS[0],
    }
    started = time.monotonic()
    model = denoiser(spec.denoiser, settings)
    loaded, loaded_peak = time.monotonic() - started, _peak()
    pictures = pd.DataFrame([row], dtype=object).set_index("picture")
    (record,) = look(Inputs(spec, pictures, LABELS, {}, settings), Shard(0, ("0",)))
    asked = time.monotonic() - started - loaded
    machine, passes = choose(settings), 2 * samples
    parameters = {
        name: sum(p.numel() for p in getattr(model, part).parameters()) for part, name in _SHARE.items()
    }
    return {
        "machine": machine.why, "threads": threads, "picture": f"{size} x {size}", "noise samples": samples,
        "UNet passes": passes, "million parameters": {k: round(n / 1e6) for k, n in parameters.items()},
        "seconds to load": round(loaded, 1), "seconds to ask": round(asked, 1),
        "seconds a pass": round(asked / passes, 2), "GB at most, loaded": loaded_peak, "GB at most": _peak(),
        "map": list(record.arrays["bins"].shape), "mean is a number": bool(np.isfinite(record.row["mean"])),
    }  # fmt: skip


def _peak() -> float:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1e9 if sys.platform == "darwin" else 1e6 / 1.024), 2)


def main() -> None:
    """Make, score, delete."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--samples", type=int, default=2)
    asked.add_argument("--size", type=int, default=512, help="pixels a side")
    asked.add_argument("--threads", type=int, default=0, help="0: all cores")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.make:
        make(options.make)
    elif options.score:
        print(json.dumps(score(options.score, options.samples, options.size, options.threads)))
    else:
        with tempfile.TemporaryDirectory(prefix="full-size-") as folder:
            found = _in_processes(folder, options)
        print(
            json.dumps(found)
            if options.json
            else "\n".join(f"{key}: {value}" for key, value in found.items())
        )


def _in_processes(folder: str, options: argparse.Namespace) -> dict[str, Any]:
    subprocess.run([sys.executable, __file__, "--make", folder], check=True)
    size = sum(file.stat().st_size for file in Path(folder).rglob("*.safetensors"))
    numbers = [
        "--samples",
        str(options.samples),
        "--size",
        str(options.size),
        "--threads",
        str(options.threads),
    ]
    done = subprocess.run(
        [sys.executable, __file__, "--score", folder, *numbers], check=True, stdout=subprocess.PIPE, text=True
    )
    return {"GB of weights": round(size / 1e9, 2), **json.loads(done.stdout.splitlines()[-1])}


if __name__ == "__main__":
    main()
