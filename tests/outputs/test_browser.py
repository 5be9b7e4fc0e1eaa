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

from sxcanalysis import load_projects
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.projects import load_sites
from sxcanalysis.outputs import report
from sxcanalysis.outputs.atlas import atlas

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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "figure_names", lambda: ("targets-rates", "burden-by-category"))
        report.write_report(folder / "report-2024-zh.html", lang="zh")
    return folder


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_project_of_the_list_shows_its_words(browser, pages, size):
    project = load_projects(2024).iloc[0]
    with opened(browser, pages / "atlas-2024-zh.html", size) as page:
        assert overflow(page) <= 0
        assert page.is_hidden("#detail")
        page.click(f"button[data-id='{project['project_id']}']")
        assert page.inner_text("#detail mark") == project["name"]
        assert project["stage_verb"] in page.inner_text("#detail")
        box = page.locator("#detail-title").bounding_box()
        assert 0 <= box["y"] < size["height"]
        # What was asked for can be seen beside its details.
        seen = page.locator("#map").bounding_box()
        assert seen["y"] >= -1
        assert box["x"] >= seen["x"] + seen["width"] or box["y"] >= seen["y"] + 300
        assert page.locator("path[stroke='#ffb000']").count() == 1
        assert overflow(page) <= 0


def test_a_mark_and_a_county_on_the_map_open_their_details(browser, pages):
    with opened(browser, pages / "atlas-2024-en.html") as page:
        project = load_projects(2024).query("precision == 'approximate'").iloc[0]
        number = 1 + list(load_projects(2024)["project_id"]).index(project["project_id"])
        page.locator(".mark", has_text=str(number)).first.click()
        assert page.inner_text("#detail-title") == f"{number} {project['name_en']}"
        assert f"{project['uncertainty_m'] / 1000:g} km" in page.inner_text("#detail")
        page.click("#close")
        page.select_option("#county", project["counties"])
        names = page.locator("#detail .entry").all_inner_texts()
        assert any(project["name_en"] in name for name in names)
        page.locator("#detail .entry").first.click()
        assert page.locator("#detail blockquote").count() == 2


def test_a_kind_can_be_hidden(browser, pages):
    with opened(browser, pages / "atlas-2024-zh.html") as page:
        marks = page.locator(".leaflet-marker-pane .mark")
        before = marks.count()
        assert before == load_projects(2024).geometry.notna().sum() + load_sites(2024).geometry.notna().sum()
        page.uncheck("input[data-kind='railway']")
        assert marks.count() == before - (load_projects(2024)["kind"] == "railway").sum()
        page.click("button[data-id='2024-22-1']")  # asked for by name, it is shown again
        assert marks.count() == before


def test_the_keyboard_reaches_everything(browser, pages):
    with opened(browser, pages / "atlas-2024-zh.html") as page:
        button = page.locator("button[data-id='2024-25-5']").first
        button.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "detail-title"
        assert "无法定位" in page.inner_text("#detail")
        page.keyboard.press("Escape")
        assert page.is_hidden("#detail")
        assert page.evaluate("document.activeElement.dataset.id") == "2024-25-5"


def test_the_other_language_opens_at_the_same_entry(browser, pages):
    with opened(
        browser, pages / "atlas-2024-zh.html", fragment="#2024-27-1", also=["atlas-2024-en.html"]
    ) as page:
        assert page.inner_text("#detail mark") in page.inner_text("#detail-title")
        page.click("a.language")
        page.wait_for_url("**/atlas-2024-en.html#2024-27-1")
        assert page.get_attribute("html", "lang") == "en"
        assert "Known to county only" in page.inner_text("#detail")


def test_the_report_opens_and_gives_its_data(browser, pages, tmp_path):
    path = pages / "report-2024-zh.html"
    with opened(browser, path) as page:
        sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert len(sizes) == 2
        assert min(sizes) > 900
        with page.expect_download() as got:
            page.click("a[download='targets-rates.csv']")
        got.value.save_as(tmp_path / "data.csv")
        assert (tmp_path / "data.csv").read_text("utf-8-sig").count("\n") > 1
        page.set_viewport_size(PHONE)
        assert overflow(page) <= 0
        assert page.pdf(format="A4").startswith(b"%PDF")


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
        page.close()
    assert [url for url in elsewhere if not url.startswith((address, "data:", "blob:"))] == []
