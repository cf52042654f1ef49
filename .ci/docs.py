"""make docs: the API reference, from the docstrings, to docs/api/. Any warning is an error."""

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path
from typing import get_type_hints

try:
    import pdoc
except ImportError:
    sys.exit("make docs: pdoc is missing: .venv/bin/pip install -e '.[docs]'")

import lab

warnings.simplefilter("error")

names = ["lab", *(module.name for module in pkgutil.walk_packages(lab.__path__, "lab."))]
names = [name for name in names if "__main__" not in name]

# public names are imported when first used; the reference shows what is there
for module in map(importlib.import_module, names):
    for name in getattr(module, "__all__", ()):
        setattr(module, name, getattr(module, name))

    # the signature of a named tuple has annotations as text, and no module to look them up in
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "_fields"):
            thing.__new__.__annotations__ = get_type_hints(thing)

# a package that lists its names hides its modules from pdoc: these are asked for by name
asked: list[str] = []
found: set[str] = set()
for name in names:
    if name not in found:
        asked.append(name)
        found |= set(pdoc.extract.walk_specs([name]))

out = Path("docs/api")
# docstrings are plain text, formulas and all
pdoc.render.configure(docformat="restructuredtext", show_source=False, search=True)
pdoc.pdoc(*asked, output_directory=out)
print(f"{out}/index.html: {len(found)} modules")
