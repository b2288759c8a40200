"""Where to compute."""

import torch


def pick_device(device: str | torch.device | int = "auto") -> torch.device:
    """Choose the device to compute on: `auto` is CUDA if there is one, else MPS, else the CPU.

    Raises: ValueError for a device that torch does not know, that this machine does not have, or
    that holds no values (meta).
    """
    if str(device) == "auto":
        available = [name for name in ("cuda", "mps") if _is_available(name)]
        return torch.device(available[0] if available else "cpu")
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"no device {device!r}; there are auto, cpu, cuda and mps.") from error
    if chosen.type == "meta":
        raise ValueError(
            "tensors on the meta device have no values, so nothing can be computed there: "
            "pass 'auto', or 'cpu'."
        )
    if not _is_available(chosen.type, chosen.index):
        raise ValueError(f"this machine has no {chosen} that torch can use: pass 'auto'.")
    return chosen


def _is_available(kind: str, index: int | None = None) -> bool:
    if kind == "cpu":
        return True
    if kind == "cuda":
        return torch.cuda.is_available() and (not index or index < torch.cuda.device_count())
    if kind == "mps":
        return torch.backends.mps.is_available()
    try:  # a kind that needs an extension of torch
        torch.zeros(1, device=torch.device(kind, index or 0)).item()
    except Exception:
        return False
    return True
