"""What stands around a formula, once for all: bases, decay, momentum, schedules, line searches.

A wrapper is a frozen dataclass with a method in its field `inner`, and a method itself. What it has
to say about that, where it is not simply what `inner` says (lab.optimizers.protocol.of_inner):

    needs               also what it asks of the oracle itself: self.inner.needs | {"grad"}
    vectors, matrices   its own state fields that turn with a basis, and those of `inner`, as
                        "inner.name" where a field of its own may have the same name
    units               also those of its own hyper-parameters
    invariances, scope  what it leaves of those of `inner`; a norm per tensor asks for "tensor"
    waits               during a warm start of `inner` it does nothing of its own
    metric              what divides the gradient that `inner` sees, in the step that is made
    leads               name -> field, where two parts have a hyper-parameter of that name

A view of the oracle (lab.oracle) changes what `inner` sees; `inner` is never modified, with_scaled
makes another one with another rate.
"""
