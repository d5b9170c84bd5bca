"""What would this picture be under another label?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.study import Study
from pages.parts import opened, tiles, translated
from pages.parts.gallery import Group, Picked, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import overlay
from pages.parts.strength import strength
from pages.parts.swipe import Shot, swipe
from pages.parts.text import between, count, plain, quoted, signed
from pages.parts.translated import Seen

STRIP = 48
SHOWN = 12
"""Labels with a map."""
WHOLE = (0.0, 0.0, 1.0, 1.0)
SMALL = 148
"""Pixels across of a picture with a map: two side by side on a phone, six on a screen."""
WORDS = (
    (40, "no difference can be seen"),
    (30, "hardly a difference can be seen"),
    (25, "small things differ"),
    (0, "much of it differs"),
)
"""What so many decibels mean to an eye."""


def pick_target(study: Study, label: str) -> str:
    """The label translated to: the link's, or the first other one."""
    others = [other for other in study.labels if other != label] or [label]
    asked_for = st.query_params.get("to", "")
    if asked_for != label:  # the label at the side may have become the one translated to
        opened.refuse_unknown("to", others, others[0], "to translate to")
    return asked_for if asked_for in others else others[0]


def choose(name: str, value: str) -> None:
    """A click becomes part of the link."""
    st.query_params[name] = value


def handle(study: Study, label: str, target: str, source: pd.Series[Any], urls: dict[str, str]) -> None:
    """The picture and its translation under one handle, with as many pixels: the picture led back to itself.

    So both have been through the autoencoder and back out of the noise, and what differs comes of the label.
    On demand, and where it did not come back, the picture itself.
    """
    picture, name = str(source.name), str(source["file_name"])
    size = int(source["frame_width"]), int(source["frame_height"])
    after = Shot(urls.get(target, ""), target, f"The same picture as {target}")
    space = st.container()
    original = bool(source["failed"]) or st.toggle(
        "The picture itself on the left, as sharp as it is", key="original", bind="query-params"
    )
    with space:
        if original:
            before = Shot(tiles.urls(study, label, [picture])[picture], label, f"{name}, {label}")
            swipe(before, after, size, translated.crop(study, source), "swipe")
        else:
            url = translated.reconstruction(study, picture)
            swipe(Shot(url, label, f"{name}, {label}, led back to itself"), after, size, WHOLE, "swipe")
    if not original:
        st.caption(
            f"Both as the denoiser makes them, {size[0]} x {size[1]} pixels: on the left led back to "
            f"{plain(label)}, on the right to {plain(target)}. What differs comes of the label."
        )


def came_back(study: Study, source: pd.Series[Any]) -> None:
    """How exactly the picture comes back under its own label, which says how far to trust the rest."""
    decibels, least = float(source["psnr"]), study.spec.translate.least_psnr
    shown = f"{decibels:.1f} dB" if math.isfinite(decibels) else "exactly" if decibels > 0 else "unknown"
    st.metric(
        "Reconstruction (PSNR)", shown,
        help="The picture is led into the noise and back under its own label, as its translations are under "
        "others: the more decibels, the closer it comes back to itself.",
    )  # fmt: skip
    if source["failed"]:
        st.warning(
            f"**This reconstruction failed**: even under its own label the picture does not come back "
            f"({shown}, and {least:g} dB are asked for). What its translations show may be another picture, "
            "and no place of it counts as co-typical.",
            icon=":material/warning:",
        )
        return
    words = next((words for most, words in WORDS if decibels >= most), WORDS[-1][1])
    st.caption(f"Led into the noise and back under its own label, {words}.")


def facts(study: Study, label: str, target: str, source: pd.Series[Any], found: dict[str, Seen]) -> None:
    """What is known about the picture in view."""
    about, prompt = opened.pictures(study, label).loc[str(source.name)], study.spec.prompt
    st.markdown(
        f"**{plain(source['file_name'])}**  \nTold {quoted(prompt.prompt(target, about))} in place of "
        f"{quoted(prompt.prompt(label, about))}"
    )
    came_back(study, source)
    if label in found and target in found:
        st.metric(
            f"Mean T as {plain(target)}", signed(found[target].mean),
            help=f"How much knowing the label helps with the translation. "
            f"The source under its own label: {signed(found[label].mean)}.",
        )  # fmt: skip


