"""The borders between the rooms, found by walking the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TORCH = {"torch", "diffusers", "transformers", "peft", "accelerate"}


def sources(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def imports(file: Path, only_at_load: bool = False) -> Iterator[str]:
    """Modules a file imports; `only_at_load` leaves out those inside functions and under TYPE_CHECKING."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    if only_at_load:
        nodes = list(_at_load(ast.parse(file.read_text(encoding="utf-8")).body))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _at_load(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        yield from _at_load(getattr(node, "body", []))


def test_torch_lives_in_diffusion_alone():
    rooms = [file for file in sources("core", "pages") if "diffusion" not in file.parts] + [ROOT / "app.py"]
    crossing = {
        str(file.relative_to(ROOT)) for file in rooms for name in imports(file) if name.split(".")[0] in TORCH
    }
    assert not crossing


def test_streamlit_lives_in_the_pages_alone():
    crossing = {
        str(file.relative_to(ROOT))
        for file in sources("core")
        for name in imports(file)
        if name.startswith("streamlit")
    }
    assert not crossing


def test_diffusion_is_imported_only_where_it_runs():
    """What the web process loads never loads the room torch lives in."""
    rooms = [file for file in sources("core", "pages") if "diffusion" not in file.parts] + [ROOT / "app.py"]
    crossing = {
        str(file.relative_to(ROOT))
        for file in rooms
        for name in imports(file, only_at_load=True)
        if name.startswith("core.diffusion")
    }
    assert not crossing


@pytest.mark.parametrize("room", ["mining", "dataset"])
def test_arrays_and_files_know_neither_store_nor_diffusion(room):
    crossing = {
        (str(file.relative_to(ROOT)), name)
        for file in sources(f"core/{room}")
        for name in imports(file, only_at_load=True)
        if name.startswith(("core.store", "core.study", "core.diffusion"))
    }
    assert not crossing


def test_importing_the_study_loads_no_torch():
    """The rule above, seen from outside."""
    code = (
        "import sys, core.study, core.evaluate, core.training, core.__main__; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "file", [*sources("core", "pages", "benchmarks"), ROOT / "app.py"], ids=lambda file: file.name
)
def test_files_are_small(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


def test_modules_say_what_they_are():
    silent = [
        str(file.relative_to(ROOT))
        for file in sources("core", "pages", "benchmarks")
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_no_pickle_is_ever_loaded():
    offenders = [
        str(file.relative_to(ROOT))
        for file in sources("core", "pages")
        for word in ("torch.load", "pickle.load", "trust_remote_code=True", "allow_pickle=True")
        if word in file.read_text(encoding="utf-8")
    ]
    assert not offenders


def test_the_app_is_routed_by_streamlit_navigation():
    assert "st.navigation" in (ROOT / "app.py").read_text(encoding="utf-8")
