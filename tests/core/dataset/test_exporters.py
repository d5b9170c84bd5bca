"""Tables that other programs read, checked against what those programs ask for."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from core.dataset.exporters import CLUSTER_COLUMNS, PATCH_COLUMNS, cluster_table, coco, fiftyone, patch_table

LABELS = ("Kyoto", "Paris")
PICTURES = pd.DataFrame(
    {"file_name": ["a.png", "b.png"], "width": [100, 80], "height": [50, 40]},
    index=pd.Index(["p", "q"], name="picture"),
)
CLUSTERS = pd.DataFrame(
    [("k0", "Kyoto", 0, 1, 1, 1.0, 0.3, 0.2, 0.4), ("k1", "Kyoto", 1, 1, 1, 1.0, 0.1, float("nan"), 0.2)],
    columns=["cluster", "label", "rank", "size", "pictures", "coverage", "median", "low", "high"],
)
MEMBERS = pd.DataFrame({"patch": ["p-0", "p-1"], "cluster": ["k0", "k1"], "position": [0, 3]})
PLACES = pd.DataFrame({"patch": ["p-1", "q-0"], "x": [0.25, -1.0], "y": [0.5, 1.0]})


def patch(name: str, label: str, score: float, box: tuple[float, float, float, float]) -> dict[str, Any]:
    sides = dict(zip(("left", "top", "right", "bottom"), box, strict=True))
    measured = {"score": score, "typicality": score, "error": 0.01, "change": 0.2}
    return {"patch": name, "picture": name[0], "label": label, **sides, **measured}


PATCHES = pd.DataFrame(
    [
        patch("q-0", "Paris", 0.2, (0, 0, 20, 20)),
        patch("p-1", "Kyoto", 0.1, (-5, 40, 15, 60)),
        patch("p-0", "Kyoto", 0.3, (30, 10, 50, 30)),
    ]
)


@pytest.fixture
def table() -> pd.DataFrame:
    return patch_table(PICTURES, PATCHES, MEMBERS, CLUSTERS, PLACES)


def test_patch_table__goes_label_by_label_best_first(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == PATCH_COLUMNS
    assert table["label"].tolist() == ["Kyoto", "Kyoto", "Paris"]
    assert table["score"].tolist() == [0.3, 0.1, 0.2]
    assert table["cluster"].tolist()[:2] == [1, 2] and pd.isna(table["cluster"][2])
    assert table["position"].tolist()[:2] == [0, 3] and pd.isna(table["position"][2])
    assert table["umap_x"].tolist()[1:] == [0.25, -1] and table["umap_y"].tolist()[1:] == [0.5, 1]
    assert table.loc[0, ["umap_x", "umap_y"]].isna().all()


def test_patch_table__clips_what_lies_in_the_padding(table: pd.DataFrame) -> None:
    assert table.loc[1, ["x0", "y0", "x1", "y1"]].tolist() == [0, 40, 15, 50]


def test_tables__of_nothing_have_their_columns() -> None:
    none = pd.DataFrame()
    assert tuple(patch_table(PICTURES, none, none, none, none).columns) == PATCH_COLUMNS
    assert tuple(cluster_table(none).columns) == CLUSTER_COLUMNS
    ungrouped = patch_table(PICTURES, PATCHES, none, none, none)
    assert len(ungrouped) == 3 and ungrouped[["cluster", "umap_x", "umap_y"]].isna().all().all()


def test_cluster_table__numbers_as_the_pages_do() -> None:
    table = cluster_table(CLUSTERS)
    assert tuple(table.columns) == CLUSTER_COLUMNS
    assert table["cluster"].tolist() == [1, 2] and table["images"].tolist() == [1, 1]


def test_coco__is_a_coco_detection_file(table: pd.DataFrame) -> None:
    """The structure the format asks for: integer ids, no reference into nothing, boxes inside their image."""
    found = json.loads(json.dumps(coco(PICTURES, table, LABELS, "about"), allow_nan=False))
    assert set(found) == {"info", "licenses", "images", "annotations", "categories"}
    images = {image["id"]: image for image in found["images"]}
    categories = {category["id"]: category["name"] for category in found["categories"]}
    assert list(categories.values()) == list(LABELS) and len(images) == len(found["images"]) == 2
    ids = [annotation["id"] for annotation in found["annotations"]]
    assert all(isinstance(number, int) for number in (*ids, *images, *categories))
    assert len(set(ids)) == len(ids) == len(table)
    for annotation in found["annotations"]:
        image = images[annotation["image_id"]]
        x, y, width, height = annotation["bbox"]
        assert x >= 0 and y >= 0 and width > 0 and height > 0
        assert x + width <= image["width"] and y + height <= image["height"]
        assert annotation["area"] == width * height and annotation["iscrowd"] == 0
        assert annotation["category_id"] in categories


def test_coco__gives_back_the_table(table: pd.DataFrame) -> None:
    found = coco(PICTURES, table, LABELS, "about")
    names = {image["id"]: image["file_name"] for image in found["images"]}
    first = found["annotations"][0]
    assert names[first["image_id"]] == "a.png" and first["bbox"] == [30, 10, 20, 20]
    assert [annotation["cluster"] for annotation in found["annotations"]] == [1, 2, None]
    assert [annotation["category_id"] for annotation in found["annotations"]] == [1, 1, 2]


def test_fiftyone__boxes_are_shares_and_labels_places_in_classes(table: pd.DataFrame) -> None:
    found = json.loads(json.dumps(fiftyone(PICTURES, table, LABELS), allow_nan=False))
    assert found["classes"] == list(LABELS) and set(found["labels"]) == {"p", "q"}
    first, second = found["labels"]["p"]
    assert first["label"] == 0 and first["bounding_box"] == [0.3, 0.2, 0.2, 0.4]
    assert second["bounding_box"] == [0.0, 0.8, 0.15, 0.2]
    assert first["attributes"]["cluster"] == 1 and "cluster" not in found["labels"]["q"][0]["attributes"]
