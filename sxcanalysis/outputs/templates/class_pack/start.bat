@echo off
chcp 65001 >nul
cd /d %~dp0
if not exist venv\ready (
  py -{python} -m venv venv || exit /b 1
  venv\Scripts\python -m pip install --quiet --no-index --find-links wheels\{platform} {install} || exit /b 1
  echo ready> venv\ready
)
venv\Scripts\jupyter-lab lessons
