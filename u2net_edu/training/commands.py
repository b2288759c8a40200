"""`u2net-edu train` and `u2net-edu evaluate`."""


def add_train(commands) -> None:
    """`train`: fit on drawn scenes or folders, resume where a run stopped."""
    parser = commands.add_parser(
        "train",
        help="train a network on drawn scenes or your own photographs",
        description="Train a network. Without --data it learns from drawn scenes; a run with "
        "--checkpoints goes on where it stopped. Ctrl-C ends it and keeps what there is. Several "
        "GPUs: --devices N, or torchrun --nproc-per-node N -m u2net_edu.cli train …; with more "
        "than one process each batch norm normalises by its own process's share of the batch, so "
        "keep 8 or more pictures a process, or --freeze-norm.",
    )
    _add_network(parser, default="classroom")
    _add_data(parser, "--data")
    _add_data(parser, "--valid")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="train this many steps (default 1500)")
    length.add_argument("--minutes", type=float, help="train this long")
    parser.add_argument("--size", type=int, help="side of the pictures: 64 for drawn ones, 320")
    parser.add_argument("--batch-size", type=int, default=8, help="over all processes together")
    parser.add_argument("--learning-rate", type=float, default=5e-3, help="its peak")
    parser.add_argument("--schedule", default="one-cycle", help="one-cycle or constant")
    parser.add_argument("--augmentation", help="none, symmetries, photographs or upstream")
    parser.add_argument("--preprocessing", help="plain, imagenet or upstream")
    parser.add_argument("--freeze-norm", action="store_true", help="for few pictures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--devices", type=int, default=1, help="processes on this machine")
    parser.add_argument("--nodes", type=int, default=1, help="machines")
    parser.add_argument("--precision", default="auto", help="32-true, bf16-mixed, 16-mixed")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare pictures")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="keep the run here, or resume it")
    parser.add_argument("--out", metavar="FILE", help="write the network here (.safetensors)")
    parser.set_defaults(run=_train)


def add_evaluate(commands) -> None:
    """`evaluate`: the field's measures, beside the paper's numbers."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a network on a folder or on drawn scenes",
        description="MAE, F, weighted F, S, E, relaxed boundary F and IoU. With --dataset, "
        "columns as in the paper's table, beside the paper's own numbers.",
    )
    _add_network(parser, default=None)
    _add_data(parser, "--data")
    parser.add_argument("--dataset", help="the paper's name of the data: DUTS-TE, ECSSD, …")
    parser.add_argument("--size", type=int, help="side that pictures are squashed to")
    parser.add_argument("--preprocessing", help="plain, imagenet or upstream")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.set_defaults(run=_evaluate)


def _add_network(parser, default) -> None:
    parser.add_argument(
        "--network",
        choices=["classroom", "u2net", "u2net_lite"],
        default=default,
        help="which table to build" + (" (untrained)" if default else " for a .pth file"),
    )
    parser.add_argument(
        "--weights",
        default=None if default else "classroom",
        help="weights: a file, or classroom for the network that ships with the package",
    )


def _add_data(parser, option: str) -> None:
    parser.add_argument(
        option,
        nargs="+",
        metavar=("IMAGES", "MASKS"),
        help="a folder of pictures and one of masks, or one folder in the layout of DUTS",
    )


def _network(args):
    """The network that the options name: its table, and weights where there are some."""
    from ..architecture.spec import U2NET, U2NET_CLASSROOM, U2NET_LITE
    from ..architecture.u2net import U2Net
    from ..weights.checkpoints import load_checkpoint, load_classroom_model, load_reference

    tables = {"classroom": U2NET_CLASSROOM, "u2net": U2NET, "u2net_lite": U2NET_LITE}
    if args.weights == "classroom":
        return load_classroom_model()
    if args.weights is None:
        return U2Net(tables[args.network])
    if args.weights.endswith(".safetensors"):
        return load_checkpoint(args.weights)
    if args.network not in ("u2net", "u2net_lite"):
        raise ValueError(f"--weights {args.weights}: say --network u2net or --network u2net_lite.")
    return load_reference(U2Net(tables[args.network]), args.weights)


def _data(folders: list[str] | None, size: int | None, seed: int, length: int):
    from .data import FolderScenes, SyntheticScenes

    if folders is None:
        return SyntheticScenes(size or 64, length, seed)
    if len(folders) > 2:
        raise ValueError(f"expected IMAGES MASKS or one folder, got {len(folders)} folders.")
    return FolderScenes(*folders, size=size or 320)


def _train(args) -> int:
    import torch

    from ..weights.checkpoints import save_checkpoint
    from .classroom import TRAIN_SEED, WATCH_SEED
    from .loop import fit

    torch.manual_seed(args.seed)
    model = _network(args)
    train = _data(args.data, args.size, TRAIN_SEED, 3000)
    drawn = args.data is None and args.valid is None
    valid = _data(args.valid, args.size, WATCH_SEED, 64) if drawn or args.valid else None
    steps = 1500 if args.steps is None and args.minutes is None else args.steps
    same = ("minutes", "batch_size", "learning_rate", "schedule", "augmentation", "preprocessing")
    same += ("freeze_norm", "seed", "device", "devices", "nodes", "precision", "workers")
    options = {name: getattr(args, name) for name in same}
    history = fit(model, train, valid, steps=steps, checkpoint_dir=args.checkpoints, **options)
    several = torch.distributed.is_available() and torch.distributed.is_initialized()
    if several and torch.distributed.get_rank() > 0:
        return 0  # the first process speaks and writes for all
    print(history)
    if args.out:
        print(f"wrote {save_checkpoint(model, args.out)}")
    return 0


def _evaluate(args) -> int:
    from .classroom import HELD_OUT_SEED
    from .metrics import beside_the_paper, evaluate

    model = _network(args)
    dataset = _data(args.data, args.size or model.size, HELD_OUT_SEED, 256)
    scores = evaluate(model, dataset, preprocessing=args.preprocessing, device=args.device)
    print(beside_the_paper(scores, args.dataset) if args.dataset else scores)
    return 0
