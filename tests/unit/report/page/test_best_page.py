"""The page of the best plan, of a race written by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from supportsim.experiment.best_plan import Contest, Contestant, Outcome
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.selection import Elimination, Selection
from supportsim.report.page.best_page import best_page
from supportsim.report.page.page import html
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import parse_target_key

DESK = load_scenario(Path(__file__).with_name("desk.yaml"))
CONTEST = Contest(parse_target_key("wait_minutes"), 1.0, 2, 4)
PLANS = (Contestant("slow", DESK, np.array([9.0, 11.0])), Contestant("quick", DESK, np.array([4.0, 2.0, 6.0])))
DECIDED = Selection(1, (1,), (Elimination(0, 1, 2),), 3, 1.0, 0.95)
PROVENANCES = [{"versions": {"supportsim": "0"}}] * 2


def test_the_best_comes_first_and_what_became_of_the_others_is_said() -> None:
    page = best_page(Outcome(CONTEST, 1, PLANS, DECIDED), PROVENANCES)
    (answer,) = page.verdicts
    assert answer.verdict is Verdict.MET
    assert answer.sentence == "quick is chosen as the best of 2 plans by wait, where less is better."
    text = html(page)
    assert text.index("best, decided after 3") < text.index("dropped after 2, behind quick")
    (race,) = page.pictures()
    assert race.alt == "quick: 4 min; slow: 10 min."


def test_lines_show_the_mean_so_far() -> None:
    (race,) = best_page(Outcome(CONTEST, 1, PLANS, DECIDED), PROVENANCES).pictures()
    lines = {line.get_label(): line.get_xydata() for line in race.draw(10).axes[0].lines}
    np.testing.assert_array_equal(lines["quick"], [[2, 3], [3, 4]])
    np.testing.assert_array_equal(lines["slow"], [[2, 10]])


def test_what_cannot_be_told_is_undecided() -> None:
    open_ = replace(DECIDED, best=None, survivors=(1, 0), eliminations=())
    (answer,) = best_page(Outcome(CONTEST, 1, PLANS, open_), PROVENANCES).verdicts
    assert answer.verdict is Verdict.UNDECIDED
    assert answer.sentence.startswith("It cannot be told with 4 replications which of quick and slow is best")
