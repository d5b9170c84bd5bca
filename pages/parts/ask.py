"""What a study asks: label column, prompt, model, how much; what that costs, and the start."""

from __future__ import annotations

import dataclasses

import streamlit as st

from core.dataset.prompt import PromptTemplate
from core.jobs import asking
from core.presets import PRESETS
from core.published import BASES
from core.specs import DenoiserSpec, StudySpec
from core.stages import until
from core.store import models
from core.study import Study
from core.training import spec_for
from pages.parts import cost, jobs, opened, presets
from pages.parts.text import count, plain, quoted

TRAIN = "A small one, trained on these pictures first"
OTHER = "Another: a diffusers folder, or an id of the Hugging Face hub"
AS_IT_IS = "As it is"
SHOWN = 4
SMALL_SIZE = 256
"""Pixels a side that a small model is trained on."""


def ask(study: Study) -> None:
    """Ask a study differently, see what that costs, start it."""
    study = presets.pick(study)
    left, right = st.columns(2, gap="large")
    with left:
        study = with_prompt(study)
    with right:
        preview(study)
    source = pick_model(study)
    study = with_preset(study, source)
    if source != TRAIN and _is_done(study):
        st.success("All of this has been computed.", icon=":material/check:")
        st.page_link("pages/clusters.py", label="See the clusters", icon=":material/apps:", query_params={})
        return
    costs(study, source)
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=study.settings.read_only):
        start(study, source)


def with_prompt(study: Study) -> Study:
    """Label column and prompt template."""
    columns = opened.reading(opened.artifact(study, "dataset"), lambda: study.label_columns)
    at = columns.index(study.spec.label_column) if study.spec.label_column in columns else 0
    column = st.selectbox("Label column", columns, at, key=_key(study, "column"))
    told = study.spec.prompt
    template = st.text_input(
        "Prompt template", told.template, key=_key(study, "template"),
        help="What the model is told of a picture: one sentence with {label} in it. Name another column in "
        "both prompts, as in *A street in {label}, {decade}.* and *A street, {decade}.*, and the model knows "
        "each picture's own with and without the label: what the decade brings is then typical of no label.",
    )  # fmt: skip
    null = st.text_input(
        "Null prompt", told.null, key=_key(study, "null"), help="The same sentence without the label."
    )
    return study.with_spec(label_column=column, prompt=PromptTemplate(template, null))


def preview(study: Study) -> None:
    """The sentences as the model will read them."""
    with st.container(border=True):
        st.markdown("**What the model is told**")
        for label in study.labels[:SHOWN]:
            st.markdown(quoted(study.spec.prompt.prompt(label)))
        if len(study.labels) > SHOWN:
            st.caption(f"and so on for {count(len(study.labels) - SHOWN, 'more label', 'more labels')}")
        st.markdown(f"compared with {quoted(study.spec.prompt.null)}")
        if given := study.spec.prompt.given:
            st.caption(plain(f"with each picture's own {' and '.join(given)}"))


def pick_model(study: Study) -> str:
    """A model's folder or id, or that one is to be trained."""
    now = models.trained_here(study.layout, study.spec.denoiser.source)
    bases = {one.name: one.denoiser.source for one in BASES}
    options = [*models.names(study.layout), TRAIN, *bases, OTHER]
    fresh = study.spec.denoiser == DenoiserSpec()
    known = next((one for one, source in bases.items() if source == study.spec.denoiser.source), OTHER)
    first = options.index(now if now in options else TRAIN if fresh else known)
    chosen = st.selectbox(
        "Denoiser: which diffusion model is asked?", options, first, key=_key(study, "model"),
        help="It must know your kind of pictures. A small one learns them in some thousand steps; Stable "
        "Diffusion knows most of what was ever photographed, and wants a GPU.",
    )  # fmt: skip
    if chosen != OTHER:
        return bases.get(chosen, chosen)
    source = study.spec.denoiser.source if now is None else DenoiserSpec().source
    return st.text_input("Folder or hub id", source, key=_key(study, "source")).strip()


def with_preset(study: Study, source: str) -> Study:
    """The model, and how much it is asked."""
    if source != TRAIN:
        study = study.with_spec(denoiser=_denoiser(study, source))
        study = presets.pick_autoencoder(study, _key(study, "autoencoder"))
    # The numbers of a study that has run, or of a preset of the paper, are not to be lost by looking.
    same_model = study.spec.denoiser.fingerprint != "" or presets.asked(study) is not None
    size = study.spec.frame.size if same_model else models.picture_size(study.spec.denoiser.source)
    size = SMALL_SIZE if source == TRAIN else size
    names = [preset.name for preset in PRESETS]
    now = [preset.name for preset in PRESETS if preset.applied(study.spec, size) == study.spec]
    options = names if now or not same_model else [AS_IT_IS, *names]
    first = now[0] if now else AS_IT_IS if same_model else PRESETS[1].name
    chosen = st.segmented_control(
        "How much?", options, default=first, required=True, key=_key(study, "preset")
    )
    preset = next((preset for preset in PRESETS if preset.name == chosen), None)
    spec = preset.applied(study.spec, size) if preset else study.spec
    st.caption(f"{preset.meaning if preset else 'The numbers the study has.'} {numbers(spec)}")
    return dataclasses.replace(study, spec=spec)


def numbers(spec: StudySpec) -> str:
    """What a preset comes to."""
    return (
        f"Short side {spec.frame.size} pixels, {spec.typicality.noise.samples} noise samples a picture, "
        f"patches of {spec.patches.size} pixels, up to {spec.clusters.clusters} clusters a label."
    )


def costs(study: Study, source: str) -> None:
    """What will be spent, before anything is."""
    st.markdown("##### What it costs")
    if source != TRAIN:
        cost.of_running(study)
        return
    cost.of_both(study, spec_for(study, "small"))
    st.page_link(
        "pages/train.py", label="Other ways to train", icon=":material/model_training:", query_params={}
    )


def start(study: Study, source: str) -> None:
    """Keep what is asked and submit the job."""
    study.check()
    study.save()
    if source == TRAIN:
        spec = spec_for(study, "small")
        asking.submit_training(study, asking.free_model_name(study, spec), spec)
    else:
        asking.submit_run(study)
    jobs.go()


def _is_done(study: Study) -> bool:
    """Whether exactly this has been asked, and every routine stage is done."""
    same = opened.open_study(study.name).spec == study.spec
    return same and all(study.state(name) == "done" for name in until(""))


def _denoiser(study: Study, source: str) -> DenoiserSpec:
    """The study's own where it is the same model: then its fingerprint is known."""
    chosen = models.denoiser(study.layout, source)
    return study.spec.denoiser if study.spec.denoiser.source == chosen.source else chosen


def _key(study: Study, name: str) -> str:
    """Another preset of the paper fills all fields anew."""
    return f"{name} of {plain(study.name)} {presets.chosen(study)}"
