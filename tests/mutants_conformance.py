"""Wrong judgements of conformance and wrong alterations: (file, old, new, why, test files). See mutants.py."""

CONFORMANCE, ALTERATIONS, TESTS = "instruments/conformance.py", "instruments/alterations.py", "conformance"

MUTANTS = [
    (CONFORMANCE, "np.abs(theirs - theta0).max(axes)", "np.abs(theirs).max(axes)", "relative to the size, not to the movement", TESTS),
    (CONFORMANCE, "np.maximum.accumulate(np.abs(theirs - theta0).max(axes))", "np.abs(theirs - theta0).max(axes)",
     "moved now, not so far", TESTS),
    (CONFORMANCE, "8 * np.finfo(float).eps", "0 * np.finfo(float).eps", "rounding of a large start counts", TESTS),
    (CONFORMANCE, "8 * np.finfo(float).eps", "1e-6", "a gap hides behind rounding", TESTS),
    (CONFORMANCE, "np.where(np.isnan(error), np.inf,", "np.where(np.isnan(error), 0.0,", "NaN agrees", TESTS),
    (CONFORMANCE, "np.where(error > 0, np.inf, 0.0)", "np.where(error > 0, 0.0, 0.0)", "a gap before any movement agrees", TESTS),
    (CONFORMANCE, "(self.digits >= self.needed).all()", "(self.digits >= self.needed).any()", "one step is enough", TESTS),
    (CONFORMANCE, "np.argmax(self.digits < self.needed)", "np.argmin(self.digits)", "names the worst step, not the first", TESTS),
    (CONFORMANCE, "for _ in range(2):", "for _ in range(1):", "no pairs", TESTS),
    (CONFORMANCE, "(pair for pair in found if pair[1] >= digits)", "(pair for pair in found)",
     "anything explains", TESTS),
    (CONFORMANCE, "key=lambda pair: -round(pair[1])", "key=lambda pair: round(pair[1])", "the worst explanation first", TESTS),
    (CONFORMANCE, "Quadratic(np.asarray(record.h))", "Quadratic(2 * np.asarray(record.h))", "closed loop on another quadratic", TESTS),
    (ALTERATIONS, '"eps": 0.0, "eps_root": eps}', '"eps": eps, "eps_root": eps}', "eps in both places", TESTS),
    (ALTERATIONS, '"eps": 0.0, "eps_root": eps**2}', '"eps": 0.0, "eps_root": eps}', "eps for its square", TESTS),
    (ALTERATIONS, "else with_(o, weight_decay=0.0)", "else o", "decays twice", TESTS),
    (ALTERATIONS, '{"beta1": values["beta2"], "beta2": values["beta1"]}', '{"beta1": values["beta2"], "beta2": values["beta2"]}', "beta1 replaced, not exchanged", TESTS),
    ("optimizers/wrappers/ascent.py", "state, Negated(oracle), theta", "state, oracle, theta", "descent called ascent", TESTS),
    (ALTERATIONS, 'Started(x, "t", 1)', 'Started(x, "t", 0)', "the counter is not ahead", TESTS),
    (ALTERATIONS, "np.full_like(x, self.value)", "np.full_like(x, 0.0)", "starts at 0 all the same", TESTS),
    (ALTERATIONS, "changed = _if_valid(lambda: with_(optimizer, **changes))", "changed = with_(optimizer, **changes)",
     "options that the class refuses are tried", TESTS),
    (ALTERATIONS, "other is not None and other.needs == o.needs", "vars(cls).get('needs') == o.needs",
     "classes are asked, not instances", TESTS),
    (ALTERATIONS, "other is not None and other.needs == o.needs", "other is not None", "methods that ask for more are proposed", TESTS),
]  # fmt: skip
