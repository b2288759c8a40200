"""The live view and `fit_live`: what they draw, what they leave alone, how they end."""

import copy
import signal
import threading
import time

import pytest
import torch
from torch.utils.data import Subset

import u2net_edu as u2
from tests.patience import PATIENCE, until
from tests.training.conftest import build_tiny
from u2net_edu.training.history import StopTraining
from u2net_edu.training.metrics import batch_iou
from u2net_edu.views.training import LiveTraining
from u2net_edu.views.widgets.live import widget as live
from u2net_edu.views.widgets.live.widget import TrainingView, curves_of

TRAIN, VALID = u2.SyntheticScenes(16, 12, 0), u2.SyntheticScenes(16, 6, 1)
OPTIONS = {"steps": 12, "batch_size": 2, "device": "cpu"}


@pytest.fixture
def tiny():
    return build_tiny()


@pytest.fixture
def started():
    """Trainings that a test began; none survives it."""
    begun = []

    def begin(model, **options):
        begun.append(u2.fit_live(model, TRAIN, VALID, **{**OPTIONS, **options}))
        return begun[-1]

    yield begin
    for training in begun:
        training.stop()
        training.join(PATIENCE)
    assert u2.live_trainings() == []


def rest(training, monkeypatch) -> int:
    """Pause, and wait until its thread rests between two steps. Gives the last one."""
    resting, wait = threading.Event(), training._go.wait

    def noted(*args):
        if not training._go.is_set():
            resting.set()
        return wait(*args)

    monkeypatch.setattr(training._go, "wait", noted)
    training.pause()
    assert training.status == "paused"
    assert resting.wait(PATIENCE)
    return training.history.last_step


def weights(model) -> list:
    return [value.clone() for value in model.state_dict().values()]


# --- the view as a callback


def test_watching_changes_nothing(tiny):
    plain = build_tiny()
    u2.fit(plain, TRAIN, VALID, progress=False, **OPTIONS)
    view = TrainingView(tiny, VALID)
    u2.fit(tiny, TRAIN, VALID, progress=False, callbacks=[view], **OPTIONS)
    assert view.steps[0] == 0
    assert view.steps[-1] == 12
    assert all(map(torch.equal, weights(plain), weights(tiny)))


def test_the_view_says_how_a_run_ended(tiny):
    def enough(event):
        if event.step == 3:
            raise StopTraining

    def broken(event):
        if event.step == 3:
            raise ZeroDivisionError

    view = TrainingView(tiny, VALID)
    u2.fit(tiny, TRAIN, progress=False, callbacks=[view], **OPTIONS)
    assert view.now["status"] == "finished"
    u2.fit(tiny, TRAIN, progress=False, callbacks=[view, enough], **OPTIONS)
    assert view.now["status"] == "stopped"
    with pytest.raises(ZeroDivisionError):
        u2.fit(tiny, TRAIN, progress=False, callbacks=[view, broken], **OPTIONS)
    assert (view.now["status"], view.now["step"]) == ("failed", 3)


def test_the_last_maps_are_those_of_the_network(tiny):
    view = TrainingView(tiny, VALID, count=2)
    u2.fit(tiny, TRAIN, VALID, progress=False, callbacks=[view], **OPTIONS)
    with torch.no_grad():
        logits = tiny.eval()(view._images)
    maps = view.maps(12)
    assert list(maps) == ["fused", "side1", "side2"]
    for mine, theirs in zip(maps.values(), (logits.fused, *logits.sides)):
        assert mine == pytest.approx(theirs.sigmoid()[:, 0].numpy(), abs=1 / 255)
    with pytest.raises(KeyError, match="step 7 was not saved"):
        view.maps(7)


