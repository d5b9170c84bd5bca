"""The demo world keeps its word: deterministic, label-blind, planted at the stated rates."""

from functools import cache

import cv2
import numpy as np
import pytest

from core.demo.world import DECADES, ELEMENTS, PLACES, Scene, draw_scene

SCENES_PER_PAIR = 12


@cache
def scenes() -> tuple[tuple[str, str, Scene], ...]:
    """Twelve scenes of every pair of place and decade."""
    pairs = [(place, decade) for place in PLACES for decade in DECADES]
    return tuple(
        (place, decade, draw_scene(3, i * len(pairs) + k, place, decade))
        for k, (place, decade) in enumerate(pairs)
        for i in range(SCENES_PER_PAIR)
    )


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, second = (draw_scene(5, 9, "Kyoto", "1970s") for _ in range(2))
    assert first.picture.tobytes() == second.picture.tobytes()
    assert first.mask.tobytes() == second.mask.tobytes()


def test_a_scene_has_the_stated_shapes() -> None:
    scene = draw_scene(0, 0, "Paris", "1990s")
    assert scene.picture.shape == (256, 256, 3)
    assert scene.mask.shape == (256, 256)
    assert scene.picture.dtype == scene.mask.dtype == np.uint8


@pytest.mark.parametrize("index", range(6))
def test_the_sky_does_not_know_the_label(index: int) -> None:
    drawn = [draw_scene(0, index, place, DECADES[i % 4]) for i, place in enumerate(PLACES)]
    planted = np.max([scene.mask for scene in drawn], axis=0)
    # The highest rows hold sky only; a planted thing's smooth rim reaches just past its mask.
    bare = cv2.dilate(planted, np.ones((5, 5), np.uint8))[:24] == 0
    assert bare.mean() > 0.9
    assert all((s.picture[:24][bare] == drawn[0].picture[:24][bare]).all() for s in drawn)


@pytest.mark.parametrize("index", range(6))
def test_most_of_a_scene_is_the_same_under_every_label(index: int) -> None:
    drawn = [draw_scene(0, index, place, "1990s").picture for place in PLACES]
    same = [(a == drawn[0]).all(axis=2).mean() for a in drawn[1:]]
    assert min(same) > 0.6


def test_masks_hold_known_ids_only() -> None:
    known = {0, *(element.id for element in ELEMENTS)}
    assert known == set(range(len(ELEMENTS) + 1))
    for _, _, scene in scenes():
        assert set(np.unique(scene.mask).tolist()) <= known


def test_every_element_appears_near_its_rate_and_under_its_own_label_only() -> None:
    for element in ELEMENTS:
        seen: dict[bool, list[bool]] = {True: [], False: []}
        for place, decade, scene in scenes():
            seen[element.label in (place, decade)].append(bool((scene.mask == element.id).any()))
        assert not any(seen[False]), element.name
        # Four standard errors of a share counted on 48 scenes, the least any label has.
        assert abs(np.mean(seen[True]) - element.rate) < 4 * 0.25**0.5 / len(seen[True]) ** 0.5


def test_every_label_has_enough_elements() -> None:
    for labels, least in ((PLACES, 3), (DECADES, 2)):
        for label in labels:
            assert sum(element.label == label for element in ELEMENTS) >= least


@pytest.mark.parametrize("place", PLACES)
def test_place_elements_cover_a_like_share_of_the_pixels(place: str) -> None:
    ids = [element.id for element in ELEMENTS if element.label == place]
    shares = [np.isin(s.mask, ids).mean() for where, _, s in scenes() if where == place]
    assert 0.04 < np.mean(shares) < 0.12
