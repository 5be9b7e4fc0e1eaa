"""The pages and a notebook in a real browser: what a person sees, and that nothing is asked of the network."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from sxcanalysis import load_boundaries, load_projects, load_targets, load_tasks
from sxcanalysis.core.paths import data_dir
from sxcanalysis.outputs.atlas import page as atlas

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_task_table.ipynb"
SECONDS = 45


def cannot(reason):
    """In CI a browser that is not there is a failure; on a person's machine it is not."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        cannot("no Chromium; install it (Debian: apt install chromium) to run the tests of the pages")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ModuleNotFoundError:
        cannot("the package playwright is not installed; it is in the lock file")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=list(FLAGS))
        yield chromium
        chromium.close()


@contextmanager
def opened(browser, path, size=DESK, fragment="", also=()):
    """Open a page and hold it to asking for nothing besides itself (and what a link leads to), and complaining of nothing."""
    page = browser.new_page(viewport=size)
    asked, complaints = set(), []
    page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri() + fragment)
    yield page
    page.close()
    assert {url for url in asked if not url.startswith("data:")} == {
        path.as_uri(),
        *(path.with_name(name).as_uri() for name in also),
    }
    assert complaints == []


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for lang in ("zh", "en"):
        atlas.write_atlas(folder / f"atlas-2024-{lang}.html", lang=lang)
    return folder


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def listed(page):
    return page.locator("#results [data-task-open]:visible").count()


def saved(page, selector, path):
    with page.expect_download() as got:
        page.click(selector)
    got.value.save_as(path)
    return path


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_word_of_the_document_leads_to_its_row_and_to_the_map(browser, pages, size):
    project = load_projects(2024).iloc[3]
    with opened(browser, pages / "atlas-2024-zh.html", size) as page:
        assert overflow(page) <= 0
        page.locator(f"#text .project[data-refs~='{project['project_id']}']").first.click()
        assert page.inner_text("#detail-title") == project["name"]
        page.locator("#detail button", has_text=project["name"]).first.click()
        assert page.inner_text("#detail mark") == project["name"]
        assert project["stage_verb"] in page.inner_text("#detail")
        page.locator("#detail button", has_text="地图").click()
        assert page.is_visible("#map")
        assert page.locator("path[stroke='#ffb000']").count() == 1
        box = page.locator("#map").bounding_box()
        assert box["height"] > 200
        page.locator("#detail button", has_text="文本").click()
        assert page.locator("#text .chosen").first.is_visible()
        assert overflow(page) <= 0


def test_the_whole_circle_is_seen_and_the_names_of_its_cities_hide_no_mark(browser, pages):
    with opened(browser, pages / "atlas-2024-zh.html", fragment="#view=map") as page:
        frame = page.locator("#map").bounding_box()
        names = page.locator(".unit.city span")
        marks = [mark.bounding_box() for mark in page.locator(".mark:not(.bare) svg").all()]
        assert names.count() == len(load_boundaries("city"))
        for name in names.all():
            box = name.bounding_box()
            assert frame["x"] < box["x"] < frame["x"] + frame["width"]
            assert frame["y"] < box["y"] < frame["y"] + frame["height"]
            inside = [
                m
                for m in marks
                if box["x"] < m["x"] + m["width"] / 2 < box["x"] + box["width"]
                and box["y"] < m["y"] + m["height"] / 2 < box["y"] + box["height"]
            ]
            assert inside == []


def test_search_and_facets_act_on_list_map_and_tables_alike(browser, pages):
    with opened(browser, pages / "atlas-2024-en.html", fragment="#view=map") as page:
        tasks, marks = listed(page), page.locator(".mark").count()
        assert tasks == len(load_tasks(2024))
        page.select_option("select[data-facet='category']", "基础设施类")
        own = set(load_tasks(2024).query("category == '基础设施类'")["task_id"])
        assert listed(page) == len(own)
        assert page.locator(".mark").count() == load_projects(2024).geometry.notna().sum() < marks
        assert page.locator("#table-document tbody tr:not([hidden])").count() == len(own)
        for asked in ("沪苏湖铁路", "Shanghai–Suzhou–Huzhou", "husuhu", "hshtl"):
            page.fill("#q", asked)
            assert listed(page) == 1, asked
            assert page.locator("#results li[data-task]:visible").get_attribute("data-task") == "2024-22"
        # The address alone brings the same back.
        address = page.evaluate("location.href")
        page.click("button[type=reset]")
        page.wait_for_function(
            f"document.querySelectorAll('#results [data-task-open]').length && document.querySelectorAll('#results li[data-task]:not([hidden])').length == {tasks}"
        )
        page.goto("about:blank")
        page.goto(address)
        assert page.input_value("#q") == "hshtl"
        assert page.input_value("select[data-facet='category']") == "基础设施类"
        assert page.is_visible("#map")