def test_scenes_that_hold_an_object_come_first(tiny):
    empty = (torch.zeros(3, 16, 16), torch.zeros(1, 16, 16))
    full = (torch.ones(3, 16, 16), torch.ones(1, 16, 16))
    view = TrainingView(tiny, [empty, full, empty, full], count=3)
    assert view._masks.amax(dim=(1, 2, 3)).tolist() == [1, 1, 0]
    with pytest.raises(ValueError, match="no scenes"):
        TrainingView(tiny, [])
    with pytest.raises(ValueError, match="1 scene or more; got -1"):
        TrainingView(tiny, VALID, count=-1)


def test_looking_keeps_to_its_share(tiny, monkeypatch):
    """With looks that take long, nearly none is taken: the first, the last, and few between."""
    clock = [0.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: clock[0])
    view = TrainingView(tiny, VALID)
    look = view._look

    def slow():
        clock[0] += 5.0
        return look()

    def step(event):
        clock[0] += 1.0

    view._look = slow
    many = {**OPTIONS, "steps": 260}
    u2.fit(tiny, TRAIN, progress=False, callbacks=[step, view], batch_size=1, steps=many["steps"])
    assert view._spent <= 0.05 * clock[0] + 5.0  # the last look is always taken
    assert 2 < len(view.steps) < 6


def test_many_steps_keep_a_bounded_number_of_maps(tiny, monkeypatch):
    monkeypatch.setattr(live, "SHARE", 1e9)
    monkeypatch.setattr(live, "FRAMES", 8)
    monkeypatch.setattr(live, "WANTED_FRAMES", 50)
    view = TrainingView(tiny, VALID)
    u2.fit(tiny, TRAIN, progress=False, callbacks=[view], batch_size=1, steps=50)
    assert len(view.frames) <= 8
    assert [frame["step"] for frame in view.frames] == view.steps
    assert view.steps[0] == 0
    assert view.steps[-1] == 50


def test_curves_are_means_over_equal_stretches():
    history = u2.History()
    for step in range(1, 11):
        history.add({"step": step, "loss": float(step), "iou": 0.5})
    history.evaluations.append({"step": 10, "IoU": 0.25})
    curves = curves_of(history, points=5)
    assert curves["loss"] == [[2, 1.5], [4, 3.5], [6, 5.5], [8, 7.5], [10, 9.5]]
    assert curves["held_out"] == [[10, 0.25]]


def test_a_terminal_gets_a_table(tiny, capsys):
    view = TrainingView(tiny, VALID, table=True)
    u2.fit(tiny, TRAIN, VALID, progress=False, callbacks=[view], **OPTIONS)
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["step", "loss", "IoU", "held-out", "fused", "side1", "side2"]
    assert [int(row.split()[0]) for row in rows] == view.steps
    assert len(rows[-1].split()) == len(head.split())


def test_the_still_picture_and_the_slider_afterwards(tiny):
    view = TrainingView(tiny, VALID)
    assert view.still()[:8] == b"\x89PNG\r\n\x1a\n"  # before anything happened
    with pytest.raises(ValueError, match="not begun"):
        u2.explore_training(view)
    u2.fit(tiny, TRAIN, VALID, progress=False, callbacks=[view], **OPTIONS)
    again = u2.explore_training(view)
    assert again.steps == view.steps
    assert not again.controls
    assert (again.maps(12)["side2"] == view.maps(12)["side2"]).all()
    again.at = 0
    assert again.still() != view.still()
    with pytest.raises(ValueError, match="keeps no maps"):
        u2.explore_training(view.history)


def test_a_still_picture_of_a_training_that_goes_on(tiny):
    """What its thread may do between two looks: a step is added, saved maps are thinned out."""

    class Growing(list):
        def __iter__(self):
            self.append({**self[-1], "step": self[-1]["step"] + 1})
            return super().__iter__()

    view = TrainingView(tiny, VALID)
    u2.fit(tiny, TRAIN, VALID, progress=False, callbacks=[view], **OPTIONS)
    view.history.records = Growing(view.history.records)
    view._maps = {step: maps for step, maps in view._maps.items() if step % 2}
    view.at = 0
    assert view.still()[:8] == b"\x89PNG\r\n\x1a\n"


