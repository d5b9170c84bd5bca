"""What was found, in the forms other programs read: plain tables, COCO, FiftyOne. Tables in, tables out.

| column | holds |
|---|---|
| `image_id` | the picture's id |
| `file_name` | as the dataset writes it |
| `label` | under which the patch is typical |
| `x0`, `y0`, `x1`, `y1` | its corners, in pixels of the picture |
| `score` | what patches are ranked by: T, or the change map |
| `typicality`, `error`, `change` | mean T of the patch with its standard error, and mean change |
| `cluster` | its cluster's number within the label, from 1, most typical first; null for none |
| `position` | its place in the cluster, from 0, nearest to the centre first; null for none |
| `umap_x`, `umap_y` | where it lies on its label's map, from -1 to 1; null where none is laid out |
| `thumb` | in Parquet alone: the patch as a small WebP file; null where its picture cannot be read any more |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

PATCH_COLUMNS = (
    "image_id", "file_name", "label", "x0", "y0", "x1", "y1", "score", "typicality", "error", "change",
    "cluster", "position", "umap_x", "umap_y",
)  # fmt: skip
CLUSTER_COLUMNS = ("label", "cluster", "size", "images", "coverage", "median", "low", "high")


def patch_table(
    pictures: pd.DataFrame, patches: pd.DataFrame, members: pd.DataFrame, clusters: pd.DataFrame,
    places: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """One row a patch, label by label, best first.

    Args:
        pictures: the dataset's, indexed by picture id.
        patches: rows of table `patches`.
        members: table `members`; may be empty.
        clusters: table `clusters`; may be empty.
        places: table `points` of stage `atlas`; may be empty.

    Returns:
        `PATCH_COLUMNS`. Corners are clipped to the picture: padding belongs to nothing.
    """
    if patches.empty:
        return pd.DataFrame(columns=list(PATCH_COLUMNS))
    table = patches.rename(columns={"picture": "image_id"}).set_index("patch")
    size = pictures.loc[table["image_id"], ["file_name", "width", "height"]].set_index(table.index)
    table["file_name"] = size["file_name"]
    for corner, side, length in (
        ("x0", "left", "width"),
        ("y0", "top", "height"),
        ("x1", "right", "width"),
        ("y1", "bottom", "height"),
    ):
        table[corner] = table[side].clip(lower=0).clip(upper=size[length])
    rank = clusters.set_index("cluster")["rank"] if len(clusters) else pd.Series(dtype=float)
    of = members.set_index("patch") if len(members) else pd.DataFrame(columns=["cluster", "position"])
    table["cluster"] = (of["cluster"].map(rank) + 1).reindex(table.index).astype("Int64")
    table["position"] = of["position"].reindex(table.index).astype("Int64")
    on_map = places.set_index("patch") if len(places) else pd.DataFrame(columns=["x", "y"], dtype=float)
    for column, axis in (("umap_x", "x"), ("umap_y", "y")):
        table[column] = on_map[axis].reindex(table.index)
    ordered = table.sort_values(["label", "score"], ascending=[True, False], kind="stable")
    return ordered[list(PATCH_COLUMNS)].reset_index(drop=True)


def cluster_table(clusters: pd.DataFrame) -> pd.DataFrame:
    """One row a cluster: `CLUSTER_COLUMNS`, with `cluster` numbered as in `patch_table`."""
    if clusters.empty:
        return pd.DataFrame(columns=list(CLUSTER_COLUMNS))
    table = clusters.assign(cluster=clusters["rank"] + 1).rename(columns={"pictures": "images"})
    return table.sort_values(["label", "cluster"])[list(CLUSTER_COLUMNS)].reset_index(drop=True)


def coco(pictures: pd.DataFrame, table: pd.DataFrame, labels: Sequence[str], about: str) -> dict[str, Any]:
    """Patches as COCO object detections: a category a label; `bbox` is [x, y, width, height] in pixels.

    Args:
        pictures: the dataset's, indexed by picture id.
        table: as of `patch_table`.
        labels: all labels of the study, in order.
        about: one sentence for `info`.
    """
    shown = list(dict.fromkeys(table["image_id"]))
    number = {picture: at for at, picture in enumerate(shown, start=1)}
    category = {label: at for at, label in enumerate(labels, start=1)}
    facts = pictures.loc[shown, ["file_name", "width", "height"]].to_dict("records")
    images = [{"id": at, **facts[at - 1], "picture": picture} for picture, at in number.items()]
    annotations = [
        {
            "id": at, "image_id": number[row["image_id"]], "category_id": category[row["label"]],
            "bbox": _box(row), "area": (row["x1"] - row["x0"]) * (row["y1"] - row["y0"]), "iscrowd": 0,
            "segmentation": [], "score": row["score"],
            "cluster": None if pd.isna(row["cluster"]) else int(row["cluster"]),
        }
        for at, row in enumerate(table.to_dict("records"), start=1)
    ]  # fmt: skip
    categories = [{"id": at, "name": label, "supercategory": "label"} for label, at in category.items()]
    return {
        "info": {"description": about}, "licenses": [],
        "images": images, "annotations": annotations, "categories": categories,
    }  # fmt: skip


def fiftyone(pictures: pd.DataFrame, table: pd.DataFrame, labels: Sequence[str]) -> dict[str, Any]:
    """`labels.json` of a FiftyOneImageDetectionDataset; pictures go by their id.

    A `bounding_box` is [left, top, width, height] as shares of the picture, `label` a place in `classes`.
    """
    place = {label: at for at, label in enumerate(labels)}
    found: dict[str, list[dict[str, Any]]] = {}
    size = pictures[["width", "height"]].astype(float).to_dict("index")
    for row in table.to_dict("records"):
        width, height = size[row["image_id"]]["width"], size[row["image_id"]]["height"]
        x, y, across, down = _box(row)
        cluster = {} if pd.isna(row["cluster"]) else {"cluster": int(row["cluster"])}
        found.setdefault(row["image_id"], []).append(
            {
                "label": place[row["label"]],
                "bounding_box": [x / width, y / height, across / width, down / height],
                "attributes": {"typicality": row["typicality"], "score": row["score"], **cluster},
            }
        )
    return {"classes": list(labels), "labels": found}


def _box(row: Mapping[Any, Any]) -> list[float]:
    """[x, y, width, height]."""
    return [row["x0"], row["y0"], row["x1"] - row["x0"], row["y1"] - row["y0"]]
