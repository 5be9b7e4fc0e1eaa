"""
Write one archive of the data and the figures, to be cited: `make release`.

``python tests/tools/release.py [--out build/release] [--since OLDER.zip]`` puts tables (CSV, Parquet), projects and
boundaries (GeoPackage, GeoJSON), a workbook a language, the documents, figures, the description of every column, codebook, licences and
what changed in the data since an older archive into ``sxcanalysis-data-VERSION.zip``, with checksums inside, and
``.zenodo.json`` beside it. The same checkout gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import yaml

from sxcanalysis.documents.reading import read_document
from sxcanalysis.outputs.exports.edition import export_edition
from sxcanalysis.tables.loading import available_editions

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("LICENSE", "NOTICE.md", "CITATION.cff", "CHANGELOG.md", "docs/codebook.md", "docs/recipes.md")
PUBLISHED = {".csv", ".geojson", ".json", ".md", ".png", ".toml", ".txt"}
NO_TIME = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # an archive records when a file was written; the same data must give the same bytes


def write_release(out: Path, *, root: Path = ROOT, since: Path | None = None) -> Path:
    """Write the archive, and give its path."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    name = f"{project['name']}-data-{project['version']}"
    files: dict[str, bytes] = {}
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        files[f"data/{resource['path']}"] = (root / "data" / resource["path"]).read_bytes()
    editions = available_editions()
    package |= {
        "version": project["version"],
        "contributors": [{"title": author["name"], "role": "author"} for author in cited["authors"]],
        "keywords": cited["keywords"],
        "licenses": [*package["licenses"], {"title": "of each part", "path": "NOTICE.md"}],
        "sources": [{"title": _about(root, edition)["title"]} for edition in editions],
    }
    for resource in package["resources"]:
        resource["path"] = f"data/{resource['path']}"
    files["datapackage.json"] = _json(package)
    files |= {page: (root / page).read_bytes() for page in PAGES if (root / page).is_file()}
    for folder in ("data/boundaries", "data/sources", "figures"):
        for path in (root / folder).rglob("*"):
            if path.suffix in PUBLISHED:
                files[path.relative_to(root).as_posix()] = path.read_bytes()
    drafts = out / f".{name}"
    for edition in editions:
        files[f"text/{edition}.txt"] = document_text(root, edition).encode()
        for form, lang in (("parquet", "en"), ("gpkg", "en"), ("xlsx", "en"), ("xlsx", "zh")):
            for path in export_edition(drafts, edition, form, lang=lang):
                files[f"{form}/{path.name}"] = path.read_bytes()
                path.unlink()
    drafts.rmdir()
    files["CHANGES-OF-DATA.md"] = data_changes(files, since).encode()
    zenodo = _json(_zenodo(project, cited, editions))
    files[".zenodo.json"] = zenodo
    sums = "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
    files["SHA256SUMS"] = sums.encode()
    archive = out / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", NO_TIME)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, files[path], zipfile.ZIP_DEFLATED, 9)
    (out / ".zenodo.json").write_bytes(zenodo)
    return archive


def data_changes(files: dict[str, bytes], since: Path | None) -> str:
    """Say table by table how many rows an older archive lacks, and how many it alone has."""
    if since is None:
        return "# Changes of the data\n\nCompared with no older archive.\n"
    with zipfile.ZipFile(since) as packed:
        old = {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
    lines = [
        f"# Changes of the data since {since.stem}",
        "",
        "| Table | rows | added | removed |",
        "|---|--:|--:|--:|",
    ]
    for path in sorted(
        path for path in files.keys() | old.keys() if path.startswith("data/") and path.endswith(".csv")
    ):
        new_rows, old_rows = _rows(files.get(path)), _rows(old.get(path))
        if new_rows != old_rows:
            lines.append(
                f"| {path} | {len(new_rows)} | {len(new_rows - old_rows)} | {len(old_rows - new_rows)} |"
            )
    return "\n".join(lines) + "\n"


def _rows(data: bytes | None) -> set[tuple[str, ...]]:
    if data is None:
        return set()
    table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    return set(table.itertuples(index=False, name=None))


def _about(root: Path, edition: str) -> dict[str, str]:
    return tomllib.loads((root / "data" / "sources" / edition / "source.toml").read_text(encoding="utf-8"))


def document_text(root: Path, edition: str) -> str:
    """Read the document as the parser does: what the columns ``start`` and ``end`` count in."""
    return read_document(root / "data" / "sources" / edition / _about(root, edition)["file"])


def _zenodo(project: dict[str, str], cited: dict[str, object], editions: list[str]) -> dict[str, object]:
    return {
        "title": cited["title"],
        "upload_type": "dataset",
        "version": project["version"],
        "creators": [{"name": author["name"]} for author in cited["authors"]],
        "description": f"{project['description']}. Editions: {', '.join(editions)}. Licences of each part: NOTICE.md.",
        "keywords": cited["keywords"],
        "license": "cc-by-4.0",
        "access_right": "open",
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def main() -> None:
    """Write it, and say where."""
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--since", type=Path, help="an older archive, to compare the tables with")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    archive = write_release(given.out, since=given.since)
    print(
        f"{archive}  {archive.stat().st_size / 1e6:.1f} MB  {hashlib.sha256(archive.read_bytes()).hexdigest()}"
    )


if __name__ == "__main__":
    main()
