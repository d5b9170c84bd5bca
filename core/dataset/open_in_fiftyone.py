"""Open the folder this file lies in with FiftyOne: pictures, patches and, where they were exported, maps.

Typiscope puts this file into every export for FiftyOne; nothing else of Typiscope is needed to run it, but
`pip install fiftyone`: python open_in_fiftyone.py.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HERE = Path(__file__).parent


def typicality(folder: Path = HERE) -> dict[str, NDArray[np.float32]]:
    """T over each whole picture, by the picture's id; empty where no maps were exported.

    Returns:
        (h, w) each, in latent pixels; 0 where the denoiser did not look.
    """
    listed = folder / "maps.csv"
    if not listed.is_file():
        return {}
    with listed.open(encoding="utf-8", newline="") as file:
        return {row["image_id"]: _over_picture(folder, row) for row in csv.DictReader(file)}


def scale(maps: dict[str, NDArray[np.float32]]) -> float:
    """The |T| at which the colours of all maps end, as on Typiscope's pages: a few pixels saturate, so that
    these do not pale all others. A positive number."""
    values = np.concatenate([np.zeros(0), *(np.abs(one).ravel() for one in maps.values())])
    return (float(np.quantile(values, 0.995)) if len(values) else 0.0) or 1.0


def _over_picture(folder: Path, row: dict[str, str]) -> NDArray[np.float32]:
    """One map laid where it belongs: a frame that was cropped or padded is not the whole picture."""
    grey = np.asarray(Image.open(folder / row["map"]), np.float32)
    measured = (grey - float(row["zero"])) * float(row["unit"])
    down, inside_down = _places(float(row["top"]), float(row["height"]), measured.shape[0])
    across, inside_across = _places(float(row["left"]), float(row["width"]), measured.shape[1])
    inside = inside_down[:, None] & inside_across
    return np.where(inside, measured[np.ix_(down, across)], 0).astype(np.float32)


def _places(start: float, length: float, pixels: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each pixel of the whole picture, along one side, the map's pixel there, and whether it has one."""
    number = max(1, round(pixels / length))
    found = np.floor(((np.arange(number) + 0.5) / number - start) / length * pixels).astype(np.intp)
    return found.clip(0, pixels - 1), (found >= 0) & (found < pixels)


def main() -> None:
    """Open it in the browser, until the window is closed."""
    import fiftyone  # type: ignore[import-not-found]  # only here: it is no part of Typiscope

    dataset = fiftyone.Dataset.from_dir(
        str(HERE), fiftyone.types.FiftyOneImageDetectionDataset, label_field="patches"
    )
    maps = typicality()
    end = scale(maps)
    for sample in dataset.iter_samples(autosave=True):
        if (found := maps.get(Path(sample.filepath).stem)) is not None:
            sample["typicality"] = fiftyone.Heatmap(map=found.clip(-end, end), range=[-end, end])
            sample["mean_typicality"] = float(found.mean())
    fiftyone.launch_app(dataset).wait()


if __name__ == "__main__":
    main()
