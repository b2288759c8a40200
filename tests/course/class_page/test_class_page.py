"""The teacher's page: its numbers are a plain count, bad files stop nothing, texts stay texts."""

import json
import re

import pytest

from u2net_edu.cli import main
from u2net_edu.course.class_page import read_class, write_class_page
from u2net_edu.course.class_page.counting import count_exercises, count_guesses, stuck
from u2net_edu.course.class_page.page import class_page
from u2net_edu.course.class_page.talking import sentences

from .students import make_class, plain_counts


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield make_class(tmp_path_factory.mktemp("class") / "handed", 30, patch)


@pytest.fixture
def handed(files):
    return read_class(files)


def test_its_numbers_are_a_plain_count(files, handed):
    plain = plain_counts(files)
    assert len(handed.students) == 30
    assert handed.left_out == ()
    counts = {
        c.exercise.name: (c.passed, c.begun, dict(c.held)) for c in count_exercises(handed.students)
    }
    assert counts == {name: found for name, found in plain["exercises"].items() if any(found[:2])}
    assert any(held for _, _, held in counts.values())
    guesses = {
        c.question.name: {text: (first, last) for text, _, first, last in c.options}
        for c in count_guesses(handed.students)
    }
    assert guesses == plain["guesses"]
    assert any(c.asked_again for c in count_guesses(handed.students))


def test_every_number_is_on_the_page(files, handed):
    page = class_page(handed)
    for passed, begun, held in plain_counts(files)["exercises"].values():
        assert (
            f"{passed} passed, {begun} begun, not passed, {30 - passed - begun} not begun" in page
        )
        for heads in held.values():
            assert f"<td>{heads}</td>" in page
    assert "<h1>The class: 30 students</h1>" in page
    assert "10 of 30 wrote a name." in page


def test_three_sentences_for_tomorrow(handed):
    exercises, guesses = count_exercises(handed.students), count_guesses(handed.students)
    idea, guess, held_up = sentences(30, exercises, guesses)
    most = max((c for c in exercises if c.held), key=lambda c: c.held[0][1])
    assert idea == (
        f"Begin with `{most.exercise.name}`: {most.held[0][1]} students still answer from one "
        f"idea. {most.held[0][0]}"
    )
    assert re.fullmatch(r"Put `conv\.\w+` to the room once more: \d+ of \d+ .*", guess)
    assert held_up.startswith("Give `conv.")
    assert sentences(30, [], []) == (
        "No check has named an idea yet: ask what was hard.",
        "Nobody has made a guess yet: put one to the whole room, by show of hands.",
        "Nobody has begun an exercise yet.",
    )


def test_only_who_wrote_a_name_is_named(handed):
    rows = stuck(handed.students)
    assert rows
    assert {name for name, _ in rows} <= {f"Student {number}" for number in range(0, 30, 3)}
    for name, exercises in rows:
        (student,) = (s for s in handed.students if s.name == name)
        assert all(not student.exercises[e].passed and one.attempts for e, one in exercises)


BAD = {
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00\x01",
    "a list": b"[]",
    "lists without end": b"[" * 200_000,
    "another format": b'{"format": "something else", "version": 1}',
    "a later version": b'{"format": "u2net-edu progress", "version": 7, "student": "a"}',
    "no version": b'{"format": "u2net-edu progress", "version": null, "student": "a"}',
    "of nobody": b'{"format": "u2net-edu progress", "version": 1, "exercises": {}, "guesses": {}}',
    "no exercises": b'{"format": "u2net-edu progress", "version": 1, "student": "a"}',
    "huge": b" " * 2_000_001,
}


def test_bad_files_are_listed_and_stop_none_of_the_rest(files, tmp_path, capsys):
    names = [tmp_path / f"{name}.json" for name in BAD]
    for path, content in zip(names, BAD.values()):
        path.write_bytes(content)
    page = tmp_path / "class.html"
    missing = tmp_path / "missing.json"
    command = ["class", str(files[0]), str(tmp_path), str(missing), str(files[1]), "-o", str(page)]
    assert main(command) == 1
    said = capsys.readouterr()
    assert said.out.startswith("2 students")
    assert said.err.count("not counted") == len(BAD) + 1
    for path in (*names, missing):
        assert path.name in page.read_text(encoding="utf-8")
    assert main(["class", str(names[0]), "-o", str(tmp_path / "none.html")]) == 2
    assert "damaged, or another kind" in capsys.readouterr().err
    assert not (tmp_path / "none.html").exists()


def test_of_two_files_of_one_student_the_fuller_counts(files, tmp_path):
    data = json.loads(files[0].read_text(encoding="utf-8"))
    data["exercises"] = {}
    older = tmp_path / "older.json"
    older.write_text(json.dumps(data), encoding="utf-8")
    for order in ([older, files[0]], [files[0], older], [files[0], older, files[0]]):
        handed = read_class(order)
        assert [student.file for student in handed.students] == [str(files[0])]
        assert [file for file, _ in handed.left_out] == [str(older)]


def test_the_file_in_which_progress_is_kept_is_read_too(files):
    kept = files[0].parent.parent / "home0" / "progress.json"
    (own,), (exported,) = read_class([kept]).students, read_class([files[0]]).students
    assert (own.key, own.exercises, own.guesses) == (
        exported.key, exported.exercises, exported.guesses,
    )  # fmt: skip


def test_texts_of_students_stay_texts_and_odd_values_are_left_out(tmp_path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    data = {
        "format": "u2net-edu progress", "version": 1, "student": "a", "name": f"{evil}\n\x00" * 9,
        "exercises": {
            "conv.output_size": {"attempts": 2, "hints": "many", "ideas": [evil, 3, None]},
            "conv.dilated_span": {"attempts": -5, "passed": "yes"},
            "conv.stack_field": {"attempts": 1e300, "ideas": {}},
            evil: {"attempts": 1}, "other": 3,
        },
        "guesses": {"conv.how_many": {"chosen": evil, "first": [evil]}, evil: {"chosen": evil}},
        "seconds": {"conv.output_size": float("nan"), "x": True},
    }  # fmt: skip
    file = tmp_path / "<b>evil.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    page = write_class_page(tmp_path / "class.html", read_class([file])).read_text("utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>evil" not in page
    assert "1 begun, not passed" in page
    assert "an answer of another edition" in page


def test_a_name_is_there_only_if_it_is_written(files):
    data = json.loads(files[1].read_text(encoding="utf-8"))
    assert "name" not in data
    assert set(data) == {
        "format", "version", "student", "exercises", "guesses", "seconds",
    }  # fmt: skip


def test_the_commands(files, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("U2NET_EDU_HOME", str(files[0].parent.parent / "home0"))
    assert main(["progress"]) == 0
    assert "Your progress:" in capsys.readouterr().out
    target = tmp_path / "mine.json"
    assert main(["progress", "--export", str(target), "--name", "Me"]) == 0
    assert json.loads(target.read_text())["name"] == "Me"
    assert main(["progress", "--name", "Me"]) == 2
    assert main(["progress", "--export", str(tmp_path)]) == 2
    assert main(["progress", "--json"]) == 0
    capsys.readouterr()
    assert main(["class", str(target), "-o", str(tmp_path / "class.html"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["students"] == 1
