"""What a run needs: no network at all, and to read tables no more than what reads tables."""

from __future__ import annotations

import subprocess
import sys

NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked for")
for name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_reading_parsing_loading_and_drawing_ask_nothing_of_a_network(tmp_path):
    told = run(
        NO_NETWORK
        + f"""
import sxcanalysis as sxc
from sxcanalysis.core.paths import document_path
found = sxc.parse_document(sxc.read_source(document_path(2024)), edition=2024)
print(len(found.tasks), len(sxc.load_targets(2024)), len(sxc.load_projects(2024)), len(sxc.load_boundaries("county")))
bundle = sxc.figures.build("who-leads", edition=2024, lang="zh")
bundle.figure.savefig({str(tmp_path / "figure.png")!r})
try:
    socket.create_connection(("localhost", 9))
except AssertionError:
    print("refused")
"""
    )
    assert told.split()[:3] == ["53", "12", "36"]
    assert told.split()[-1] == "refused", "the test would have noticed"
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_tables_are_read_without_what_draws_maps_or_parses():
    """So that a script that only reads tables starts about as fast as pandas does."""
    told = run(
        """
import sys
import sxcanalysis as sxc
for load in (sxc.load_tasks, sxc.load_assignments, sxc.load_targets, sxc.load_mentions, sxc.load_issues):
    load(2024)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"matplotlib", "geopandas", "shapely", "lxml", "yaml", "jinja2", "PIL"}))
"""
    )
    assert told.split() == []
