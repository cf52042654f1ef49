"""Every pair in EXACT is compared with simulation in one of the files below."""

import test_exact
import test_exact_logistic

from lab.exact import EXACT
from lab.objectives import OneHotLogistic


def test_every_pair_in_the_table_is_compared_with_simulation():
    compared = {(type(f), type(optimizer)) for f, optimizer in test_exact.CASES}
    compared |= {(OneHotLogistic, type(optimizer)) for optimizer in test_exact_logistic.OPTIMIZERS.values()}
    assert compared == set(EXACT)
