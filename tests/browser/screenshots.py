"""Screenshots of the widgets into figures/: `python -m tests.browser.screenshots`.

Each widget in a bare page, both themes; the README and the notebooks show them.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

import u2net_edu as u2

from .chromium import CHROMIUM_FLAGS, find_chromium
from .page import show

FIGURES = Path(__file__).parents[2] / "figures"


def stage_explorer():
    """The stage at which the cat is still a cat, its strongest maps first."""
    explorer = u2.explore_stages(u2.model_at_hand("chelsea"), "chelsea")
    explorer.order = "energy"
    explorer.selected = "de3"
    return explorer


WIDGETS = {"stage_explorer": stage_explorer}


def main() -> None:
    with sync_playwright() as playwright:
        executable = find_chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for name, make in WIDGETS.items():
            widget = make()
            for theme in ("light", "dark"):
                page = browser.new_page(viewport={"width": 1180, "height": 800})
                show(page, widget, theme)
                page.wait_for_function("[...document.images].every((image) => image.complete)")
                path = FIGURES / f"{name}_{theme}.png"
                page.locator(".u2").screenshot(path=path)
                page.close()
                print(path.relative_to(FIGURES.parent))
        browser.close()


if __name__ == "__main__":
    main()