def test_each_view_gives_its_table_its_picture_and_its_citation(browser, pages, tmp_path):
    with opened(browser, pages / "atlas-2024-zh.html") as page:
        page.select_option("select[data-facet='number']", "yes")
        for view in ("document", "map", "cities", "targets"):
            page.click(f"[data-view={view}]")
            table = (
                saved(page, f"[data-csv={view}]", tmp_path / f"{view}.csv")
                .read_text("utf-8-sig")
                .splitlines()
            )
            assert len(table) > 1
            with Image.open(saved(page, f"[data-png={view}]", tmp_path / f"{view}.png")) as image:
                assert image.width > 1000
                assert len(image.convert("RGB").getcolors(1 << 24)) > 20
            page.click(f"[data-cite={view}]")
            assert "SHA-256" in page.inner_text("#citation-text")
            page.click("#citation-close")
        targets = (tmp_path / "targets.csv").read_text("utf-8-sig")
        assert targets.count("\n") == 1 + len(load_targets(2024))


def test_the_keyboard_reaches_everything(browser, pages):
    with opened(browser, pages / "atlas-2024-zh.html", fragment="#view=map") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        stops = page.evaluate(
            """[...document.querySelectorAll("#map *")].filter(one => one.tabIndex >= 0 && !one.textContent.trim() && !one.ariaLabel).length"""
        )
        assert stops == 0
        button = page.locator("#results button[data-id='2024-25-5']")
        button.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "detail-title"
        assert "无法定位" in page.inner_text("#detail")
        page.keyboard.press("Escape")
        assert page.is_hidden("#detail")
        assert page.evaluate("document.activeElement.dataset.id") == "2024-25-5"


def test_a_county_and_the_other_language_open_at_the_same_entry(browser, pages):
    with opened(
        browser, pages / "atlas-2024-zh.html", fragment="#2024-27-1", also=["atlas-2024-en.html"]
    ) as page:
        assert page.inner_text("#detail mark") in page.inner_text("#detail-title")
        page.click("a.language")
        page.wait_for_url("**/atlas-2024-en.html#*2024-27-1*")
        assert page.get_attribute("html", "lang") == "en"
        assert "Known to county only" in page.inner_text("#detail")
        page.select_option("#county", "320585")
        assert page.inner_text("#detail-title") == "Taicang City"
        assert page.locator("#detail .entry").count() > 1


@contextmanager
def jupyter(folder):
    """Run JupyterLab on a free port of this machine alone, with settings of its own."""
    token = secrets.token_hex(16)
    home = {
        name: folder / name.lower()
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    }
    settings = home["JUPYTER_CONFIG_DIR"] / "labconfig"
    settings.mkdir(parents=True)
    # Its question whether to fetch news would stand before the notebook.
    off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (settings / "page_config.json").write_text(json.dumps(off))
    # All cells at once, not only those in view, so that one look sees every output.
    shown = home["JUPYTER_CONFIG_DIR"] / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    shown.mkdir(parents=True)
    (shown / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    environment = {
        **os.environ,
        **{name: str(path) for name, path in home.items()},
        "SXC_DATA": str(data_dir()),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'notebooks'}",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        known = wait(lambda: next(home["JUPYTER_RUNTIME_DIR"].glob("jpserver-*.json"), None), folder)
        yield json.loads(wait(known.read_text, folder))["url"], token
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait(look, folder):
    """Look until there is something to see; if nothing comes, show what the server said."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"nothing after {SECONDS} s. The server said:\n{(folder / 'server.log').read_text()[-2000:]}")


def sessions(address, token):
    request = urllib.request.Request(f"{address}api/sessions", headers={"Authorization": f"token {token}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def test_a_notebook_runs_in_jupyterlab(browser, tmp_path):
    if find_spec("jupyterlab") is None:
        cannot("the package jupyterlab is not installed; it is in the lock file")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "notebooks")
    cells = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    with jupyter(tmp_path) as (address, token):
        page = browser.new_page(viewport=DESK)
        elsewhere = []
        page.on("request", lambda request: elsewhere.append(request.url))
        page.goto(f"{address}lab/tree/{NOTEBOOK.name}?token={token}")

        def idle():
            page.wait_for_timeout(50)  # lets the page work on
            kernels = [session["kernel"] for session in sessions(address, token)]
            return [one for one in kernels if one["execution_state"] == "idle" and one["connections"] > 0]

        wait(idle, tmp_path)
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        page.locator("[data-command='runmenu:run-all']").click()

        wrong = page.locator("[data-mime-type$='jupyter.error'],[data-mime-type$='jupyter.stderr']")

        def done():
            page.wait_for_timeout(100)
            prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
            ran = [one for one in prompts if one.strip("[]: ").isdigit()]
            return len(ran) == len(cells) or wrong.count()

        wait(done, tmp_path)
        assert wrong.all_inner_texts() == []
        assert page.locator(".jp-Notebook table").count() > 0
        assert page.locator(".jp-Notebook figure img").count() > 0
        # JupyterLab sets every cell flush right; texts are not, numbers are.
        look = """(kind) => [...document.querySelectorAll(`.jp-Notebook .sxc-table td.${kind}`)].map(one => getComputedStyle(one).textAlign)"""
        assert set(page.evaluate(look, "word")) == {"left"}
        assert set(page.evaluate(look, "number")) == {"right"}
        image = page.locator(".jp-Notebook figure img").first
        image.click()
        assert image.bounding_box()["width"] > 0.9 * DESK["width"]
        image.click()
        assert image.bounding_box()["width"] < 0.9 * DESK["width"]
        page.close()
    assert [url for url in elsewhere if not url.startswith((address, "data:", "blob:"))] == []
