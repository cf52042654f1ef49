"""Two computations of one number differ in last digits on another machine: they are not compared
bit for bit.

Found here is the obvious form: `assert_array_equal` of two computed arrays, and `==` between two
calls. Bits may be compared where nothing is computed twice; then the assertion says so,
`err_msg="the same call twice"`, which is also what a failure prints. Against a literal (integers,
zeros by construction) no reason is asked for.
"""

import ast

import pytest
from sources import ROOT, TREES
from swept import over

FOLDERS = ("tests", "lab/claims", "experiments")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
LITERAL = {"arange", "ones", "zeros", "eye", "array", "full", "range", "float"}
CONSTANTS = {"inf", "nan", "pi"}
# what these return are descriptions, names and paths, not numbers
WORDS = {"torch", "optax", "authors", "type", "str", "set", "list", "sorted", "dump", "getattr"}
WORDS |= {"key", "files", "read_bytes", "read_text", "len", "shape", "rint", "approx", "summary"}
WORDS |= {"caption"}
# exact numbers have no last digits
WORDS |= {"Rational", "Fraction"}
EXACT = {"assert_array_equal", "assert_equal", "array_equal"}


def called(node):
    """The last name of what a call calls: `approx` of pytest.approx(...)."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_literal(node):
    """Nothing in it is computed: numbers, lists of them, np.ones(3), CONSTANTS in capitals."""
    if isinstance(node, ast.Call):
        return called(node) in LITERAL and all(map(is_literal, node.args))
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Attribute):
        return node.attr in CONSTANTS
    parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    return isinstance(node, ast.Constant) or (bool(parts) and all(map(is_literal, parts)))


def bit_comparisons(tree):
    """The lines that compare two computations bit for bit without saying why they may."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in EXACT:
            reason = any(keyword.arg == "err_msg" for keyword in node.keywords)
            if not reason and not any(map(is_literal, node.args)):
                yield node.lineno
        if isinstance(node, ast.Compare) and any(
            isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops
        ):
            sides = [node.left, *node.comparators]
            names = {called(side) for side in sides if isinstance(side, ast.Call)}
            if all(isinstance(side, ast.Call) for side in sides) and not names & WORDS:
                yield node.lineno


@over(FILES)
def test_no_two_computations_are_compared_bit_for_bit(path):
    found = [f"{path.name}:{line}" for line in bit_comparisons(TREES[path])]
    assert not found, (
        "compare with a derived tolerance, or say in err_msg why the bits are the same"
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("assert limit(mu, 0) == limit(np.sqrt(mu), 1)", True),
        ("np.testing.assert_array_equal(path(a), path(b))", True),
        ("np.testing.assert_array_equal(run['loss'], again['loss'])", True),
        ("np.testing.assert_array_equal(path(a), path(a), err_msg='the same call twice')", False),
        ("np.testing.assert_array_equal(path(a)[0], [1, -2, np.inf])", False),
        ("np.testing.assert_array_equal(path(a), np.zeros(3))", False),
        ("np.testing.assert_array_equal(path(a), 2 * x)", True),
        ("assert limit(mu) == pytest.approx(limit(nu), rel=1e-12)", False),
        ("assert conventions.torch('Adam') == conventions.torch('Adam')", False),
    ],
)
def test_the_obvious_form_is_found(source, found):
    assert bool([*bit_comparisons(ast.parse(source))]) == found
