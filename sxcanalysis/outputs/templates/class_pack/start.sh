#!/bin/sh
set -e
cd "$(dirname "$0")"
if [ ! -e venv/ready ]; then
  python{python} -m venv venv
  venv/bin/python -m pip install --quiet --no-index --find-links wheels/{platform} {install}
  : > venv/ready
fi
exec venv/bin/jupyter-lab lessons
