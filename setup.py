"""What ``pyproject.toml`` cannot say: the data and the notebooks beside the package lie inside it once it is installed."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["sxcanalysis*"]), "sxcanalysis.data", "sxcanalysis.notebooks"],
    package_dir={"sxcanalysis.data": "data", "sxcanalysis.notebooks": "notebooks"},
)
