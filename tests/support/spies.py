"""What a method asks of its oracle, noted."""

from functools import partial

from lab.oracle import InVariables


class Spy:
    """An oracle that notes what is asked; of a curvature, which of its answers."""

    members = frozenset({"grad", "loss", "probe", "at"})
    curvatures = frozenset({"hessian", "second_moment", "curvature"})

    def __init__(self, oracle, asked):
        self._oracle, self._asked = oracle, asked

    def __getattr__(self, name):
        answer = getattr(self._oracle, name)
        if name in self.members:
            self._asked.add(name)
        if name in self.curvatures:
            noted = partial(Answering, name, asked=self._asked)
            return (
                (lambda labels="exact": noted(answer(labels)))
                if name == "curvature"
                else noted(answer)
            )
        return (lambda theta: Spy(answer(theta), self._asked)) if name == "at" else answer

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Answering:
    """A curvature that notes which of its answers is asked."""

    def __init__(self, member, curvature, asked):
        self._member, self._curvature, self._asked = member, curvature, asked

    def __getattr__(self, name):
        # a network's curvature knows the factors of its gradients, which is a need by itself
        own = {"layers": "factors", "others": "factors", "local": "patches"}
        self._asked.add(own.get(name, f"{self._member}.{name}"))
        return getattr(self._curvature, name)


class Watched:
    """An optimizer whose oracle is a Spy."""

    def __init__(self, inner):
        self.inner, self.asked, self.init = inner, set(), inner.init

    def step(self, state, oracle, theta):
        return self.inner.step(state, Spy(oracle, self.asked), theta)
