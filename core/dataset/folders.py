"""Folders of pictures: a manifest in it, a folder per label, or either of them per split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from core.dataset import tables
from core.dataset.pictures import promises
from core.errors import UserError

SPLITS = frozenset(("train", "test", "validation", "val", "valid", "dev"))
"""Folder names that say which split their pictures belong to, and nothing of their label."""


def listing(folder: Path) -> pd.DataFrame:
    """List a folder's pictures: `file_name` relative to it, `path` absolute, and what else is known.

    Raises:
        UserError: It holds no pictures, nothing tells their labels, or two manifests disagree.
    """
    if manifest := metadata_in(folder):
        return tables.listing(manifest)
    inside = [child for child in _children(folder) if child.is_dir()]
    if inside and all(_is_split(child) for child in inside):
        return pd.concat([_split(folder, child) for child in inside], ignore_index=True)
    rows = _by_label(folder)
    if not rows:
        raise UserError(f'The folder "{folder}" holds no pictures: put one folder per label into it.')
    if all(row["label"] is None for row in rows):
        raise UserError(
            f'Nothing tells the labels of the pictures in "{folder}": put them into one folder per label, '
            'or list them in a metadata.csv with a column "file_name" and a column for the label.'
        )
    return pd.DataFrame(rows, dtype=object)


def metadata_in(folder: Path) -> Path | None:
    """The folder's own `metadata` table, if it has one.

    Raises:
        UserError: It has several.
    """
    found = [folder / f"metadata{suffix}" for suffix in tables.SUFFIXES]
    found = [path for path in found if path.is_file()]
    if len(found) > 1:
        raise UserError(
            f'The folder "{folder}" has both {found[0].name} and {found[1].name}: give the one that counts.'
        )
    return found[0] if found else None


def _is_split(folder: Path) -> bool:
    """A folder named "train" may also hold the pictures labelled "train": then it is not a split."""
    if folder.name.lower() not in SPLITS:
        return False
    return metadata_in(folder) is not None or any(child.is_dir() for child in _children(folder))


def _split(root: Path, folder: Path) -> pd.DataFrame:
    rows = listing(folder)
    rows["file_name"] = [f"{folder.name}/{name}" for name in rows["file_name"]]
    rows["split"] = folder.name.lower()
    return rows


def _by_label(root: Path) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = []
    for path in pictures_in(root):
        parts = path.relative_to(root).parts
        label = parts[0] if len(parts) > 1 else None
        rows.append({"file_name": "/".join(parts), "path": str(path), "label": label})
    return rows


def pictures_in(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Every picture below; links to folders are followed, but not in a circle."""
    here = folder.resolve()
    if here in above:
        return
    for child in _children(folder):
        if child.is_dir():
            yield from pictures_in(child, above | {here})
        elif promises(child):
            yield child


def _children(folder: Path) -> list[Path]:
    """What lies in a folder, sorted, without hidden files and what a Mac adds to archives."""
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise UserError(f'The folder "{folder}" cannot be opened: check its permissions.') from error
    return [child for child in children if not child.name.startswith(".") and child.name != "__MACOSX"]
