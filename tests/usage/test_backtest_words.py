"""A backtest told: in sentences, in rows, in charts."""

from __future__ import annotations

from tests.usage.judged import JUDGED_IN, RED, SIZE, case, plain, report
from usage.lab.backtest import Case, Standing, Target
from usage.lab.backtest.bootstrap import Estimate
from usage.lab.backtest.calibration import calibrate
from usage.lab.backtest.drawing import bar_chart, curve
from usage.lab.backtest.rows import COLUMNS, Row, bin_rows, figure_rows
from usage.lab.backtest.words import caveats, interval, sentences


# --- words ----------------------------------------------------------------------------------------
def lines(cases: list[Case], letters: dict[int, str]) -> list[str]:
    found = report(cases, letters, alarms=(RED, SIZE))
    return sentences(
        found, alarm="red", name="Red", others={"size": SIZE.name, "gone": "-"}, target=Target.CHURN
    )


def test_a_sentence_says_what_was_caught_and_what_it_cost() -> None:
    lost = {number: number < 20 for number in range(60)}
    letters = {n: ("R" if n < 14 or n == 30 else "G") + ("R" if n < 9 else "G") for n in lost}
    (text,) = lines([case(n, is_loss=loss) for n, loss in lost.items()], letters)
    assert plain(text) == (
        "Red 3 months before caught 14 of 20 churned accounts (70 %, 95 % interval 50 % to 90 %),"
        " $1.4k of $2k ARR; 15 CTAs, 1.1 per caught account; a warned account was lost 2.8 times as"
        " often as the average one; Licence utilisation alone caught 9."
    )


def test_what_says_nothing_is_said_to_say_nothing() -> None:
    letters = {number: "RG"[number % 2] + "N" for number in range(40)}
    (text,) = lines([case(n, is_loss=n % 4 < 2) for n in letters], letters)
    assert "no better than chance" in text


def test_where_nobody_was_warned_that_is_said() -> None:
    (text,) = lines([case(1), case(2, is_loss=False)], {1: "GG", 2: "GG"})
    assert "caught 0 of 1 churned account (0" in text
    assert "; 0 CTAs; nobody was warned; " in text


def test_without_losses_or_scores_there_is_nothing_to_catch() -> None:
    assert "nobody churned of 1 scored outcome" in lines([case(1, is_loss=False)], {1: "GG"})[0]
    assert "no outcome had a score then" in lines([case(1)], {})[0]


def test_caveats_are_told_where_few_were_scored_or_lost() -> None:
    few = report([case(1), case(2)], {1: "R"})
    told_of = caveats(few, alarm="red", target=Target.CHURN)
    assert told_of[0].startswith("3 months before: 1 of 2 outcomes had no score")
    assert "only 1 scored outcome," in told_of[1]
    lost = {number: number < 3 for number in range(40)}
    rare = report([case(n, is_loss=loss) for n, loss in lost.items()], dict.fromkeys(lost, "R"))
    (told_of_rare,) = caveats(rare, alarm="red", target=Target.LOSS)
    assert "only 3 scored accounts churned or contracted" in told_of_rare
    nothing = caveats(report([], {}), alarm="red", target=Target.CHURN)
    assert nothing[0].startswith("There is no outcome")


def test_enough_losses_need_no_caveat() -> None:
    lost = {number: number < 25 for number in range(50)}
    many = report([case(n, is_loss=loss) for n, loss in lost.items()], dict.fromkeys(lost, "R"))
    assert caveats(many, alarm="red", target=Target.CHURN) == []


def test_an_interval_is_told_as_share_or_as_number() -> None:
    assert plain(interval(Estimate(0.7, 0.48, 0.88))) == "70 %, 95 % interval 48 % to 88 %"
    assert interval(Estimate(2.5, 1.25, 3), is_share=False) == "2.5, 95 % interval 1.25 to 3"
    assert interval(Estimate()) == "NA"


# --- rows and drawings ----------------------------------------------------------------------------
def drawn_rows(letters: dict[int, str]) -> list[Row]:
    cases = [case(number, is_loss=number % 2 == 0) for number in letters]
    return list(figure_rows(report(cases, letters, alarms=(RED, SIZE)), [RED, SIZE]))


def test_a_row_has_every_column_and_the_key_of_its_alarm() -> None:
    first, second = drawn_rows({1: "RG", 2: "GR"})
    assert set(first) == {"key", *COLUMNS}
    assert (first["alarm"], first["base_rate"], first["arr_missed"]) == ("Red", 0.5, "100.00")
    assert (second["key"], second["caught"]) == ("size", 1)


def test_bars_stand_in_their_leads_and_say_what_they_are() -> None:
    names = {"red": "Red", "size": SIZE.name, "gone": "Gone"}
    chart = bar_chart(drawn_rows({1: "RG", 2: "GR", 4: "RR"}), "recall", names, "Caught")
    assert [bar.place for bar in chart.bars] == [0, 1]
    assert plain(chart.bars[0].title).startswith("Red 3 months before 50 % (")
    assert chart.bars[0].low >= chart.bars[0].y >= chart.bars[0].high
    assert chart.bars[0].y + chart.bars[0].height == chart.frame.plot_bottom
    assert [label.text for label in chart.numbers] == ["1", "2", "3"]
    assert [label.text for label in chart.groups] == ["3 months before"]
    assert chart.label.startswith("Caught: Red 3 months before")


def test_what_is_not_known_has_no_bar() -> None:
    chart = bar_chart(drawn_rows({1: "GG"}), "precision", {"red": "Red"}, "Right")
    assert chart.bars == ()
    assert chart.label == "Right: not known."
    assert bar_chart([], "recall", {}, "Caught").groups == ()


def test_a_curve_runs_through_the_bins_by_their_scores() -> None:
    cases = [case(number, is_loss=number == 1) for number in range(1, 5)]
    known = {(n, JUDGED_IN): Standing(n * 20.0, "G") for n in range(1, 5)}
    drawn = curve(bin_rows(calibrate(cases, known, 3)), base=0.25, title="Lost")
    assert [mark.count.text for mark in drawn.marks] == ["1"] * 4
    assert sorted(mark.x for mark in drawn.marks) == [mark.x for mark in drawn.marks]
    assert len(drawn.line.split()) == 4
    assert drawn.base is not None
    assert "score 20 to 30: 100 % of 1 outcome" in plain(drawn.label)


def test_a_curve_of_nothing_says_so() -> None:
    drawn = curve([], base=None, title="Lost")
    assert (drawn.marks, drawn.line, drawn.base) == ((), "", None)
    assert drawn.label == "Lost: no outcome had a score."
