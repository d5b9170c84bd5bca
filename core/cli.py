"""The command line: `python -m core …`. Each command is a few lines over `Study`."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from core import stages as pipeline
from core.choosing import asked_of
from core.config import Settings
from core.cost import cost
from core.estimate import estimate
from core.importing import Import
from core.phases import fetching, phases
from core.published import PUBLISHED
from core.specs import Axis, SliceSpec, StudySpec, TypicalitySpec
from core.store import studies
from core.store.layout import Layout
from core.study import Study
from core.terminal import Commands, print_json, print_table, say, with_bar
from core.words import about, size

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What is typical of each label? From labelled pictures to ranked clusters of patches.",
)

Fit = Literal["crop", "pad"]
WHICH_STAGE = (
    "Only this stage; default: all but translate, cotypicality, appearance and trends, which run when "
    "named, with whatever they need."
)
TEMPLATE = (
    'Prompt: "A street in {label}." It may name other columns, and then --null may too: '
    '"A street in {label}, {decade}." and "A street, {decade}."'
)
StageName = StrEnum("StageName", [(row.name, row.name) for row in pipeline.STAGES if row.inputs])  # type: ignore[misc]

Preset = StrEnum("Preset", [(one.key, one.key) for one in PUBLISHED])  # type: ignore[misc]

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="The name of a study.")]
Workers = Annotated[int, typer.Option(min=0, help="Processes that share the work; 0: as many as suit.")]
LeastNoise = Annotated[
    float | None,
    typer.Option(
        help="Least noise maps are measured at, as a share of the diffusion; training looks there most."
    ),
]
MostNoise = Annotated[float | None, typer.Option(help="Most noise.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command("import")
def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder of pictures, a table naming them, a COCO file, or hf://datasets/OWNER/NAME."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the study; default: as the source.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Which column to compare.")] = None,
    template: Annotated[str | None, typer.Option(help=TEMPLATE)] = None,
    null: Annotated[str | None, typer.Option(help='The prompt without a label: "A street."')] = None,
    preset: Annotated[Preset | None, typer.Option(help="As a study of the paper; see `presets`.")] = None,
    denoiser: Annotated[
        str | None, typer.Option(help="A model trained here, a diffusers folder, a hub id, or sd15, sd21.")
    ] = None,
    autoencoder: Annotated[
        str | None, typer.Option(help="In place of the model's own: a folder or hub id; taesd is fast.")
    ] = None,
    size: Annotated[int | None, typer.Option(min=8, help="Short side of the framed picture.")] = None,
    fit: Annotated[Fit | None, typer.Option(help="Crop or pad to the denoiser's multiple.")] = None,
    t_min: LeastNoise = None,
    t_max: MostNoise = None,
    axis: Annotated[Axis | None, typer.Option(help="How volumes are cut (NIfTI, DICOM series).")] = None,
    every: Annotated[int | None, typer.Option(min=1, help="Of so many slices of a volume, one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read pictures and their labels into a study."""
    settings = Settings()
    name = name or Path(source).absolute().stem
    if source.startswith("hf://"):
        source = _fetched(name, source, settings)
    before = _spec_before(settings, name)
    if preset or denoiser or autoencoder:
        before = asked_of(Layout(settings.cache), before, preset or "", denoiser or "", autoencoder or "")
    spec = dataclasses.replace(
        before,
        label_column=label_column or before.label_column,
        prompt=_replaced(before.prompt, template=template, null=null),
        typicality=_asked_within(before.typicality, t_min, t_max),
        slices=_slices(before.slices, axis, every),
        frame=_replaced(before.frame, size=size, fit=fit),
    )
    reading = Import(name, source, spec, settings)
    for _ in with_bar(reading, f"reading {name}"):
        pass
    show_status(reading.study, as_json)


