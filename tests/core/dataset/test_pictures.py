"""Every kind of picture becomes the same RGB; every bad one has a reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dataset.files import PictureError
from core.dataset.pictures import load_mask, load_picture

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def _halves() -> Image.Image:
    """32 x 16: red left, blue right."""
    image = Image.new("RGB", (32, 16), RED)
    image.paste(BLUE, (16, 0, 32, 16))
    return image


def test_rgb_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    _halves().save(tmp_path / "a.png")
    picture = load_picture(tmp_path / "a.png")
    assert picture.shape == (16, 32, 3) and picture.dtype == np.uint8
    assert tuple(picture[8, 4]) == RED and tuple(picture[8, 28]) == BLUE


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    _halves().save(tmp_path / "a.jpg", format="PNG")
    assert tuple(load_picture(tmp_path / "a.jpg")[0, 0]) == RED


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_has_three_equal_channels(tmp_path: Path, mode: str) -> None:
    _halves().convert("L").convert(mode, dither=Image.Dither.NONE).save(tmp_path / "a.png")
    picture = load_picture(tmp_path / "a.png")
    assert (picture == picture[..., :1]).all()
    assert picture[0, 0, 0] == (76 if mode == "L" else 0)


def test_palette(tmp_path: Path) -> None:
    _halves().convert("P").save(tmp_path / "a.gif")
    assert tuple(load_picture(tmp_path / "a.gif")[0, 31]) == BLUE


def test_cmyk_is_not_inverted(tmp_path: Path) -> None:
    _halves().convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    left = load_picture(tmp_path / "a.jpg")[8, 4].astype(int)
    assert np.abs(left - RED).max() < 12


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    grey = np.tile(np.linspace(0, 65535, 16), (16, 1)).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / f"a.{suffix}")
    picture = load_picture(tmp_path / f"a.{suffix}")
    assert picture[0, :, 1].tolist() == [17 * step for step in range(16)]


def test_floats_from_0_to_1_are_scaled_and_others_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 9), 0.5, np.float32)).save(tmp_path / "half.tif")
    Image.fromarray(np.full((9, 9), 7.5, np.float32)).save(tmp_path / "more.tif")
    assert load_picture(tmp_path / "half.tif")[0, 0].tolist() == [128] * 3
    with pytest.raises(PictureError, match="32-bit"):
        load_picture(tmp_path / "more.tif")


def test_transparent_is_white(tmp_path: Path) -> None:
    image = _halves().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste((*RED, 255), (0, 0, 8, 16))
    image.save(tmp_path / "a.png")
    picture = load_picture(tmp_path / "a.png")
    assert tuple(picture[8, 4]) == RED and tuple(picture[8, 20]) == WHITE


def test_a_transparent_palette_colour_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (0, 0, 8, 16))
    image.save(tmp_path / "a.png", transparency=0)
    picture = load_picture(tmp_path / "a.png")
    assert tuple(picture[0, 0]) == WHITE and tuple(picture[0, 12]) == RED


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise: the left half comes up
    _halves().save(tmp_path / "a.png", exif=exif)
    picture = load_picture(tmp_path / "a.png")
    assert picture.shape == (32, 16, 3)
    assert tuple(picture[4, 8]) == RED and tuple(picture[28, 8]) == BLUE


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_first_frame_of_an_animation(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], lossless=True)
    assert tuple(load_picture(tmp_path / f"a.{suffix}")[8, 8]) == RED


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tif", "webp"])
def test_cut_short(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(PictureError) as caught:
        load_picture(path)
    assert caught.value.reason in {"is cut short", "is damaged"}
    assert str(caught.value) == f'The picture "{path}" {caught.value.reason}.'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"<html>not here</html>", "is not a picture"),
        (b"\xff\xd8\xff", "is not a picture"),
    ],
)
def test_no_picture_at_all(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError) as caught:
        load_picture(path)
    assert caught.value.reason == reason


def test_missing_and_folder(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.jpg", "is missing"), (tmp_path, "is not a file")):
        with pytest.raises(PictureError) as caught:
            load_picture(path)
        assert caught.value.reason == reason


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("limit", [400, 300, 100])
def test_decompression_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    _halves().save(tmp_path / "a.png")  # 512 pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(PictureError, match="is too large"):
        load_picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("size", "reason"), [((7, 20), "too small"), ((8, 65), "too narrow"), ((8, 64), ""), ((8, 8), "")]
)
def test_limits_of_shape(tmp_path: Path, size: tuple[int, int], reason: str) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    if not reason:
        assert load_picture(tmp_path / "a.png").shape == (size[1], size[0], 3)
        return
    with pytest.raises(PictureError, match=reason):
        load_picture(tmp_path / "a.png")


def test_a_file_that_changed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    _halves().save(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_picture(path, sha256).shape == (16, 32, 3)
    _halves().rotate(180).save(path)
    with pytest.raises(PictureError, match="changed since it was imported"):
        load_picture(path, sha256)


@pytest.mark.parametrize("mode", ["L", "P", "I;16"])
def test_a_mask_holds_ids(tmp_path: Path, mode: str) -> None:
    ids = np.zeros((16, 32), np.uint16 if mode == "I;16" else np.uint8)
    ids[:, 20:] = 7
    image = Image.fromarray(ids)
    if mode == "P":
        image.putpalette([0, 0, 0] * 7 + [9, 8, 7])
    image.save(tmp_path / "a.png")
    mask = load_mask(tmp_path / "a.png")
    assert mask.dtype == np.uint16 and mask.shape == (16, 32)
    assert mask[0, 19] == 0 and mask[0, 20] == 7


def test_a_mask_in_colour_is_refused(tmp_path: Path) -> None:
    _halves().save(tmp_path / "a.png")
    with pytest.raises(PictureError, match="one element id a pixel"):
        load_mask(tmp_path / "a.png")
