"""No circle between the folders of the lab, read from the source."""

import pytest
from sources import LAB, PACKAGE, everywhere

MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in LAB
}


def neighbours(parent):
    """Modules and folders of one folder -> those of the same folder that they import from, wherever
    in the tree the import stands."""

    def child(module):
        # (a, b, c, d) under (a, b) is c; what stands elsewhere is nobody's neighbour
        parts = tuple(module.split("."))
        inside = parts[: len(parent)] == parent and len(parts) > len(parent)
        return parts[len(parent)] if inside else None

    arrows: dict[str, set] = {}
    for module, path in MODULES.items():
        here = child(module)
        if here is None:
            continue
        used = {child(m) for m in everywhere(path)}
        arrows.setdefault(here, set()).update(used - {here, None})
    return {here: used & set(arrows) for here, used in arrows.items()}


def circle(arrows):
    """What is left when all that import nothing of the rest, and all that nothing of the rest
    imports, are taken away, again and again."""
    left = set(arrows)
    while True:
        imported_by_some = set().union(*(arrows[here] for here in left))
        kept = {here for here in left & imported_by_some if arrows[here] & left}
        if kept == left:
            return sorted(left)
        left = kept


PARENTS = sorted({tuple(module.split(".")[:-1]) for module in MODULES} - {()})


@pytest.mark.parametrize("parent", PARENTS, ids=".".join)
def test_no_circle_between_folders(parent):
    """Each floor stands on those below it: the parts of the lab, and the rooms inside each part."""
    assert circle(neighbours(parent)) == []


def test_a_circle_is_found():
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert circle(arrows) == ["b", "c"]
    # the graph is not empty where it is known to have arrows
    assert "simulation" in neighbours(("lab",))["instruments"]
    assert "pieces" in neighbours(("lab", "optimizers"))["wrappers"]