def test_curves_of_runs_side_by_side():
    history = u2.History()
    for step in range(1, 30):
        history.add({"step": step, "loss": 1 / step, "iou": 0.5, "gradient_norm": 1.0})
    sheet = u2.show_curves({"a": history, "b": history}, of=("loss", "gradient_norm"))
    assert set(sheet.pictures) == {"light", "dark"}
    assert "a: 29 steps, loss from 1 to 0.03" in sheet.alt
    with pytest.raises(ValueError, match="there are curves of"):
        u2.show_curves(history, of=("speed",))
    with pytest.raises(ValueError, match="1 to 4"):
        u2.show_curves({})
    for wrong in ([history], {"a": history, "b": 5}, None):
        with pytest.raises(ValueError, match="or one History, as fit returns it"):
            u2.show_curves(wrong)
    assert (
        u2.show_curves(history, of="loss").alt
        == "Curves over steps. 29 steps, loss from 1 to 0.0345."
    )


# --- which scenes, and how they are scored


def eight_scenes() -> list:
    return [pair for pair in u2.SyntheticScenes(32, 40, seed=0) if pair[1].any()][:8]


@pytest.mark.parametrize(
    ("train", "valid", "trained_on"),
    [
        (TRAIN, VALID, False),
        (TRAIN, None, True),
        (TRAIN, TRAIN, True),
        (TRAIN, u2.SyntheticScenes(16, 6, 0), True),  # the same seed shows the same scenes
        (TRAIN, u2.SyntheticScenes(24, 6, 0), False),  # drawn at another size: other pixels
        ([TRAIN[i] for i in range(4)], TRAIN, True),
        (TRAIN, [TRAIN[3], TRAIN[5]], True),
        (Subset(TRAIN, range(4, 8)), Subset(TRAIN, range(4)), False),
        (Subset(TRAIN, range(3, 8)), Subset(TRAIN, range(4)), True),
    ],
)
def test_the_view_says_whether_it_shows_what_is_learned(tiny, train, valid, trained_on):
    options = {**OPTIONS, "steps": 2, "evaluate_every": 1, "augmentation": "none"}
    training = u2.fit_live(tiny, train, valid, **options)
    history = training.wait()
    view = training.view
    assert view.trained_on == trained_on
    said = "trained on" if trained_on else "never trained on them"
    assert said in view.about["note"]
    assert ("held-out" in view.about["evaluated"]) == (not trained_on)
    if history.evaluations:
        assert ("on held-out scenes" in view.now["words"]) == (not trained_on)
    assert u2.explore_training(training).about == view.about


def test_looking_for_trained_scenes_leaves_random_datasets_alone(tiny):
    """One that draws at random gives in `fit_live` what it gives in `fit`."""

    class Noisy(torch.utils.data.Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, index):
            noise = 0.01 * torch.rand(3, 16, 16)
            return (TRAIN[index][0] + noise).clamp(0, 1), TRAIN[index][1]

    plain = build_tiny()
    options = {**OPTIONS, "augmentation": "none", "steps": 4}
    torch.manual_seed(0)
    u2.fit(plain, Noisy(), VALID, progress=False, **options)
    torch.manual_seed(0)
    u2.fit_live(tiny, Noisy(), VALID, **options).wait()
    assert all(map(torch.equal, weights(plain), weights(tiny)))


