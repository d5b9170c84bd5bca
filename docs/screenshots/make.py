"""Makes the pictures of the README: `python docs/screenshots/make.py` (needs Chromium and the demo)."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.serving import browser, drawn, serving  # noqa: E402

SHOTS = {
    "overview": "?study=demo&label=Prague",
    "typicality": "typicality?study=demo&label=Prague",
    "clusters": "clusters?study=demo&label=Prague",
    "compare": "compare?study=demo&label=Prague&other=Paris",
    "translate": "translate?study=demo&label=Prague&to=Kyoto",
    "trends": "trends?study=demo&label=Prague",
    "localisation": "localisation?study=demo&label=Prague",
    "how_it_works": "how_it_works?study=demo&label=Prague&step=2",
    "present": "present?study=demo&label=Prague&step=6",
}
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def main() -> None:
    """One file a page, size and theme; the README shows the wide light ones."""
    with serving() as address, browser() as chromium:
        for name, link in SHOTS.items():
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    context = chromium.new_context(
                        viewport={"width": width, "height": height}, color_scheme=theme
                    )
                    page = context.new_page()
                    page.goto(f"{address}/{link}")
                    drawn(page)
                    page.wait_for_timeout(2500)
                    path = HERE / (
                        f"{name}.png" if (size, theme) == ("wide", "light") else f"{name}-{size}-{theme}.png"
                    )
                    page.screenshot(path=path)
                    context.close()


if __name__ == "__main__":
    main()
