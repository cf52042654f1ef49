"""Every switch of every first-order optimizer, turned at least once: the contracts and laws run on these too."""

from lab.optimizers import OPTIMIZERS

# name -> (class, changes to the loud hyper-parameters). A 0 switches a hyper-parameter off where two do not go together.
VARIANTS = {
    "SGD(nesterov)": ("SGD", {"nesterov": True, "dampening": 0.0}),
    "SGD(plain)": ("SGD", {"momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0}),
    "ASGD(burn_in)": ("ASGD", {"burn_in": 2}),
    "AdaGrad(eps_in_root)": ("AdaGrad", {"eps_in_root": True}),
    "RMSProp(centered)": ("RMSProp", {"centered": True}),
    "RMSProp(eps_in_root, debias)": ("RMSProp", {"eps_in_root": True, "debias": True}),
    "RMSProp(centered, eps_in_root, clamp)": ("RMSProp", {"centered": True, "eps_in_root": True, "clamp": True}),
    "RMSProp(nesterov)": ("RMSProp", {"nesterov": True}),
    "RMSProp(nesterov, lr_in_momentum)": ("RMSProp", {"nesterov": True, "lr_in_momentum": True}),
    "Adam(eps_hat)": ("Adam", {"eps_hat": True}),
    "Adam(no debias)": ("Adam", {"debias_m": False, "debias_v": False}),
    "AdamW(decay by schedule)": ("AdamW", {"decay_times_lr": False}),
    "AMSGrad(debias first)": ("AMSGrad", {"max_before_debias": False}),
    "AMSGrad(paper)": ("AMSGrad", {"debias_m": False, "debias_v": False}),
    "AMSGrad(decoupled)": ("AMSGrad", {"decoupled": True}),
    "Adamax(decoupled)": ("Adamax", {"decoupled": True}),
    "NAdam(no warmup)": ("NAdam", {"warmup": False, "momentum_decay": 0.0}),
    "NAdam(decoupled)": ("NAdam", {"decoupled": True}),
    "NAdam(float32_product)": ("NAdam", {"float32_product": True}),
    "RAdam(eps_hat)": ("RAdam", {"eps_hat": True, "threshold": 4.2}),
    "RAdam(decoupled)": ("RAdam", {"decoupled": True, "threshold": 4.2}),
    "AdaBelief": ("AdaBelief", {"unrectified": 0.0}),
    "AdaBelief(rectify)": ("AdaBelief", {"rectify": True, "eps_root": 0.02}),
    "AdaBelief(coupled)": ("AdaBelief", {"decoupled": False, "unrectified": 0.0}),
    "Yogi(no debias)": ("Yogi", {"debias": False}),
    "Adan(proximal)": ("Adan", {"proximal": True}),
    "ADOPT(no clip)": ("ADOPT", {"clip": False}),
    "LARS(paper)": ("LARS", {"norm_of_sum": False}),
    "LARS(nesterov)": ("LARS", {"nesterov": True}),
    "DiagonalGN(-1)": ("DiagonalGN", {"power": -1.0}),
}


def variants(loud) -> dict:
    """Name -> instance, made by `loud`."""
    return {name: loud(OPTIMIZERS[base], **changes) for name, (base, changes) in VARIANTS.items()}