def test_on_the_same_scenes_an_evaluation_lags_behind_the_batch(tiny):
    """What the view says of batch norm, measured: with fresh averages the gap is gone."""
    eight = eight_scenes()
    gap, fresh_gap = [], []

    def look(event):
        if event.kind != "evaluation":
            return
        images, masks = map(torch.stack, zip(*eight))
        fresh = copy.deepcopy(tiny)
        for module in fresh.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # a plain average of all that it sees
                module.reset_running_stats()
        with torch.no_grad():
            fresh.train()(images)
            said = fresh.eval()(images).fused.sigmoid()
        batch = event.history.records[-1]["iou"]
        gap.append(batch - event.record["IoU"])
        fresh_gap.append(batch - float(batch_iou(said, masks).mean()))

    recipe = {**u2.CLASSROOM_RECIPE, "steps": 60, "device": "cpu", "augmentation": "none"}
    training = u2.fit_live(tiny, eight, eight, evaluate_every=4, callbacks=[look], **recipe)
    history = training.wait()
    assert max(gap) > 0.25
    assert max(fresh_gap) < 0.1
    assert abs(history.records[-1]["iou"] - history.evaluations[-1]["IoU"]) < 0.1  # in the end
    assert "running averages" in training.view.about["why"]


def test_a_network_whose_norms_do_not_learn_needs_no_such_words(tiny):
    training = u2.fit_live(tiny, TRAIN, VALID, freeze_norm=True, **OPTIONS)
    training.wait()
    assert training.view.about["why"] == ""


# --- in a thread


def test_a_thread_teaches_what_fit_teaches(tiny, started):
    plain = build_tiny()
    expected = u2.fit(plain, TRAIN, VALID, progress=False, **OPTIONS)
    history = started(tiny).wait()
    assert all(map(torch.equal, weights(plain), weights(tiny)))
    assert [r["loss"] for r in history.records] == [r["loss"] for r in expected.records]
    assert history.stopped == "steps"
    assert not tiny.training


def test_pause_resume_stop(tiny, started, monkeypatch):
    training = started(tiny, steps=100_000)
    until(lambda: training.history.last_step > 2)
    rested = rest(training, monkeypatch)
    time.sleep(0.3)  # in which nothing happens
    assert training.history.last_step == rested
    training.resume()
    until(lambda: training.history.last_step > rested)
    training.pause()
    training.stop()  # also while it rests
    history = training.wait()
    assert history.stopped == "callback"
    assert (training.status, training.view.now["status"]) == ("stopped", "stopped")
    assert training.view.now["step"] == history.last_step


def test_a_training_that_ends_while_pause_is_pressed_has_ended(tiny, started, monkeypatch):
    training = started(tiny, steps=100_000)

    def end_first():
        training._stop.set()
        training.join(0.5)  # it cannot end before: its lock is held

    monkeypatch.setattr(training._go, "clear", end_first)
    training.pause()
    training.join(PATIENCE)
    assert (training.status, training.view.now["status"]) == ("stopped", "stopped")


def test_the_buttons_do_the_same(tiny, started):
    training = started(tiny, steps=100_000, learning_rate=0.01)
    until(lambda: training.history.last_step > 1)
    for number, (action, status) in enumerate((("pause", "paused"), ("resume", "running"))):
        training.view.set_state({"command": f"{action} {number}"})  # as it comes from a browser
        assert training.status == status
    training.view.set_state({"command": "halve 3"})
    assert training.learning_rate == pytest.approx(0.005)
    assert training.view.learning_rate == pytest.approx(0.005)
    training.view.set_state({"command": "stop 4"})
    assert training.wait().stopped == "callback"


def test_the_learning_rate_can_be_set_meanwhile(tiny, started, monkeypatch):
    training = started(tiny, steps=100_000, learning_rate=0.01, schedule="constant")
    until(lambda: training.history.last_step > 1)
    before = rest(training, monkeypatch)
    training.learning_rate = 0.003
    training.resume()
    until(lambda: training.history.last_step > before)
    training.stop()
    rates = {r["step"]: r["learning_rate"] for r in training.wait().records}
    assert rates[before] == pytest.approx(0.01)
    assert rates[before + 1] == pytest.approx(0.003)
    with pytest.raises(ValueError, match="above 0"):
        training.learning_rate = 0


