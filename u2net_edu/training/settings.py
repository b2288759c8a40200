"""What makes a run this run: the options of `fit`, checked before anything is touched."""

from collections.abc import Collection
from typing import Any

from torch import nn

from ..architecture.about import about
from ..images import PREPROCESSING
from .augmentation import check_augmentation, default_augmentation
from .data import Scenes, preprocessing_of
from .engine import PRECISIONS
from .loss import check_terms
from .options import folder, loss_weights, number, whole
from .pairs import check_dataset, pair_at
from .schedules import SCHEDULES

SAME = (
    "batch_size",
    "learning_rate",
    "schedule",
    "side_weights",
    "fuse_weight",
    "terms",
    "clip",
    "freeze_norm",
    "seed",
    "steps",
    "minutes",
)
"""Options that a run keeps when it is resumed."""


def checked_settings(options: dict[str, Any]) -> dict[str, Any]:
    """What makes a run this run, ready for JSON, with defaults filled in.

    Args:
        options: every argument of `fit` by name.

    Raises: ValueError for options that do not fit, TypeError for what is no network.
    """
    model, train, valid = options["model"], options["train"], options["valid"]
    _check_model(model)
    numbers = _numbers(options)
    _check_names(options)
    _check_data(train, "train", "there is nothing to learn from")
    if valid is not None:
        _check_data(valid, "valid", "leave it out, or give held-out pictures")
    return {name: numbers.get(name, options[name]) for name in SAME} | {
        "network": str(about(model).spec or about(model).name),
        "data": repr(train) if isinstance(train, Scenes) else f"{len(train)} pictures",
        "augmentation": options["augmentation"] or default_augmentation(train),
        "preprocessing": options["preprocessing"] or preprocessing_of(model),
    }


def _check_model(model: nn.Module) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"a model is a torch.nn.Module; got {type(model).__name__}.")
    parameters = list(model.parameters())
    if not any(parameter.requires_grad for parameter in parameters):
        raise ValueError(
            f"{type(model).__name__} has no parameter that requires a gradient, so nothing can be "
            "learned: model.requires_grad_(True) makes all of them trainable."
        )
    if any(parameter.is_meta for parameter in parameters):
        raise ValueError("the weights are on the meta device, without values: load them first.")
    if any(tensor.is_inference() for tensor in (*parameters, *model.buffers())):
        raise ValueError(
            "the model was made inside torch.inference_mode(), and such tensors never take part in "
            "training: make it outside."
        )


def _numbers(options: dict[str, Any]) -> dict[str, Any]:
    """The options that are one number, as Python's own ints and floats; None stays out.

    Raises: ValueError for a number that does not fit.
    """
    steps, minutes = options["steps"], options["minutes"]
    if (steps is None) == (minutes is None):
        raise ValueError(
            f"say steps or minutes, one of them; got steps={steps}, minutes={minutes}."
        )
    found: dict[str, Any] = {
        "batch_size": whole("batch_size", options["batch_size"]),
        "learning_rate": number("learning_rate", options["learning_rate"], above=0),
        "seed": whole("seed", options["seed"], 0, 2**32 - 1),
        "workers": whole("workers", options["workers"], 0),
        "nodes": whole("nodes", options["nodes"]),
    }
    if steps is not None:
        found["steps"] = whole("steps", steps)
    else:
        found["minutes"] = number("minutes", minutes, above=0)
    loss_weights(options["side_weights"], options["fuse_weight"])
    if options["clip"] is not None:
        found["clip"] = number("clip (None for no limit)", options["clip"], above=0)
    if options["devices"] != "auto":
        found["devices"] = whole("devices", options["devices"])
    for name in ("checkpoint_every", "evaluate_every"):
        if options[name] is not None:
            found[name] = whole(name, options[name])
    return found


def _check_names(options: dict[str, Any]) -> None:
    for name, known in (("schedule", tuple(SCHEDULES)), ("precision", PRECISIONS)):
        if options[name] not in known:
            raise ValueError(f"no {name} {options[name]!r}; there are {', '.join(known)}.")
    if options["augmentation"] is not None:
        check_augmentation(options["augmentation"])
    if options["preprocessing"] not in (None, *PREPROCESSING):
        names = ", ".join(PREPROCESSING)
        raise ValueError(f"no preprocessing {options['preprocessing']!r}; there are {names}.")
    check_terms(options["terms"])
    if options["checkpoint_dir"] is not None:
        folder("checkpoint_dir", options["checkpoint_dir"])
    callbacks = options["callbacks"]
    if not isinstance(callbacks, Collection) or not all(map(callable, callbacks)):
        raise ValueError(f"callbacks is a list of functions that take an Event; got {callbacks!r}.")
    if options["optimizer"] is not None and not callable(options["optimizer"]):
        raise ValueError(
            "optimizer is a function that takes parameter groups, such as "
            f"lambda groups: torch.optim.SGD(groups, lr=0.1); got {options['optimizer']!r}."
        )


def _check_data(dataset, name: str, way_out: str) -> None:
    """Look at every item of a list. Other datasets are not looked into: one that draws at random
    would give something else afterwards.
    """
    check_dataset(dataset, name, way_out)
    role = "the training data" if name == "train" else "the held-out data"
    for index in range(len(dataset) if isinstance(dataset, (list, tuple)) else 0):
        pair_at(dataset, index, role, finite=name != "train")
