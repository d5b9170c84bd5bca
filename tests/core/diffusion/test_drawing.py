"""What a training draws of its labels: as plain DDIM would, and without touching what is learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from core.dataset.pictures import decode_picture
from core.diffusion.drawing import GUIDANCE, LABELS, STEPS, Drawings, draw
from core.diffusion.examples import captions
from core.diffusion.machine import choose
from core.diffusion.recipe import Recipe
from core.diffusion.stable_diffusion import StableDiffusion
from core.store import drawings
from core.store.layout import Layout
from tests.core.diffusion.conftest import PROMPTS, make_parts
from tests.core.diffusion.test_training import CPU, SPEC, Streets, make, run_to_end, state


def test_draw__is_ddim_with_guidance_by_hand():
    model = StableDiffusion(make_parts(), choose(CPU))
    null, *text = model.embed(PROMPTS[:3])
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    drawn = draw(model, torch.stack([null] * 2), torch.stack(text), noise.expand(2, -1, -1, -1))
    spacing = model.steps // STEPS
    for prompt, found in zip(text, drawn, strict=True):
        latent = noise
        for t in [1 + i * spacing for i in reversed(range(STEPS))]:
            with torch.inference_mode():
                plain, guided = (
                    model.unet(latent, torch.tensor([t]), one[None]).sample for one in (null, prompt)
                )
            eps = plain + GUIDANCE * (guided - plain)
            now, then = model.alphas[t], model.alphas[t - spacing] if t > spacing else model.alphas[0]
            clean = (latent - (1 - now).sqrt() * eps) / now.sqrt()
            latent = then.sqrt() * clean + (1 - then).sqrt() * eps
        torch.testing.assert_close(found, latent[0], atol=2e-4, rtol=2e-4)
    assert not torch.allclose(drawn[0], drawn[1])


def test_drawings_of__names_labels_as_the_template_hides_them():
    class Many(Streets):
        def labels(self, i):
            return {"place": f"Town {i % 9}."}

    found = Drawings.of(captions(Many(18), SPEC.prompts), SPEC, (4, 8, 8), None)
    assert found.labels == tuple(f"Town {i}." for i in range(LABELS))
    assert found.prompts[0] == "A street in Town 0.." and set(found.nulls) == {"A street."}


def test_recipe__keeps_what_it_drew_at_each_look(tiny_folder, tmp_path):
    layout = Layout(tmp_path)
    spec = replace(SPEC, base=str(tiny_folder), steps=4, look_every=2)
    folder = layout.model("made")
    run_to_end(Recipe(Streets(), spec, folder, CPU).phases())
    assert drawings.steps(layout, "made") == [0, 2, 4]
    last, first = (drawings.read(layout, "made", step) for step in (4, 0))
    assert last and first and last.labels == ("Kyoto", "Prague")
    assert decode_picture(last.pictures[0]).shape == (16, 16, 3)
    assert np.any(decode_picture(last.pictures[0]) != decode_picture(first.pictures[0]))


def test_training__learns_the_same_whether_it_draws_or_not(tmp_path):
    plain, drawing = make(tmp_path / "a"), make(tmp_path / "b")
    drawing.drawings = Drawings(tmp_path / "b", ("Prague",), PROMPTS[:1], PROMPTS[1:2], (4, 8, 8), 5)
    losses = [[step.loss for step in work] for work in (plain, drawing)]
    assert losses[0] == losses[1]
    ours, theirs = state(plain), state(drawing)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert (tmp_path / "b" / drawings.FOLDER).is_dir()


def test_read__half_a_look_is_none(tmp_path):
    layout = Layout(tmp_path)
    drawings.keep(layout.model("m"), drawings.Drawn(3, ("a", "b"), (b"x", b"y")))
    assert drawings.read(layout, "m", 3) == drawings.Drawn(3, ("a", "b"), (b"x", b"y"))
    (layout.model("m") / drawings.FOLDER / "0000003" / "1.webp").unlink()
    assert drawings.read(layout, "m", 3) is None and drawings.read(layout, "m", 4) is None
    assert drawings.steps(layout, "nobody") == []