def test_a_rate_that_is_halved_too_early_is_told_so(tiny):
    view = TrainingView(tiny, VALID)
    LiveTraining(tiny, view, None)
    view.set_state({"command": "halve 1"})
    assert "not begun yet" in view.message


def test_an_error_in_the_thread_reaches_the_student(tiny):
    broken = [(torch.full((3, 16, 16), float("nan")), torch.ones(1, 16, 16))] * 2
    training = u2.fit_live(tiny, broken, VALID, **OPTIONS)
    with pytest.raises(u2.TrainingDiverged, match="step 1"):
        training.wait()
    assert training.view.message.startswith("TrainingDiverged: step 1")
    assert training.view.now["status"] == "failed"
    assert "failed" in repr(training)
    assert u2.live_trainings() == []


def test_what_can_be_seen_at_once_is_said_at_once(tiny):
    with pytest.raises(TypeError, match="speed"):
        u2.fit_live(tiny, TRAIN, VALID, steps=2, speed=3)
    with pytest.raises(ValueError, match="steps or minutes"):
        u2.fit_live(tiny, TRAIN, VALID)
    with pytest.raises(ValueError, match="1 scene or more; got 0"):
        u2.fit_live(tiny, TRAIN, VALID, scenes=0, **OPTIONS)
    assert u2.live_trainings() == []


def test_a_network_is_trained_by_one_thread_only(tiny, started):
    first = started(tiny, steps=100_000)
    second = started(tiny, steps=100_000)
    other = started(build_tiny(1), steps=100_000)
    assert first.status == "stopped"
    assert u2.live_trainings() == [second, other]


def test_a_cell_that_runs_again_ends_what_it_began(tiny, started, monkeypatch):
    from u2net_edu.views import training as module

    monkeypatch.setattr(module, "_this_cell", lambda: "cell 1")
    first = started(tiny, steps=100_000)
    second = started(build_tiny(1), steps=100_000)
    assert first.status == "stopped"
    assert u2.live_trainings() == [second]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="sends a signal to this process")
def test_an_interrupted_wait_ends_the_training(tiny, started):
    training = started(tiny, steps=100_000)
    until(lambda: training.history.last_step > 1)

    def interrupt_when_it_waits():
        until(lambda: training._over._cond._waiters)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt_when_it_waits).start()
    history = training.wait()
    assert history.stopped == "interrupted"
    assert training.status == "stopped"


def test_a_callback_of_the_students_own_still_ends_a_run(tiny, started):
    def enough(event):
        if event.step == 3:
            raise StopTraining

    assert started(tiny, callbacks=[enough]).wait().last_step == 3


def test_an_error_without_words_still_ends_the_training(tiny):
    """One whose own message fails: the thread ends, and the view does not stay "running"."""

    class Speechless(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    def fails(event):
        raise Speechless

    training = u2.fit_live(tiny, TRAIN, VALID, callbacks=[fails], **OPTIONS)
    with pytest.raises(Speechless):
        training.wait()
    assert (training.status, training.view.now["status"]) == ("failed", "failed")
    assert "Speechless" in training.view.message
    assert "Speechless" in repr(training)
    assert u2.live_trainings() == []


@pytest.mark.parametrize("rate", [0, -1, "0.1", None, True, float("nan"), 10**400])
def test_a_learning_rate_that_is_none_is_refused_and_the_training_goes_on(tiny, started, rate):
    training = started(tiny, steps=100_000)
    until(lambda: training.history.last_step > 1)
    with pytest.raises(ValueError, match="a learning rate is a number above 0, got"):
        training.learning_rate = rate
    assert training.status == "running"


def test_scenes_of_other_channels_are_shown_in_grey(tiny):
    grey = [(torch.full((channels, 16, 16), 0.5), torch.ones(1, 16, 16)) for channels in (1, 4)]
    for pair in grey:
        view = TrainingView(tiny, [pair])
        assert view.scenes["png"][:4] == view.still()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match="a dataset with a length, or a list of"):
        TrainingView(tiny, None)
