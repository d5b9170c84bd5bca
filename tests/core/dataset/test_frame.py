"""Frames keep proportions, and boxes find their way there and back."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from core.dataset.frame import frame_for
from core.errors import UserError
from core.specs import FrameSpec

SIZES = [(256, 256), (256, 384), (1000, 333), (97, 211), (40, 31), (4000, 3001)]


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("size", SIZES)
def test_the_frame_has_its_size_and_the_picture_its_proportions(
    size: tuple[int, int], fit: Literal["crop", "pad"]
) -> None:
    frame = frame_for(*size, FrameSpec(size=128, fit=fit), 64)
    assert min(frame.resized_width, frame.resized_height) == 128
    assert frame.width % 64 == frame.height % 64 == 0
    assert frame.resized_width / frame.resized_height == pytest.approx(size[0] / size[1], rel=0.005)
    surplus = frame.resized_width - frame.width, frame.resized_height - frame.height
    if fit == "crop":
        assert all(0 <= pixels < 64 for pixels in surplus)
    else:
        assert all(-64 < pixels <= 0 for pixels in surplus)
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    assert frame.apply(picture).shape == (frame.height, frame.width, 3)


def test_a_picture_that_fits_is_untouched() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 128, 3), np.uint8)
    frame = frame_for(128, 64, FrameSpec(size=64), 64)
    assert (frame.apply(picture) == picture).all()
    assert frame.bounds == (0, 0, 128, 64)


def test_crop_takes_the_middle() -> None:
    picture = np.zeros((64, 100, 3), np.uint8)
    picture[:] = np.arange(100)[None, :, None]
    frame = frame_for(100, 64, FrameSpec(size=64), 64)
    assert frame.bounds == (18, 0, 82, 64)
    assert (frame.apply(picture)[0, :, 0] == np.arange(18, 82)).all()


def test_pad_repeats_the_edge_and_reaches_beyond_the_picture() -> None:
    picture = np.zeros((64, 100, 3), np.uint8)
    picture[:] = np.arange(100)[None, :, None] + 10
    frame = frame_for(100, 64, FrameSpec(size=64, fit="pad"), 64)
    assert frame.bounds == (-14, 0, 114, 64)
    row = frame.apply(picture)[5, :, 0]
    assert (row[:14] == 10).all() and (row[14:114] == np.arange(100) + 10).all() and (row[114:] == 109).all()


def test_padding_is_no_part_of_an_element() -> None:
    mask = np.full((64, 100), 300, np.uint16)
    framed = frame_for(100, 64, FrameSpec(size=64, fit="pad"), 64).apply_mask(mask)
    assert framed.shape == (64, 128)
    assert (framed[:, 14:114] == 300).all() and not framed[:, :14].any() and not framed[:, 114:].any()


def test_ids_of_a_mask_are_never_mixed() -> None:
    mask = np.random.default_rng(0).choice([0, 3, 900], (90, 70)).astype(np.uint16)
    for size in (32, 320):
        framed = frame_for(70, 90, FrameSpec(size=size), 8).apply_mask(mask)
        assert set(np.unique(framed)) == {0, 3, 900}


def test_shrinking_averages_so_that_fine_texture_does_not_flicker() -> None:
    checkers = np.indices((128, 128)).sum(0) % 2 * 255
    picture = np.repeat(checkers[..., None], 3, axis=2).astype(np.uint8)
    framed = frame_for(128, 128, FrameSpec(size=64), 64).apply(picture)
    assert set(np.unique(framed)) <= {127, 128}


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("size", SIZES)
def test_boxes_there_and_back(size: tuple[int, int], fit: Literal["crop", "pad"]) -> None:
    frame = frame_for(*size, FrameSpec(size=128, fit=fit), 64)
    middle = frame.width / 2 - 20, frame.height / 2 - 10, 32, 24
    left, top, right, bottom = frame.to_picture(*middle)
    assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]
    assert frame.to_frame(left, top, right, bottom) == pytest.approx(middle)


def test_a_box_lands_on_the_pixels_it_names() -> None:
    picture = np.zeros((300, 200, 3), np.uint8)
    picture[120:180, 50:110] = 255
    frame = frame_for(200, 300, FrameSpec(size=100), 8)
    x, y, w, h = (round(number) for number in frame.to_frame(50, 120, 110, 180))
    framed = frame.apply(picture)
    assert (framed[y : y + h, x : x + w] == 255).all()
    assert (framed == 255).all(axis=2).sum() == w * h == 900


def test_boxes_are_clipped() -> None:
    frame = frame_for(100, 64, FrameSpec(size=64, fit="pad"), 64)
    assert frame.to_picture(0, 0, 64, 64) == (0, 0, 50, 64)
    left, _, right, _ = frame.to_picture(0, 0, 10, 10)
    assert left == right == 0
    cropped = frame_for(100, 64, FrameSpec(size=64), 64)
    assert cropped.to_frame(0, 0, 30, 64) == (0, 0, 12, 64)
    assert cropped.to_frame(0, 0, 10, 10)[2] == 0


def test_a_frame_smaller_than_the_multiple_is_refused() -> None:
    with pytest.raises(UserError, match="64 pixels or more"):
        frame_for(100, 100, FrameSpec(size=32), 64)
    assert frame_for(100, 100, FrameSpec(size=32, fit="pad"), 64).width == 64


def test_a_picture_of_another_size_is_refused() -> None:
    frame = frame_for(100, 64, FrameSpec(size=64), 64)
    with pytest.raises(ValueError, match="not 64 x 100"):
        frame.apply(np.zeros((100, 64, 3), np.uint8))
