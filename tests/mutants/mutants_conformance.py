"""Wrong judgements of conformance and wrong alterations: (file, old, new, why, test files). See
mutants.py."""

FOLDER = "conformance/"
RECORDS = FOLDER + "records.py"
JUDGING = FOLDER + "judging.py"
SEARCH = FOLDER + "search.py"
SETTINGS = FOLDER + "settings.py"
MOVING = FOLDER + "moving.py"
FACTOR = FOLDER + "factor.py"
FIELDS = FOLDER + "fields.py"
GENERAL = FOLDER + "general.py"
PUBLISHED = FOLDER + "published.py"
STREAMS, READING, NUMBERS, MEASURED = (
    FOLDER + f"{name}.py" for name in ("streams", "reading", "numbers", "measured")
)
TESTS = "conformance"
EXPLAINED = "explanations"
POWER = "golden_power"
MALFORMED = "malformed_records"
BASES = "explanations_layers"

MUTANTS = [
    (RECORDS, "way = np.abs(there - theta0)", "way = np.abs(there)", "relative to the size, not to the movement", TESTS),
    (RECORDS, "np.maximum.accumulate(distance)", "distance",
     "moved now, not so far", TESTS),
    (RECORDS, "ROUNDINGS = 8", "ROUNDINGS = 0", "rounding of a large start counts", TESTS),
    (RECORDS, "ROUNDINGS = 8", "ROUNDINGS = 8e9", "a gap hides behind rounding", TESTS),
    (RECORDS, "np.where(np.isnan(gap), np.inf,", "np.where(np.isnan(gap), 0.0,", "NaN agrees", TESTS),
    (RECORDS, "np.where(error > 0, np.inf, 0.0)", "np.where(error > 0, 0.0, 0.0)", "a gap before any movement agrees", TESTS),
    (RECORDS, "Quadratic(np.asarray(record.h))", "Quadratic(2 * np.asarray(record.h))", "closed loop on another quadratic", TESTS),
    (RECORDS, "return value is None or value is False", "return True", "settings that are not known are dropped", MALFORMED),
    (RECORDS, "return Ascent(made) if upwards else made", "return made", "maximize is ignored", MALFORMED),
    (JUDGING, "(self.digits >= self.needed).all()", "(self.digits >= self.needed).any()", "one step is enough", TESTS),
    (JUDGING, "np.argmax(short)", "np.argmin(self.digits)", "names the worst step, not the first", TESTS),
    (JUDGING, "0 < digits <= MOST_DIGITS", "digits <= MOST_DIGITS", "negative digits always conform", MALFORMED),
    (SEARCH, "        if digits < needed:\n            return None\n", "", "anything explains", TESTS),
    (SEARCH, "if one.digits >= best - WORSE", "if one.digits >= 0", "what fits half as well is told too", TESTS),
    (SEARCH, "if METHOD in first.subjects else singles[k + 1 :]", "if METHOD in first.subjects else ()", "no pairs", TESTS),
    (FIELDS, '{"eps": 0.0, "eps_root": eps}', '{"eps": eps, "eps_root": eps}', "eps in both places", TESTS),
    (FIELDS, '{"eps": 0.0, "eps_root": eps**2}', '{"eps": 0.0, "eps_root": eps}', "eps for its square", TESTS),
    (FIELDS, "else with_(o, weight_decay=0.0)", "else o", "decays twice", EXPLAINED),
    (FIELDS, "{a: values[b], b: values[a]}", "{a: values[b], b: values[b]}", "beta1 replaced, not exchanged", TESTS),
    (FIELDS, "{name: 1 - values[name] for name in rates}", "{name: values[name] for name in rates}", "beta stands for itself", EXPLAINED),
    ("optimizers/wrappers/ascent.py", "state, Negated(oracle), theta", "state, oracle, theta", "descent called ascent", TESTS),
    (GENERAL, "state._replace(t=1)", "state._replace(t=0)", "the counter is not ahead", EXPLAINED),
    (GENERAL, "return new._replace(top=new.v)", "return new", "the maximum does not forget", POWER),
    (GENERAL, "return 0.0 * delta if call.t == 1 else delta", "return delta", "the first call moves all the same", EXPLAINED),
    (PUBLISHED, "u = ema(new.m, call.grad, method.beta1)", "u = ema(call.state.m, call.grad, method.beta1)",
     "Lion as it is, called updated first", EXPLAINED),
    (STREAMS, "ZEROS = 2", "ZEROS = 99", "no gradient has a zero in it", POWER),
    (STREAMS, "PEAK_SIZE = 20.0", "PEAK_SIZE = 0.01", "nothing for a maximum to remember", POWER),
    (STREAMS, "STILL = 9", "STILL = 99", "no gradient of zero", POWER),
    (STREAMS, '(4, 2, 3)]', '(2, 4, 3)]', "the last axes are the largest", POWER),
    (READING, 'encoding="utf-8-sig"', 'encoding="utf-8"', "a byte order mark is refused", MALFORMED),
    (READING, "if not isinstance(listed, list) or not listed:", "if not isinstance(listed, list):", "no settings pass", MALFORMED),
    (SETTINGS, "if isinstance(default, bool) and not isinstance(value, bool):", "if False:", "a text is a switch", MALFORMED),
    (SETTINGS, "len(value) != len(default)", "False", "three betas", MALFORMED),
    (NUMBERS, "if isinstance(value, bool) or not isinstance(value, (int, float)):", "if not isinstance(value, (int, float)):",
     "true is 1", MALFORMED),
    (NUMBERS, "    if not math.isfinite(found):\n", "    if False:\n", "infinity is read", MALFORMED),
    (SETTINGS, "if all(answer is None for answer in answers):", "if False:", "a record without what its method asks for passes", MALFORMED),
    (SETTINGS, "if value is None and default not in (None, parameter.empty):", "if False:", "null for a number", "conformance_places"),
    (MOVING, "fresh, _ = np.linalg.qr(factor @ ordered)", "fresh, _ = np.linalg.qr(factor @ old)", "columns in their old places", BASES),
    (MOVING, "followed = carried(new.inner, SQUARES", "followed = carried(new.inner, ()", "v does not follow either", BASES),
    (MOVING, "axis = mode - modes", "axis = -1 - mode", "the orders of rows and columns exchanged", BASES),
    (PUBLISHED, "np.minimum(ratio / method.lr, 1.0)", "np.minimum(ratio, 1.0)", "LARC is a clamp to 1", EXPLAINED),
    (PUBLISHED, "newest = method.lr * kept.ratio * u", "newest = kept.ratio * u", "nesterov of LARS without lr", BASES),
    (FACTOR, "return factor * delta if call.t > parting else delta", "return factor * delta if call.t >= parting else delta",
     "the step before the parting one is scaled too", "conformance_places"),
    (MEASURED, "SINGLE_DIGITS = 4.0", "SINGLE_DIGITS = 7.5", "single precision is not recognised", EXPLAINED),
]  # fmt: skip
