"""The stand-alone page, opened from disk: no server, no kernel, no request."""

import time

import pytest
import torch

import u2net_edu as u2
from tests.patience import PATIENCE
from u2net_edu.views.explorer import write_page

from .page import watch


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM).eval()
    return write_page(tmp_path_factory.mktemp("page") / "explorer.html", model, "rocket", size=48)


@pytest.fixture
def opened(page, written):
    found = watch(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1200, "height": 1100})
    page.emulate_media(reduced_motion="reduce")

    def go(view: str = ""):
        page.goto("about:blank")
        page.goto(written.as_uri() + view)
        page.wait_for_selector("main[data-started]")

    go()
    yield go
    assert found == []
    outside = [url for url in asked if not url.startswith(("blob:", "data:", "about:"))]
    assert all(url.split("#")[0] == written.as_uri() for url in outside)


ODD = ["constructor", "toString", "__proto__", "hasOwnProperty", "explore%20", "null", "[]", "{}"]


def until(page, condition: str) -> None:
    """`wait_for_function` for a page whose policy forbids it to evaluate text."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"waited in vain for {condition}"
        page.wait_for_timeout(50)


def test_one_falls_into_the_map(page, opened):
    page.locator("#view-explore [data-path=en2]").click()
    page.locator("#view-explore [data-path='en2.enc3']").click()
    panel = page.locator("#view-explore .panel")
    assert "en2.enc3" in panel.text_content()
    assert "512 px" in panel.text_content()
    assert page.locator("#view-explore .maps figure").count() == 8
    page.get_by_role("radio", name="measured time").click()
    assert page.locator("#view-explore .node.here .size").first.text_content().endswith("ms")


def test_the_address_keeps_the_view(page, opened):
    page.locator("#view-explore [data-path=en3]").click()
    page.get_by_role("radio", name="parameters").click()
    until(page, "() => location.hash.includes('lens=parameters')")
    address = page.evaluate("location.hash")
    assert "selected=en3" in address
    opened(address)
    assert page.locator("svg.map").get_attribute("data-opened") == "en3"
    checked = page.locator("#view-explore [role=radio][aria-checked=true]").text_content()
    assert checked == "parameters"
    opened("#view=dilation&layers=[2,2]&kernel=5")
    assert page.locator("#view-dilation").is_visible()
    assert page.locator("#view-dilation td.field").all_text_contents() == ["9", "17"]


@pytest.mark.parametrize(
    "address",
    [
        "#view=nowhere&selected=en99",
        "#layers=7&pixel=x&selected=%3Cb%3E",
        *(f"#view={odd}&selected={odd}&opened={odd}" for odd in ODD),
        "#__proto__=1&constructor=2&view=&selected=7&cell=[-5,99999]&size=3",
        "#view=explore&view=nowhere",
        "#%E0%A4%A&view=%00",
        "#kernel=99&pixel=[1]&layers=[0]&lens=magic&cell=[]&opened=zzz&size=%22a%22",
    ],
)
def test_a_broken_address_is_no_harm(page, opened, address):
    opened(address)
    assert page.locator("#view-explore .node.here").count() > 10
    assert page.locator("main > section:not([hidden])").count() == 1
    assert page.locator("main > section:not([hidden]) > .u2").is_visible()
    page.evaluate("(hash) => { location.hash = hash; }", address)  # and in a page that is open
    page.locator("[role=tab][data-view=dilation]").click()
    assert page.locator("#view-dilation").is_visible()


def test_map_and_fields_show_the_same_layer(page, opened):
    page.locator("#view-explore [data-path=de2]").click()
    page.get_by_role("tab", name="What a pixel sees").click()
    assert page.get_by_label("layer", exact=True).input_value() == "de2"
    page.get_by_label("layer", exact=True).select_option("en1.enc2")
    page.get_by_role("tab", name="The map").click()
    assert page.locator("svg.map").get_attribute("data-opened") == "en1"


def test_stored_gradients_and_what_is_not_stored(page, opened):
    opened("#view=field&selected=en2")
    page.get_by_role("radio", name="what it listens to").click()
    until(page, "() => document.querySelector('#view-field .big .heat').hidden === false")
    assert "nearest" in page.locator("#view-field .numbers").text_content()
    page.get_by_label("layer", exact=True).select_option("en2.enc2")
    told = (
        "() => document.querySelector('#view-field .numbers').textContent.includes('This page has')"
    )
    until(page, told)


def test_tabs_by_keyboard(page, opened):
    page.get_by_role("tab", name="The map").press("ArrowRight")
    assert page.locator("#view-field").is_visible()
    assert page.evaluate("document.activeElement.dataset.view") == "field"


def test_its_policy_forbids_scripts_forms_and_another_base(page, written):
    page.goto(written.as_uri())
    page.evaluate(
        """() => {
          window.ran = false;
          window.refused = [];
          document.addEventListener("securitypolicyviolation", (event) =>
            refused.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          const button = document.createElement("button");
          button.setAttribute("onclick", "window.ran = true");
          const base = document.createElement("base");
          base.href = "https://127.0.0.1:9/";
          const form = document.createElement("form");
          form.action = "https://127.0.0.1:9/";
          document.body.append(script, button, base, form);
          button.click();
          form.submit();
        }"""
    )
    until(page, "() => window.refused.length >= 4")
    wanted = {"script-src-elem", "script-src-attr", "base-uri", "form-action"}
    assert set(page.evaluate("window.refused")) == wanted
    assert page.evaluate("window.ran") is False
    assert page.evaluate("document.baseURI") == written.as_uri()


def test_its_policy_forbids_requests(page, written):
    page.goto(written.as_uri())
    went = "fetch('https://127.0.0.1:9/').then(() => 'out', (error) => String(error))"
    with page.expect_console_message(lambda m: "Content Security Policy" in m.text):
        assert "Failed to fetch" in page.evaluate(went)


def test_without_scripts_there_is_a_picture(browser, written):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator("img").first.get_attribute("alt").startswith("<Trace of U²-Net classroom")
    context.close()
