"""Pictures brought to the app: a folder, good and bad zips, and one's own picture under every label."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from core.config import Settings
from core.store import studies
from core.store.layout import Layout
from core.study import Study
from tests.core.diffusion.hub import Hub
from tests.e2e.conftest import PATIENCE, Visit, Workshop, settled
from tests.pages.conftest import draw
from tests.serving import serving


def packed(folder: Path, **more: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"streets/{file.name}")
        for name, data in more.items():
            archive.writestr(name, data)
    return content.getvalue()


def upload(page: Page, name: str, content: bytes) -> None:
    expect(page.locator("input[type=file]")).to_be_attached()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


def test_a_folder_is_read_into_a_study(visit: Visit, workshop: Workshop, tmp_path: Path) -> None:
    address, settings = workshop
    source = draw(tmp_path / "mine")
    (source / "00.png").write_bytes(b"no picture")
    page = visit(f"{address}/studies")
    page.get_by_text("Bring pictures").click()
    page.get_by_role("textbox", name="Folder, or table").fill(str(source))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Read the pictures").wait_for()
    settled(page)
    page.get_by_role("button", name="Read the pictures").click()
    expect(page.get_by_role("heading", name="Study mine")).to_be_visible()
    expect(page.get_by_text("1 file could not be used")).to_be_visible()
    assert len(Study.open("mine", settings).pictures) == 23


def large(folder: Path, pictures: int) -> Path:
    """Pictures that take long to read."""
    content = io.BytesIO()
    Image.new("RGB", (6000, 4000), "teal").save(content, "JPEG")
    for number in range(pictures):
        label = folder / ("Kyoto", "Prague")[number % 2]
        label.mkdir(parents=True, exist_ok=True)
        (label / f"{number:03}.jpg").write_bytes(content.getvalue() + bytes([number]))
    return folder


def test_a_reading_is_cancelled_and_goes_on(visit: Visit, workshop: Workshop, tmp_path: Path) -> None:
    address, settings = workshop
    page = visit(f"{address}/studies")
    page.get_by_text("Bring pictures").click()
    page.get_by_role("textbox", name="Folder, or table").fill(str(large(tmp_path / "slow", 200)))
    page.keyboard.press("Enter")
    read = page.get_by_role("button", name="Read the pictures")
    read.wait_for()
    settled(page)
    read.click()
    expect(page.get_by_text("a second,")).to_contain_text("left")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert "slow" not in studies.names(Layout(settings.cache))
    (notes,) = (settings.cache / "readings").iterdir()
    assert 0 < len(notes.read_text().splitlines()) < 200
    read.click()
    expect(page.get_by_role("heading", name="Study slow")).to_be_visible()
    assert len(Study.open("slow", settings).pictures) == 200
    assert not notes.exists()


def test_a_zip_is_read_into_a_study(visit: Visit, workshop: Workshop, tmp_path: Path) -> None:
    address, settings = workshop
    page = visit(f"{address}/studies?from=Zip+file")
    page.get_by_text("Bring pictures").click()
    upload(page, "zipped.zip", packed(draw(tmp_path / "mine")))
    page.get_by_role("button", name="Unpack and look inside").click()
    expect(page.get_by_text("24 pictures").first).to_be_visible()
    page.get_by_role("button", name="Read the pictures").click()
    expect(page.get_by_role("heading", name="Study zipped")).to_be_visible()
    assert Study.open("zipped", settings).labels == ("Kyoto", "Paris", "Prague")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("climbing", "leads out of its folder"),
        ("broken", "no zip file that can be read"),
        ("empty", "The zip holds no pictures: put one folder per label into it."),
    ],
)
def test_a_bad_zip_is_one_sentence(
    visit: Visit, workshop: Workshop, tmp_path: Path, bad: str, said: str
) -> None:
    address, settings = workshop
    (tmp_path / "notes").mkdir()
    content = {
        "climbing": packed(draw(tmp_path / "mine"), **{"../../out.png": b"x"}),
        "broken": b"no zip",
        "empty": packed(tmp_path / "notes", **{"notes/read me.txt": b"x"}),
    }[bad]
    page = visit(f"{address}/studies?from=Zip+file")
    page.get_by_text("Bring pictures").click()
    upload(page, f"bad-{bad}.zip", content)
    page.get_by_role("button", name="Unpack and look inside").click()
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    assert not (settings.cache / "uploads" / f"bad-{bad}").exists()
    assert not list(settings.cache.parent.rglob("out.png"))


def test_a_dataset_of_the_hub_is_read_into_a_study(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    draw(tmp_path / "offered" / "streets")
    cache = tmp_path / "cache"
    with (
        Hub({"datasets/owner/streets": tmp_path / "offered"}) as hub,
        serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(cache), HF_ENDPOINT=hub.url) as address,
    ):
        page = visit(f"{address}/studies?from=Hugging+Face")
        for name in ("unknown", "streets"):
            page.get_by_role("textbox", name="Dataset on the Hugging Face hub").fill(f"owner/{name}")
            page.keyboard.press("Enter")
            expect(page.get_by_role("textbox", name="Name of the study")).to_have_value(name)
            page.get_by_role("button", name="Fetch and look inside").click()
            if name == "unknown":
                expect(page.get_by_role("alert").filter(has_text="not to be had")).to_be_visible()
        expect(page.get_by_text("24 pictures").first).to_be_visible()
        page.get_by_role("button", name="Read the pictures").click()
        expect(page.get_by_role("heading", name="Study streets")).to_be_visible()
        page.context.close()
    assert Study.open("streets", Settings(cache=cache)).labels == ("Kyoto", "Paris", "Prague")


def test_ones_own_picture_is_measured_under_every_label(visit: Visit, workshop: Workshop) -> None:
    address, settings = workshop
    study = Study.open("demo", settings)
    london = study.pictures[study.pictures["place"] == "London"]["path"].iloc[0]
    page = visit(f"{address}/typicality?label=Kyoto")
    upload(page, "mine.bmp", Path(london).read_bytes() + b" ")  # no picture of the study: other bytes
    page.get_by_role("button", name="Look at mine under every label").click()
    page.wait_for_url("**look=**")
    expect(page.get_by_text("Most like London")).to_be_visible()
    expect(page.get_by_text("It would not pass for Kyoto")).to_be_visible()
    expect(page.locator(".overlay.small .map")).to_have_count(len(study.labels))
    page.reload()
    expect(page.get_by_text("Most like London")).to_be_visible()


def test_a_photograph_taken_with_the_camera_is_measured_under_every_label(
    visit: Visit, workshop: Workshop
) -> None:
    address, settings = workshop
    page = visit(f"{address}/typicality?label=Kyoto")
    page.get_by_text("Camera", exact=True).click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_role("button", name="Look at mine under every label").click()
    page.wait_for_url("**look=**")
    expect(page.get_by_text("for Kyoto, no.").or_(page.get_by_text("Most like Kyoto.")).first).to_be_visible()
    expect(page.locator(".overlay.small .map")).to_have_count(len(Study.open("demo", settings).labels))


def test_what_is_no_picture_is_one_sentence(visit: Visit, workshop: Workshop) -> None:
    address, settings = workshop
    page = visit(f"{address}/typicality?label=Kyoto")
    before = list((settings.cache / "demo").glob("looks/*"))
    upload(page, "mine.jpg", b"no picture")
    page.get_by_role("button", name="Look at mine under every label").click()
    expect(page.get_by_role("alert").filter(has_text="not a picture")).to_be_visible()
    assert list((settings.cache / "demo").glob("looks/*")) == before
