"""Every switch of every optimizer, turned at least once: the contracts and laws run on these
too."""

from lab.optimizers import example

# name -> (method, changes to its example). A 0 switches a hyper-parameter off where two do not go
# together.
VARIANTS = {
    "SGD(nesterov)": ("SGD", {"nesterov": True, "dampening": 0.0}),
    "SGD(maximize)": ("SGD", {"maximize": True, "lr": 0.01}),
    "SGD(plain)": ("SGD", {"momentum": 0.0, "dampening": 0.0}),
    "ASGD(burn_in)": ("ASGD", {"burn_in": 2}),
    "AdaGrad(inside)": ("AdaGrad", {"eps_place": "inside"}),
    "RMSProp(centered)": ("RMSProp", {"centered": True}),
    "RMSProp(inside, debias)": ("RMSProp", {"eps_place": "inside", "debias": True}),
    "RMSProp(centered, inside, clamp)": (
        "RMSProp",
        {"centered": True, "eps_place": "inside", "clamp": True},
    ),
    "RMSProp(nesterov)": ("RMSProp", {"nesterov": True}),
    "RMSProp(nesterov, lr_in_momentum)": ("RMSProp", {"nesterov": True, "lr_in_momentum": True}),
    "Adam(hat)": ("Adam", {"eps_place": "hat"}),
    "Adam(m debiased)": ("Adam", {"debias": "m"}),
    "Adam(v debiased)": ("Adam", {"debias": "v"}),
    "Adam(no debias)": ("Adam", {"debias": "none"}),
    "AdamW(schedule)": ("AdamW", {"times": "schedule"}),
    "AdamW(one)": ("AdamW", {"times": "one"}),
    "AMSGrad(debias first)": ("AMSGrad", {"max_before_debias": False}),
    "AMSGrad(m debiased)": ("AMSGrad", {"debias": "m"}),
    "AMSGrad(v debiased)": ("AMSGrad", {"debias": "v"}),
    "AMSGrad(paper)": ("AMSGrad", {"debias": "none"}),
    "NAdam(no warmup)": ("NAdam", {"warmup": False, "momentum_decay": 0.0}),
    "NAdam(float32_product)": ("NAdam", {"float32_product": True}),
    "RAdam(hat)": ("RAdam", {"eps_place": "hat", "threshold": 4.2}),
    "AdaBelief(rectify)": ("AdaBelief", {"rectify": True, "eps_root": 0.02, "unrectified": 0.7}),
    "Yogi(no debias)": ("Yogi", {"debias": False}),
    "ADOPT(not clipped)": ("ADOPT", {"clipped": False}),
    "LARS(paper)": ("LARS", {"norm_of_sum": False}),
    "LARS(nesterov)": ("LARS", {"nesterov": True}),
    "DiagonalGN(-1)": ("DiagonalGN", {"power": -1.0}),
    "SophiaH(optax)": ("SophiaH", {"debias": True, "refresh_after": True}),
    "SophiaG(outside)": ("SophiaG", {"eps_place": "outside"}),
    "AdaL(outside, constant)": ("AdaL", {"eps_place": "outside", "schedule": "constant"}),
    "AdaL(coordinate, amsgrad)": ("AdaL", {"factor": "coordinate", "amsgrad": True}),
    "Adafactor(max)": (
        "Adafactor",
        {"eps_place": "max", "relative": False, "least_scale": 0.0, "warm": False},
    ),
    "Muon(svd)": ("Muon", {"orthogonalise": "svd", "eps": 0.0}),
    "Muon(debiased, columns, max)": (
        "Muon",
        {"average": "debiased", "shape": "columns", "eps_place": "max", "eps": 5.0},
    ),
    "Muon(rms)": ("Muon", {"rms": 0.2, "nesterov": False}),
    "TNT(empirical)": ("TNT", {"labels": "true"}),
    "TNT(rarely)": ("TNT", {"sample_every": 2}),
    "PerExampleTNT(column)": ("PerExampleTNT", {"bias": "column", "labels": "exact"}),
    "GraftedShampoo(blocks)": ("GraftedShampoo", {"graft": "block"}),
    "ShampooEMA(early)": ("ShampooEMA", {"early": True}),
    "KFAC(exact)": ("KFAC", {"labels": "exact", "scale": "none"}),
    "KFAC(empirical)": ("KFAC", {"labels": "true"}),
    "EKFAC(product)": ("EKFAC", {"spectrum": "product", "beta3": 0.0}),
    "KLShampoo(PSGD)": ("KLShampoo", {"q": 0.5, "power": -1.0}),
    "LMO(sign)": ("LMO", {"norm": "sign", "eps": 0.0}),
    "LMO(row)": ("LMO", {"norm": "row", "eps": 0.0, "nesterov": True}),
    "LMO(column, operator)": ("LMO", {"norm": "column", "eps": 0.0, "scale": "operator"}),
    "LMO(frobenius)": ("LMO", {"norm": "frobenius", "eps": 0.0, "scale": "shape"}),
    "LMO(polar-express)": ("LMO", {"root": "polar-express", "iterations": 3, "scale": "shape"}),
    "LMO(cans)": ("LMO", {"root": "cans", "iterations": 6}),
    "LMO(you)": ("LMO", {"root": "you", "scale": "operator"}),
    "LMO(per role)": (
        "LMO",
        {"scale": "operator", "roles": (("input", "row"), ("hidden", "column"), ("bias", "sign"))},
    ),
    "NorMuon(rms)": ("NorMuon", {"length": "rms", "nesterov": False}),
    "AdaMuon(signed)": (
        "AdaMuon",
        {"signed": True, "nesterov": False, "root": "you", "beta1": 0.9},
    ),
    "Dion2(jordan)": ("Dion2", {"root": "jordan", "scale": "shape"}),
    "Dion2(none)": ("Dion2", {"scale": "none", "part": 1.0}),
    "Prodigy(debias)": ("Prodigy", {"debias": True}),
    "ClippedSGD(tensor)": ("ClippedSGD", {"of": "tensor"}),
    "ClippedSGD(entry)": ("ClippedSGD", {"of": "entry", "threshold": 0.4}),
    "MARSAdamW(all)": ("MARSAdamW", {"of": "all"}),
    "ScheduleFreeAdamW(hat)": ("ScheduleFreeAdamW", {"eps_place": "hat"}),
    "BNP(printed)": ("BNP", {"variance": "batch", "start": "unit"}),
    "BNP(first, not rescaled)": ("BNP", {"start": "first", "rescaled": False}),
    "BNP(frozen)": ("BNP", {"frozen": True, "start": "unit"}),
    "SOAP(no debias)": ("SOAP", {"debias": False, "skip_first": False}),
}


def variants() -> dict:
    """Name -> instance."""
    return {name: example(method, **changes) for name, (method, changes) in VARIANTS.items()}
