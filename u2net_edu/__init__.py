"""Learn how a segmentation network works, with U²-Net as the one that you take apart.

`import u2net_edu as u2` is quick: a name below imports its module, and torch, when first used.
"""

import importlib

__version__ = "0.1.0"

# module → the public names that live in it
_HOMES = {
    "analysis.activations": ["capture"],
    "analysis.comparison": ["compare_blocks", "match_blocks"],
    "analysis.cost": ["closed_form", "closed_forms", "cross_check"],
    "analysis.fields.effective_field": ["effective_field", "effective_size", "mass_inside"],
    "analysis.interventions": ["connections", "intervene"],
    "analysis.latency": ["Latency", "measure_latency"],
    "analysis.occlusion": ["Occlusion", "occlusion"],
    "analysis.paths": ["PathError"],
    "analysis.repainting": ["Repainting", "repaint"],
    "analysis.fields.receptive_field": ["ReceptiveField", "UnknownOperatorError"],
    "analysis.recording": ["TraceError"],
    "analysis.roofline": ["Ceilings", "measure_ceilings", "time_operators"],
    "analysis.operators": ["Operator"],
    "analysis.tracing": ["Trace", "trace"],
    "architecture.blocks": ["BLOCKS", "build_block"],
    "weights.checkpoints": [
        "CheckpointError",
        "load_checkpoint",
        "load_classroom_model",
        "load_reference",
        "reference_state_dict",
        "save_checkpoint",
    ],
    "weights.downloads": [
        "DOWNLOADS",
        "Download",
        "DownloadError",
        "download_reference",
        "download_table",
    ],
    "architecture.layers": ["ConvNormRelu", "resize_like"],
    "architecture.baselines": ["DSE", "INC", "NIV", "PLN", "PPM", "RES"],
    "architecture.rsu": ["RSU", "DilatedRSU"],
    "architecture.spec": ["U2NET", "U2NET_CLASSROOM", "U2NET_LITE", "StageSpec", "U2NetSpec"],
    "architecture.u2net": ["SaliencyLogits", "U2Net"],
    "course.checking": ["check", "hint"],
    "course.exercises": ["ExerciseError"],
    "course.glossary": ["TermError", "glossary"],
    "course.guessing": ["guess"],
    "course.progress": ["progress"],
    "course.rebuilding": ["rebuild"],
    "experiments.knock_out": ["knock_out"],
    "images": [
        "PHOTOGRAPHS",
        "PREPROCESSING",
        "PictureError",
        "Preprocessing",
        "as_array",
        "load_picture",
        "photograph",
        "preprocess",
    ],
    "inference": ["calibrate_norms", "model_at_hand", "pick_device", "predict"],
    "views.machine": ["check_machine"],
    "experiments.broken": ["broken_trainings"],
    "training.classroom": ["CLASSROOM_RECIPE"],
    "training.augmentation": ["AUGMENTATIONS"],
    "training.data": ["DataError", "FolderScenes", "SyntheticScenes"],
    "training.history": ["Event", "History", "StopTraining", "TrainingDiverged"],
    "training.loop": ["fit"],
    "training.loss": ["LossMaps", "LossTerms", "gradient_shares", "loss_maps", "saliency_loss"],
    "training.metrics": ["Measures", "Scores", "boundary_f", "evaluate", "iou"],
    "training.published": ["beside_the_paper"],
    "training.runs": ["RunError"],
    "views.figures": [
        "show_curves",
        "show_knock_out",
        "show_ladder",
        "show_maps",
        "show_proof",
        "show_saliency",
        "show_three_answers",
    ],
    "views.figures.agreement": ["agreement"],
    "views.training": ["LiveTraining", "fit_live", "live_trainings"],
    "views.widgets.block": ["explore_block"],
    "views.widgets.costs": ["explore_costs"],
    "views.widgets.dilation": ["explore_dilation"],
    "views.widgets.explore": ["explore"],
    "views.widgets.field": ["explore_field"],
    "views.widgets.live": ["TrainingView", "explore_training"],
    "views.widgets.loss": ["explore_loss"],
    "views.widgets.paint": ["paint_saliency"],
    "views.widgets.parts": ["explore_parts"],
    "views.widgets.stages": ["explore_stages"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value  # the next use finds it without coming here
    return value


def __dir__():
    return sorted({*globals(), *__all__})