def strip(study: Study, label: str, target: str, pictures: pd.DataFrame, chosen: str) -> None:
    """The translated pictures of the label, to choose from."""
    urls = tiles.urls(study, label, pictures.index, "thumb")
    shown = [
        Tile(
            picture, urls[picture], row["file_name"],
            href("translate", study, label, picture=str(picture), to=target),
            f"T {signed(row['mean'])}", "did not come back" if row["failed"] else "",
        )
        for picture, row in pictures.iterrows()
    ]  # fmt: skip
    gallery([Group("strip", "", shown)], "strip", "strip", chosen, lambda pick: choose("picture", pick.key))


def grid(
    study: Study, label: str, target: str, picture: str, urls: dict[str, str], found: dict[str, Seen]
) -> None:
    """All translations; a click puts one under the handle."""
    st.header("The same picture under every other label")
    shown = [
        Tile(
            other, url, f"The picture as {other}", href("translate", study, label, picture=picture, to=other),
            other, f"mean T {signed(found[other].mean)}" if other in found else "",
        )
        for other, url in urls.items()
    ]  # fmt: skip

    def picked(pick: Picked) -> None:
        choose("to", pick.key)

    gallery([Group("all", "", shown)], "wall", "all", target, picked)


def maps(study: Study, label: str, picture: str, urls: dict[str, str], found: dict[str, Seen]) -> None:
    """Each of them with its map under its own label, all in the same colours."""
    st.header("Where does each label show?")
    if not found:
        st.caption(
            "A picture that did not come back is not measured."
            if study.state("cotypicality") == "done"
            else "Maps of translations come with stage **cotypicality**, which is not done yet."
        )
        return
    st.markdown(
        f"Each translation asked about under **its own label**: what is red helps there. Places that are red "
        f"everywhere are **co-typical**. {plain(label)} is the picture led back to itself."
    )
    all_urls = {label: translated.reconstruction(study, picture), **urls}
    with st.container(horizontal=True, gap="small"):
        for one in [found[name] for name in all_urls if name in found][:SHOWN]:
            height, width = one.maps.typicality.shape
            with st.container(width=SMALL, gap="small"):
                words = f"The picture as {one.label}, its map under {one.label}"
                url = all_urls[one.label]
                overlay(url, words, one.label, (width, height), one.maps, [], f"as {one.label}", small=True)
                st.markdown(f"**{plain(one.label)}**  \nmean T {signed(one.mean)}")
                if math.isfinite(one.low):
                    st.caption(between(one.low, one.high))
    if len(found) > SHOWN:
        st.caption(f"And {count(len(found) - SHOWN, 'more label')}.")


study, label = opened.current()
target = pick_target(study, label)
st.title(f"What would this picture be in {plain(target)}?")
st.markdown(
    f"A **translation**: the picture is led into the noise as {plain(label)} and back as another label, its "
    "layout held (Plug-and-Play). What changes is what the denoiser believes the other label to look like."
)
opened.artifact(study, "translate")
pictures = translated.sources(study, label)
if pictures.empty:
    st.info(f"No picture of {plain(label)} was translated.", icon=":material/search_off:")
    st.stop()
picture = opened.picture_asked_for(list(pictures.index), str(pictures.index[0]))
source = pictures.loc[picture]
urls, found = translated.translations(study, picture), translated.seen(study, picture)
left, right = st.columns([5, 2], gap="large")
with left:
    handle(study, label, target, source, urls)
with right:
    facts(study, label, target, source, found)
strip(study, label, target, pictures.head(STRIP), picture)
grid(study, label, target, picture, urls, found)
if target in urls:
    strength(study, label, target, picture, translated.reconstruction(study, picture), urls[target])
maps(study, label, picture, urls, found)
