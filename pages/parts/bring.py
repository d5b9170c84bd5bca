"""Bring pictures: a folder, a zip, or a dataset of the hub; looked at first, then read into a study."""

from __future__ import annotations

from pathlib import PurePath
from typing import get_args

import streamlit as st

from core.dataset.importers import Found, find
from core.dataset.slices import is_medical
from core.errors import UserError
from core.importing import Import
from core.specs import Axis, SliceSpec, StudySpec
from core.store.layout import Layout, name_like
from core.store.uploads import Upload, kept
from pages.parts import opened, visitor
from pages.parts.bar import with_bar
from pages.parts.text import count, plain

WAYS = ("Folder on this machine", "Zip file", "Hugging Face")
HOW = (
    "One folder per label, or a table (`metadata.csv`, Parquet) with a column `file_name` and a column for "
    "each kind of label."
)
BROUGHT = "names of zips this visitor unpacked"
LABELS = 12
SEEN = 200
"""Files that are looked into, to see whether they are scans."""
KEPT = "What is there by then is not lost: the next time it goes on from it."


def bring() -> None:
    """From a place to a study: where, what is in it, read it."""
    way = st.segmented_control(
        "Where are the pictures?", WAYS, default=WAYS[0], required=True, key="from", bind="query-params"
    )
    with opened.explained():
        place = dict(zip(WAYS, (from_folder, from_zip, from_hub), strict=True))[way]()
        if place:
            look(*place)


def from_folder() -> tuple[str, str] | None:
    """The name and the place of a folder or a table."""
    place = st.text_input("Folder, or table that lists pictures", key="folder", help=HOW).strip()
    if not place:
        st.caption(HOW)
        return None
    name = _name(PurePath(place).stem)
    return (name, place) if name else None


def from_zip() -> tuple[str, str] | None:
    """The name and the place of a zip, once it is unpacked."""
    packed = st.file_uploader("Zip file", type="zip", key="zip", help=HOW)
    name = _name(PurePath(packed.name).stem if packed else "")
    if not name:
        st.caption(f"{HOW} Of what is too large to upload, give the folder.")
        return None
    if packed and st.button("Unpack and look inside", icon=":material/folder_zip:"):
        own = st.session_state.setdefault(BROUGHT, set())
        unpack(Upload(name, packed, visitor.settings(), name in own))
        own.add(name)
    if name not in st.session_state.get(BROUGHT, ()):
        return None  # what is there of that name is somebody else's
    there = kept(Layout(visitor.settings().cache), name)
    return (name, str(there)) if there else None


def from_hub() -> tuple[str, str] | None:
    """The name and the place of a dataset of the hub, once it is fetched."""
    id_ = st.text_input(
        "Dataset on the Hugging Face hub", key="hub", placeholder="owner/name",
        help="Its pictures, tables and zips are fetched to this machine; no code is.",
    ).strip()  # fmt: skip
    name = _name(PurePath(id_).stem) if id_ else ""
    if not name:
        st.caption("The id is what follows huggingface.co/datasets/ in the browser.")
        return None
    settings = visitor.settings()
    if st.button("Fetch and look inside", icon=":material/cloud_download:"):
        from core.store.hub import HubDataset  # half a second that no other page needs

        with st.spinner("Asking the hub what there is…"):
            dataset = HubDataset(name, id_, settings)
        for _ in with_bar(dataset, f"Fetching {count(dataset.files, 'file')}", "megabyte", KEPT):
            pass
    there = kept(Layout(settings.cache), name)
    return (name, str(there)) if there else None


def unpack(upload: Upload) -> None:
    """Unpack it whole and see whether it is a dataset; if not, none of it is kept."""
    for _ in with_bar(upload, "Unpacking", note="Nothing of it is kept then."):
        pass
    try:
        find(upload.folder)
    except UserError as problem:
        place = f'"{upload.folder}"'
        upload.drop()
        raise UserError(str(problem).replace(f"folder {place}", "zip").replace(place, "the zip")) from problem


def look(name: str, place: str) -> None:
    """What a place holds, and the button that reads it."""
    found, slices = pick_slices(place)
    st.markdown(f"**{count(len(found), 'picture')}** in {plain(place)}")
    column = st.selectbox("Label column: what are the pictures compared by?", found.label_columns)
    st.markdown(labels(found, column))
    if st.button("Read the pictures", type="primary", icon=":material/photo_library:"):
        reading = Import(name, place, StudySpec(label_column=column, slices=slices), visitor.settings())
        for _ in with_bar(reading, "Reading", "picture", KEPT):
            pass
        opened.look_at(reading.study.name)


def pick_slices(place: str) -> tuple[Found, SliceSpec | None]:
    """What a place holds; where that may be medical volumes, how they are cut is asked first."""
    found = find(place)
    if not any(is_medical(path) for path in found.entries["path"].head(SEEN) if path):
        return found, None
    with st.container(horizontal=True):
        axis = st.segmented_control(
            "Volumes (NIfTI, DICOM series) are cut into slices", get_args(Axis), default="axial",
            required=True,
            format_func=str.capitalize, key="axis",
        )  # fmt: skip
        every = st.number_input("of which every so many is taken: 1 takes all", 1, 100, 5, key="every")
    st.caption("Headers of scans are not kept, nor shown. File names are: they should name no patient.")
    slices = SliceSpec(axis, int(every))
    return find(place, slices=slices), slices


def labels(found: Found, column: str) -> str:
    """ "Kyoto 12, Paris 12 and 3 more": the largest labels."""
    sizes = found.entries[column].value_counts()
    first = ", ".join(f"{plain(label)} {number:,}" for label, number in sizes.head(LABELS).items())
    more = f" and {len(sizes) - LABELS:,} more" if len(sizes) > LABELS else ""
    return f"{count(len(sizes), 'label')}: {first}{more}"


def _name(suggested: str) -> str:
    return st.text_input(
        "Name of the study", name_like(suggested), help="Letters, digits, - and _.", key=f"name {suggested}"
    ).strip()
