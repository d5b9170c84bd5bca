"""`python -m core presets`: the paper's studies and the models there are to ask."""

from __future__ import annotations

import dataclasses

from core.cli import AsJson, app
from core.published import BASES, PUBLISHED, TAESD
from core.terminal import print_json


@app.command()
def presets(as_json: AsJson = False) -> None:
    """Show the paper's studies (for `import --preset`) and the bases: costs, licences, figures."""
    if as_json:
        print_json(
            {
                "presets": [dataclasses.asdict(one) for one in PUBLISHED],
                "bases": [dataclasses.asdict(one) for one in BASES],
                "autoencoders": {"taesd": TAESD},
            }
        )
        return
    for one in PUBLISHED:
        print(f"--preset {one.key}: {one.name}")
        print("\n".join(f"    {about}: {sentence}" for about, sentence in one.sentences().items()))
    for base in BASES:
        print(f"--denoiser {base.key}: {base.name} ({base.denoiser.source})")
        print(f"    {base.meaning} Short side {base.size} pixels. Licence: {base.licence}")
    print(f"--autoencoder taesd: {TAESD}")
    print("    In place of the big autoencoder: faster, a little coarser. Licence: MIT.")
