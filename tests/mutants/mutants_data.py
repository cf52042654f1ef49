"""Wrong readers of tables and wrong minima: (file, old, new, why, test files). See mutants.py."""

READING = "data/reading.py"
CELLS = "data/cells.py"
COLUMNS = "data/columns.py"
TABLES = "data/tables.py"
ARCHIVES, EXAMPLES = "data/archives.py", "data/examples.py"
MINIMA, LOGISTIC = "objectives/minima.py", "objectives/logistic_minimum.py"

MUTANTS = [
    (READING, '(codecs.BOM_UTF8, "utf-8-sig")', '(codecs.BOM_UTF8, "utf-8")', "the mark becomes part of a name", "data"),
    (READING, "if len(even) > 1:", "if len(even) > 9:", "the first of two separators", "malformed_tables"),
    (READING, "if len(row.cells) != width", "if len(row.cells) < width", "values beyond the header pass", "malformed_tables"),
    (READING, "line = reader.line_num + 1", "line = reader.line_num", "the line before is named", "malformed_tables"),
    (READING, "if count > 1 and name]", "if count > 2 and name]", "a name may occur twice", "malformed_tables"),
    (CELLS, "if NUMBER[mark].fullmatch(text):", "if NUMBER[mark].match(text):", "2019_1 begins like a number", "malformed_tables"),
    (CELLS, 'float(text.replace(",", "."))', 'float(text.replace(",", ""))', "decimal commas fall out", "data"),
    (CELLS, "if points:", "if not points:", "decimal comma and point in one file", "malformed_tables data"),
    (CELLS, "all(GROUPED.fullmatch(text) for text in commas)", "False", "1,234 is read as 1.234", "malformed_tables"),
    (COLUMNS, "tuple(sorted(set(words.values())))", "tuple(sorted(set(words.values()), reverse=True))", "no = 1, yes = 0", "columns"),
    (COLUMNS, "if not np.isnan(numbers).all():", "if False:", "a word among numbers is a class", "malformed_tables"),
    (COLUMNS, "if ordered and chance_of_order(values) < CHANCE", "if ordered and False", "sorted columns are features", "columns"),
    (COLUMNS, "span == size - 1", "span == size", "a shuffled index is a feature", "columns"),
    (COLUMNS, "np.abs(x).max(0)\n", "1.0\n", "constant in absolute terms", "columns malformed_tables"),
    (COLUMNS, "MARGIN = 100", "MARGIN = 1e-3", "rounding is standardised", "malformed_tables"),
    (TABLES, "kept = [c for c in kept if not c.other]", "pass", "an index is used though it was said to be left out", "columns"),
    (TABLES, "~absent.any(0)", "~absent.all(0)", "rows with a hole are used", "data malformed_tables"),
    (TABLES, 'if missing == "refuse":', "if not rows.any():", "rows are dropped unasked", "malformed_tables"),
    (TABLES, "notes + lost + classes", "notes + classes", "rows left out without a word", "data"),
    (TABLES, "elif first != c.name:", "elif first == c.name:", "equal columns pass", "malformed_tables"),
    (ARCHIVES, "np.concatenate(pieces)", "np.flip(pieces)", "parts are not stacked", "data"),
    (ARCHIVES, "or len(array) != rows", "or len(array) < rows", "arrays of other lengths", "malformed_tables data"),
    (EXAMPLES, "found.y[:last], f", "found.y[: last and None], f", "labels of all rows for the first few", "data"),
    ("linalg.py", "scale = unit_diagonal(a)", "scale = np.ones_like(g + a[..., 0])", "units decide the rank", "minima"),
    ("linalg.py", "null = np.where(kept[..., None, :], 0.0, q)", "null = np.zeros_like(q)", "not the shortest solution", "minima"),
    (LOGISTIC, "seen = c.kept.sum() >= rank and", "seen = True or", "a Hessian that sees nothing certifies", "minima"),
    (LOGISTIC, "rho * decrement <= 0.5", "rho * decrement <= 1e9", "every point is a minimum", "minima"),
    (LOGISTIC, "if not ridge and separating(x, y) is not None:", "if False:", "separability is not named", "minima"),
    (LOGISTIC, "np.concatenate([upper, lower])", "np.concatenate([upper, upper])", "wrong side by 1 passes", "minima"),
    (MINIMA, "spanning = (vt / scale).T", "spanning = (vt * scale).T", "not the least norm", "minima"),
    (LOGISTIC, "g = ridge * theta - data", "g = -data", "no ridge in Newton's method", "minima"),
    (MINIMA, "theta = logit(q) / a", "theta = logit(q) * a", "units of the one-hot features", "minima"),
    ("linalg.py", "defined = np.not_equal(b, 0)", "defined = np.abs(b) > 1e-15 * np.abs(b).max()", "small entries of a diagonal rest", "minima"),
]  # fmt: skip
