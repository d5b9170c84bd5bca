"""What people ask, each answered in two sentences beside a figure of the open study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.study import Study
from pages.parts import live


@dataclass(frozen=True)
class Question:
    """One question."""

    words: str
    answer: str
    figure: Callable[[Study, str], None]


QUESTIONS = (
    Question(
        "What is a diffusion model?",
        "A network (the **denoiser**) that has seen very many pictures with noise on them and learned to "
        "say what the noise is, so that it can be taken off. Whoever restores a picture well must know "
        "what pictures look like, and that knowledge is what we question.",
        live.noise,
    ),
    Question(
        "What does typicality measure?",
        "How much better the denoiser removes noise at a place of the picture when it is told the label: "
        "the difference of two losses, **T**, averaged over many samples of noise. Above zero the place "
        "speaks for the label, below zero against it, and near zero it has nothing to do with it.",
        live.heat_map,
    ),
    Question(
        "Why fine-tune?",
        "A denoiser can only be helped by a label whose name it connects with pictures like yours; where "
        "it does not, T is near zero for all of them. **Fine-tuning** lets it read your pictures with "
        "their labels for a while, so that the names come to mean what they mean in your dataset.",
        live.by_label,
    ),
    Question(
        "What are DIFT features?",
        "The numbers inside the denoiser while it looks at a place with a little noise (**DIFT**): places "
        "that show the same kind of thing get similar numbers, whatever the colours or the light. So the "
        "same model that finds typical patches also says which of them are alike.",
        live.alike,
    ),
    Question(
        "Why t from 0.1 to 0.7?",
        "With hardly any noise everything is visible and the label tells nothing new; with almost nothing "
        "but noise only the rough layout is asked about, and single elements no longer count. Between the "
        "two, the label helps most with the **visual elements** we are looking for (the demo's small, plain "
        "drawings stay visible for longer, so it is asked from 0.5 to 0.9).",
        live.over_t,
    ),
    Question(
        "Why do clusters mix, and what can I do?",
        "k-means gives every patch to some cluster, so one that shows two things, or a rare thing, ends up "
        "at the edge of another's. Ask for more clusters, use smaller patches that hold one thing each, "
        "and trust what is near the **centre** more than what is far from it.",
        live.mixed,
    ),
    Question(
        "Which parameters does a new kind of dataset need?",
        "Above all a **prompt template** that says in plain words what the pictures are (\u201cA page "
        "printed in {label}.\u201d), and a **patch size** that just holds one element. Everything else may "
        "stay as it is at first; then look at the heat maps, and only where they are noisy take more noise "
        "samples.",
        live.specs,
    ),
    Question(
        "Does it work on MRI or CT?",
        "Yes, where the label shows in the picture and the denoiser was **fine-tuned** on such pictures: "
        "export slices as grey pictures with one window for all, and let no burnt-in text tell the label. "
        "What it finds is what goes with the label in your dataset, scanner and hospital included, and "
        "never a diagnosis.",
        live.pictures,
    ),
    Question(
        "Why not an SVM per element, or a detector such as YOLO?",
        "Training a classifier for every candidate patch compares patches with each other, and **pairs** "
        "grow with the square of their number, while a heat map costs the same for each picture however "
        "many there are. A detector finds objects it has a name for; what makes a place look like itself "
        "is often a pattern nobody has named.",
        live.comparisons,
    ),
    Question(
        "How do I run it on millions of pictures?",
        "Cost grows with the number of pictures alone, so let a **screening** look at each briefly "
        "(`--screen 8`) and measure fully only those that can hold a top patch, with as many GPU workers "
        "as you have. Everything finished is kept: the same command goes on where it stopped.",
        live.cost,
    ),
)
