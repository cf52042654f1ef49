"""The limits of the style guide, read from the source: lengths, names, docstrings, keywords."""

import ast

from sources import FILES, TREES, each_file, each_lab_file, functions, name


@each_file
def test_file_length(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def code_lines(f, source):
    """Lines of the body of a function, without docstring, comments, blank lines, and functions
    defined within (counted on their own)."""
    body = f.body[1:] if ast.get_docstring(f) is not None else f.body
    skipped = {
        n
        for g in ast.walk(f)
        if isinstance(g, ast.FunctionDef) and g is not f
        for n in range(g.lineno, (g.end_lineno or 0) + 1)
    }
    lines = {n for node in body for n in range(node.lineno, (node.end_lineno or 0) + 1)} - skipped
    # a caption is text, as a docstring is: its first line counts
    texts = [
        n
        for n in ast.walk(f)
        if isinstance(n, ast.JoinedStr)
        or (isinstance(n, ast.Constant) and isinstance(n.value, str))
    ]
    lines -= {n for text in texts for n in range(text.lineno + 1, (text.end_lineno or 0) + 1)}
    return sum(
        1 for n in lines if source[n - 1].strip() and not source[n - 1].strip().startswith("#")
    )


@each_file
def test_function_length(path):
    source = path.read_text(encoding="utf-8").splitlines()
    long = {f.name: code_lines(f, source) for f in functions(path)}
    assert {f: lines for f, lines in long.items() if lines > 30} == {}


@each_file
def test_positional_parameters(path):
    """At most 5 in public functions; private ones have one caller, which is next to them."""
    many = {}
    for f in functions(path):
        if any(ast.unparse(d).startswith(("claim(", "named")) for d in f.decorator_list):
            continue  # the symbols of a theorem
        names = [a.arg for a in f.args.posonlyargs + f.args.args]
        many[f.name] = len(names) - (names[:1] in (["self"], ["cls"]))
    assert {f: count for f, count in many.items() if count > 5 and not f.startswith("_")} == {}


def test_module_names():
    bad = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "tools", "stuff"}
    assert not [name(path) for path in FILES if path.stem in bad or path.parent.name in bad]


def public_definitions(path):
    """Public functions and classes of a module, and public functions of its public classes."""
    for node in TREES[path].body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node


STATES = "NamedTuple"


@each_lab_file
def test_public_names_have_docstrings(path):
    """Every module, public class and public function; states (NamedTuples) are named by their
    optimizer, registrations by their pair."""
    assert ast.get_docstring(TREES[path]) or not TREES[path].body
    missing = []
    for node in public_definitions(path):
        is_state = isinstance(node, ast.ClassDef) and any(
            isinstance(b, ast.Name) and b.id == STATES for b in node.bases
        )
        if not ast.get_docstring(node) and not is_state:
            missing.append(node.name)
    allowed = {"lab/__main__.py": {"parser"}}  # the first line of `lab --help` says it
    assert set(missing) <= allowed.get(name(path), set())


def calls(path, function):
    return [
        n
        for n in ast.walk(TREES[path])
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == function
    ]


@each_file
def test_print_only_on_the_command_line(path):
    printing = path.parent.name == "commands" or name(path) in (
        "lab/__main__.py",
        "tests/support/readability.py",
    )
    if not printing:
        assert not calls(path, "print")


KEYWORDS = {
    "lab/style/notes.py": {"note"},  # its names are those of Matplotlib's annotate
    "lab/arrays/layers.py": {"__array_ufunc__"},  # NumPy's protocol
    "lab/checks.py": {"fields", "keep"},  # its names are those of the fields
    "lab/domains.py": {"together", "checked"},  # its names are those of the parameters; a decorator
    "lab/theory/worst_cases.py": {"_amounts"},  # its names are those of the parameters
    "lab/conventions/__init__.py": {"torch", "optax", "authors"},  # the library's own names in
    "lab/instruments/quadrants.py": {"reported"},  # settings of compare
    "lab/instruments/comparison.py": {"compare"},  # settings of the solver, through tune
    "lab/optimizers/protocol.py": {"with_"},  # its names are those of the hyper-parameters
    "lab/optimizers/registry.py": {"example"},  # likewise
    "lab/claims/enclosures.py": {"enclosed"},  # its names are those of the symbols
    "lab/simulation.py": {"replay"},  # its names are oracle members
    "lab/instruments/tuning.py": {"tune"},  # settings of the solver it is given
}


@each_lab_file
def test_no_keyword_pass_through(path):
    assert {f.name for f in functions(path) if f.args.kwarg} <= KEYWORDS.get(name(path), set())
