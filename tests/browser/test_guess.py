"""The guess widget alone in a page: mouse, keyboard, what a screen reader is told."""

import pytest

import u2net_edu as u2
from u2net_edu.course import record
from u2net_edu.files import HOME_VARIABLE

from .page import show


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))


@pytest.fixture
def guess(page):
    widget = u2.guess("conv.how_many")
    show(page, widget)
    return widget


def test_a_tick_brings_a_reason_for_every_option(page, guess):
    assert page.locator(".reason").count() == 0
    assert "begins at 0, 2 and 4" not in page.content()
    page.get_by_role("button", name="4", exact=True).click()
    page.locator(".reason").first.wait_for()  # Python has answered
    assert page.locator(".reason").count() == 4
    reason = page.locator("li", has=page.get_by_role("button", name="4", exact=True))
    assert "✗ No. Half of 8" in reason.inner_text()
    assert page.get_by_role("status").inner_text() == "Not this one; read why."
    assert page.locator("em").first.inner_text() == "side by side"
    assert record.load()["guesses"]["conv.how_many"] == {"chosen": "4", "right": False}


def test_the_first_tick_counts(page, guess):
    page.get_by_role("button", name="4", exact=True).click()
    page.locator(".reason").first.wait_for()  # Python has answered
    page.get_by_role("button", name="3", exact=True).click(force=True)  # it says it is disabled
    pressed = page.locator("button[aria-pressed=true]")
    assert pressed.all_inner_texts() == ["4"]
    assert guess.options[guess.chosen] == "4"


def test_it_can_be_asked_again_and_the_first_answer_is_kept(page, guess):
    page.get_by_role("button", name="4", exact=True).click()
    page.locator(".reason").first.wait_for()
    page.get_by_role("button", name="Ask me again").click()
    page.locator(".reason").first.wait_for(state="detached")
    assert page.locator("button[aria-pressed=true], button[aria-disabled=true]").count() == 0
    assert guess.chosen == -1
    page.get_by_role("button", name="3", exact=True).click()
    page.locator(".reason").first.wait_for()
    assert page.get_by_role("status").inner_text() == "You guessed right."
    first = {"chosen": "4", "right": False}
    assert record.load()["guesses"]["conv.how_many"] == {
        "chosen": "3", "right": True, "first": first,
    }  # fmt: skip


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_is_enough_and_the_notebook_does_not_hear_it(page, guess, key):
    page.evaluate("() => { window.heard = []; document.onkeydown = (e) => heard.push(e.key); }")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press(key)
    page.locator(".reason").first.wait_for()  # Python has answered
    assert guess.chosen == 1
    assert page.evaluate("() => heard") == ["Tab", "Tab"]
    button = page.get_by_role("button", name=guess.options[1], exact=True)
    assert button.get_attribute("aria-pressed") == "true"
    described = page.locator(f"#{button.get_attribute('aria-describedby')}").inner_text()
    assert described.startswith("✓ Right." if guess.options[1] == "3" else "✗ No.")
    assert page.get_by_role("group").get_attribute("aria-labelledby")


def test_an_earlier_answer_is_shown_at_once(page):
    before = u2.guess("conv.how_many")
    before.chosen = before.options.index("3")
    show(page, u2.guess("conv.how_many"))
    assert page.locator("button[aria-pressed=true]").inner_text() == "3"
    assert page.get_by_role("status").inner_text() == "You guessed right."
