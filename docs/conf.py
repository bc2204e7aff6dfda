"""How Sphinx builds these pages: `python -m sphinx -W -n docs docs/_build`."""

from __future__ import annotations

from wflpy import __version__

project = "wflpy"
author = "The wflpy authors"
copyright = "2026, The wflpy authors"
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"wflpy {__version__}"
html_copy_source = False