@app.command()
def run(
    name: StudyName,
    stage: Annotated[StageName | None, typer.Option(help=WHICH_STAGE)] = None,
    workers: Workers = 0,
    samples: Annotated[int | None, typer.Option(help="Noise samples a picture.")] = None,
    t_min: LeastNoise = None,
    t_max: MostNoise = None,
    screen: Annotated[int | None, typer.Option(min=0, help="Samples of a first look; 0: none.")] = None,
    labels: Annotated[Literal["own", "all"] | None, typer.Option(help="Labels a picture is asked.")] = None,
    patch_size: Annotated[int | None, typer.Option(min=1, help="Side of a patch in pixels.")] = None,
    rank_by: Annotated[
        Literal["typicality", "change"] | None, typer.Option(help="What the best patches are best in.")
    ] = None,
    clusters: Annotated[int | None, typer.Option(min=1, help="Clusters a label.")] = None,
    translated: Annotated[int | None, typer.Option(min=1, help="Pictures of a label to translate.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of a translation.")] = None,
    as_json: AsJson = False,
) -> None:
    """Do what is missing, stage by stage; stopped, it goes on where it was."""
    study = Study.open(name)
    old = study.spec
    within = _asked_within(old.typicality, t_min, t_max)
    noise = _replaced(within.noise, samples=samples)
    study = study.with_spec(
        screen=_replaced(old.screen, samples=screen),
        typicality=_replaced(within, noise=noise, labels=labels),
        patches=_replaced(old.patches, size=patch_size, by=rank_by),
        clusters=_replaced(old.clusters, clusters=clusters),
        translate=_replaced(old.translate, count=translated, steps=steps),
    )
    alone = stage is not None and not pipeline.stage(stage.value).on_demand
    if not alone and (whole := estimate(study, stage or "")).passes:
        took = f", {about(whole.seconds)}" if whole.seconds else ""
        say(f"In all {whole.passes:,} UNet passes at most, {size(whole.bytes)} on the disk{took}.")
    run_stages(study, [stage.value] if stage and alone else pipeline.until(stage or ""), workers)
    show_status(Study.open(name), as_json)


@app.command()
def status(name: StudyName, as_json: AsJson = False) -> None:
    """Show how far each stage of a study is."""
    show_status(Study.open(name), as_json, everything=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the studies there are."""
    names = studies.names(Layout(Settings().cache))
    if as_json:
        print_json({"studies": names})
    else:
        print("\n".join(names) if names else "There is no study yet: `python -m core import` makes one.")


@app.command()
def stages(as_json: AsJson = False) -> None:
    """Show the pipeline: what each step means, needs and leaves behind."""
    if as_json:
        print_json({"stages": [dataclasses.asdict(row) for row in pipeline.STAGES]})
        return
    print_table(
        ("stage", "needs", "meaning"),
        [(row.name, ", ".join(row.inputs) or "pictures", row.meaning) for row in pipeline.STAGES],
    )


def run_stages(study: Study, names: list[str], workers: int, save: bool = True) -> None:
    """Do what is missing of some stages, with a bar for each."""
    if missing := fetching(study, names):
        for _ in with_bar(missing, f"{missing.title} (megabytes)"):
            pass
    for asked, work in phases(study, names, workers, save):
        say(cost(asked, work.stage.name, len(work)))
        for _ in with_bar(work, work.stage.name):
            pass


def show_status(study: Study, as_json: bool, everything: bool = False) -> None:
    """How far each stage is, as a table or as JSON; `everything`: also what nobody has asked for."""
    rows = study.status(everything)
    if as_json:
        print_json({"study": study.name, "stages": [dataclasses.asdict(row) for row in rows]})
        return
    print_table(
        ("stage", "state", "shards", "records", "failures", "seconds", "digest"),
        [
            (row.name, row.state, f"{row.finished}/{row.shards}", row.records, row.failures,
             round(row.seconds, 1), row.digest)
            for row in rows
        ],
    )  # fmt: skip


def _fetched(name: str, address: str, settings: Settings) -> str:
    from core.store.hub import HubDataset  # half a second that no other command needs

    dataset = HubDataset(name, address, settings)
    say(f"{dataset.files:,} files, {dataset.bytes / 1e6:,.0f} MB")
    for _ in with_bar(dataset, f"fetching {dataset.id}, megabytes"):
        pass
    return str(dataset.folder)


def _spec_before(settings: Settings, name: str) -> StudySpec:
    """The spec of a study that is imported again, else the defaults."""
    layout = Layout(settings.cache)
    return studies.load(layout, name).spec if name in studies.names(layout) else StudySpec(label_column="")


def _slices(before: SliceSpec | None, axis: Axis | None, every: int | None) -> SliceSpec | None:
    """None as long as nobody says how volumes are cut."""
    given = axis is not None or every is not None
    return _replaced(before or SliceSpec(), axis=axis, every=every) if given else before


def _asked_within(before: TypicalitySpec, t_min: float | None, t_max: float | None) -> TypicalitySpec:
    return dataclasses.replace(before, noise=_replaced(before.noise, t_min=t_min, t_max=t_max))


def _replaced(spec: Any, **options: Any) -> Any:
    """The spec with those options that were given."""
    return dataclasses.replace(spec, **{key: value for key, value in options.items() if value is not None})
