"""How do I make the model know my labels?"""

from __future__ import annotations

import streamlit as st

from core.jobs import asking
from core.specs import DenoiserSpec
from core.store import adapters, models
from core.study import Study
from core.train_spec import LORA_LAYERS, LoraLayers, TrainSpec
from core.training import spec_for
from pages.parts import cost, opened, training
from pages.parts.text import count, plain
from pages.parts.training import WAYS, Way

OTHER = "Another: a diffusers folder, or an id of the Hugging Face hub"
ASKED = "a training is asked for"
RANKS = (4, 8, 16, 32, 64)
LAYERS: dict[str, LoraLayers] = {"Attention": "attention", "All layers": "all"}


def pick_way() -> Way:
    """One of three, each with the sentence that helps to choose."""
    for column, way in zip(st.columns(len(WAYS)), WAYS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{way.name}**  \n{way.meaning}")
    chosen = st.segmented_control(
        "Way", [way.name for way in WAYS], default=WAYS[1].name, required=True, key="way",
        bind="query-params",
    )  # fmt: skip
    return next(way for way in WAYS if way.name == chosen)


def pick_base(study: Study) -> str:
    """The model to go on from: by its name, folder or id."""
    asked = adapters.beneath(study.spec.denoiser.source)[0]
    now = models.trained_here(study.layout, asked)
    options = [*models.names(study.layout), OTHER]
    chosen = st.selectbox(
        "Base: the model to go on from", options, options.index(now if now in options else OTHER),
        key="base", bind="query-params",
        help="One that knows your kind of pictures. Stable Diffusion knows most things ever photographed.",
    )  # fmt: skip
    if chosen != OTHER:
        return chosen
    return st.text_input("Folder or hub id", DenoiserSpec().source if now else asked).strip()


def pick_numbers(study: Study, way: Way, base: str) -> TrainSpec:
    """Sane numbers, which can be changed."""
    spec = spec_for(study, way.size, base)
    with st.container(horizontal=True):
        steps = st.number_input(
            "Steps at most", 1, 1_000_000, spec.steps, 100, key=f"steps of {way.size}", width=180,
            help="It stops earlier when the gain on held-out pictures does not rise any more.",
        )  # fmt: skip
        rank, layers = spec.lora_rank, None
        if rank:
            rank = st.select_slider(
                "Rank", RANKS, rank, key="rank", bind="query-params", width=260,
                help="How much the adapter can learn: its size, and how easily it learns by heart.",
            )  # fmt: skip
            beside = st.segmented_control(
                "Where it learns", list(LAYERS), default=next(iter(LAYERS)), required=True, key="layers",
                bind="query-params",
                help="Beside attention alone, as is usual, or beside feed-forward layers and convolutions "
                "too: a larger file and a third more time, rarely better.",
            )  # fmt: skip
            layers = LORA_LAYERS[LAYERS[beside]]
    return spec_for(study, way.size, base, steps=int(steps), lora_rank=rank or None, lora_modules=layers)


def choose(study: Study) -> None:
    """Choose, see what it costs, start it."""
    way = pick_way()
    base = pick_base(study) if way.size != "small" else ""
    spec = pick_numbers(study, way, base)
    cost.of_training(study, spec)
    st.caption(
        f"{spec.held_out:.0%} of each label\u2019s pictures are kept from training; what the model gains on "
        "them shows whether it learns the labels or the pictures by heart."
    )
    run = st.toggle("Then run the study with it", value=True, key="run", bind="query-params")
    st.button(
        "Start training", type="primary", icon=":material/model_training:", key="start training",
        disabled=study.settings.read_only, on_click=st.session_state.update, args=({ASKED: True},),
    )  # fmt: skip
    # Not in the callback: a number typed just before the click is known only now.
    if st.session_state.pop(ASKED, False):
        name = asking.free_model_name(study, spec)
        st.session_state["training"] = asking.submit_training(study, name, spec, run).id


def watch(study: Study) -> None:
    """One of the study's trainings: how far it is, its charts, what they say."""
    found = training.trainings(study)
    if not found:
        return
    st.header("How it goes")
    # A choice is made before the widget is drawn, since it may come from the button above.
    wanted = st.session_state.pop("training", None) or st.query_params.get("job")
    if wanted in found:
        st.session_state["job"] = wanted
    titles = {name: f"{job.title}, {job.state}" for name, job in found.items()}
    chosen = st.selectbox(
        f"{count(len(found), 'training')} of {plain(study.name)}", list(found), key="job",
        format_func=titles.get, bind="query-params",
    )  # fmt: skip
    training.follow(study, found[chosen])


study, _ = opened.current()
st.title("How do I make the model know my labels?")
st.markdown(
    "A **denoiser** tells labels apart only if it knows them. **Fine-tuning** shows it your pictures under "
    "their prompts, until the label helps it remove noise from pictures it never saw."
)
with opened.explained():
    choose(study)
watch(study)
