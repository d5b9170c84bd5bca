"""What precedes the first cross-attention is computed once, and nobody can tell from the result."""

from __future__ import annotations

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch.utils._python_dispatch import TorchDispatchMode

from core.diffusion.shared_prefix import prefix_modules, shared_prefix

CONDITIONS, ROWS = 3, 2
SHAPES = {
    "text heard from the second block on": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "text heard in the first block, as in Stable Diffusion 1.5": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "no text on the way down": ("DownBlock2D", "DownBlock2D"),
}


def make_unet(down: tuple[str, str], **options) -> UNet2DConditionModel:
    torch.manual_seed(0)
    up = tuple(name.replace("Down", "Up") for name in reversed(down))
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=2, down_block_types=down,
        up_block_types=up, cross_attention_dim=16, attention_head_dim=2, norm_num_groups=4, **options,
    )  # fmt: skip
    torch.nn.init.normal_(unet.conv_out.weight, std=0.2)
    return unet.eval().requires_grad_(False)


@pytest.fixture
def question():
    """Latents, times and text laid out condition by condition."""
    random = torch.Generator().manual_seed(1)
    latents = torch.randn(ROWS, 4, 8, 8, generator=random).repeat(CONDITIONS, 1, 1, 1)
    return latents, torch.tensor([100, 600]).repeat(CONDITIONS), torch.randn(6, 5, 16, generator=random)


class Convolutions(TorchDispatchMode):
    """Rows of every convolution in the order they are computed."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.convolution.default:
            self.rows.append(len(args[0]))
        return function(*args, **kwargs or {})


def rows_seen(unet: torch.nn.Module) -> dict[str, list[int]]:
    """Rows that reach every convolution and linear layer, filled while the UNet runs.

    Of a layer that is itself shared, as `conv_in` is, a hook sees what comes before it is sliced.
    """
    seen: dict[str, list[int]] = {}
    for name, module in unet.named_modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(
                lambda module, args, output, name=name: seen.setdefault(name, []).append(len(args[0]))
            )
    return seen


@pytest.mark.parametrize("down", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("options", [{}, {"use_linear_projection": True}, {"only_cross_attention": True}])
def test_same_output__fewer_rows(question, down, options):
    unet = make_unet(down, **options)
    plain = unet(*question).sample
    with shared_prefix(unet, CONDITIONS), Convolutions() as convolutions:
        shared = unet(*question).sample
    torch.testing.assert_close(shared, plain, rtol=1e-4, atol=1e-5)
    assert (plain[:ROWS] - plain[ROWS : 2 * ROWS]).abs().max() > 1e-4  # the text is heard at all
    # conv_in and the two of the first resnet at least; then never again.
    shared_ones = convolutions.rows.index(ROWS * CONDITIONS)
    assert shared_ones >= 3 and set(convolutions.rows[:shared_ones]) == {ROWS}
    assert set(convolutions.rows[shared_ones:]) == {ROWS * CONDITIONS}


def test_all_that_can_be_shared_is(question):
    heard_second, heard_first, never = map(make_unet, SHAPES.values())
    shared = {}
    for unet in (heard_second, heard_first, never):
        seen = rows_seen(unet)
        with shared_prefix(unet, CONDITIONS):
            unet(*question)
        shared[unet] = {name for name, rows in seen.items() if rows == [ROWS]}
    assert "down_blocks.0.downsamplers.0.conv" in shared[heard_second]
    assert "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q" in shared[heard_second]
    assert "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_q" not in shared[heard_second]
    assert "down_blocks.1.resnets.1.conv1" not in shared[heard_second]
    assert "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q" in shared[heard_first]
    assert "down_blocks.0.resnets.1.conv1" not in shared[heard_first]
    assert "down_blocks.1.resnets.1.conv2" in shared[never]
    assert not any(name.startswith("mid_block") for names in shared.values() for name in names)


def test_one_condition__touches_nothing(question):
    unet = make_unet(SHAPES["no text on the way down"])
    with shared_prefix(unet, 1):
        assert not any("forward" in vars(module) for module in unet.modules())


@pytest.mark.parametrize("down", SHAPES.values(), ids=SHAPES.keys())
def test_everything_is_put_back__also_after_an_error(question, down):
    unet = make_unet(down)
    latents, t, text = question
    other = torch.randn(latents.shape, generator=torch.Generator().manual_seed(2))  # no two rows alike
    plain = unet(other, t, text).sample
    with pytest.raises(RuntimeError), shared_prefix(unet, CONDITIONS):
        assert all("forward" in vars(module) for module in prefix_modules(unet))
        unet(latents, t, text[:, :, :3])
    assert not any("forward" in vars(module) for module in unet.modules())
    assert torch.equal(unet(other, t, text).sample, plain)
