from itertools import product

import numpy as np
import pytest

from labeling.consolidation.chains import LEADING, Moves, empty_chance, run_chains, span_chances

STEPS = np.array(
    [
        [0.6, 0.3, 0.0, 0.1, 0.0],
        [0.0, 0.1, 0.4, 0.2, 0.3],
        [0.0, 0.1, 0.3, 0.1, 0.5],
        [0.0, 0.7, 0.0, 0.3, 0.0],
        [0.5, 0.2, 0.0, 0.3, 0.0],
    ]
)
MOVES = Moves(STEPS, np.array([0.75, 0.25]))
K = 2
STATES = 2 + 3 * K  # outside, begin k, inside k, leading k, trailing
KINDS = [0, 1, 1, 2, 2, 3, 3, 4]
CATEGORY = [-1, 0, 1, 0, 1, 0, 1, -1]


def step(state, after):
    kind, to = KINDS[state], KINDS[after]
    goes_on = to == 2 or kind == 3  # in the same category
    if goes_on and CATEGORY[state] != CATEGORY[after]:
        return 0.0
    begins = to in (1, 3) and not goes_on
    return STEPS[kind, to] * (MOVES.categories[CATEGORY[after]] if begins else 1.0)


def paths(logs, possible=None):
    """Every path over the tokens with its chance, by trying them all; none ends while it leads up to something."""
    may = np.ones(logs.shape, dtype=bool) if possible is None else possible
    found = {}
    for path in product(range(STATES), repeat=len(logs)):
        chance, before = float(KINDS[path[-1]] != LEADING), 0
        for place, state in enumerate(path):
            chance, before = chance * step(before, state) * np.exp(logs[place, state]) * may[place, state], state
        found[path] = chance
    total = sum(found.values())
    return {path: chance / total for path, chance in found.items()}


def run(logs, lengths, possible=None):
    return run_chains(logs, np.array(lengths), MOVES, np.ones(logs.shape, dtype=bool) if possible is None else possible)


@pytest.fixture
def logs():
    return np.random.default_rng(3).normal(size=(7, STATES))


def expected_states(logs, lengths, possible):
    expected, first = np.zeros(logs.shape), 0
    for length in lengths:
        part = slice(first, first + length)
        for path, chance in paths(logs[part], possible[part]).items():
            expected[np.arange(first, first + length), path] += chance
        first += length
    return expected


def test_states_are_those_of_trying_every_path_in_each_sequence(logs):
    possible = np.ones(logs.shape, dtype=bool)

    np.testing.assert_allclose(run(logs, [3, 4]).states, expected_states(logs, [3, 4], possible), atol=1e-12)


def test_states_that_may_not_be_are_not(logs):
    possible = np.ones(logs.shape, dtype=bool)
    possible[1, [1, 2]] = possible[5, 0] = False

    states = run(logs, [3, 4], possible).states

    assert states[1, [1, 2]].tolist() == [0.0, 0.0]
    assert states[5, 0] == 0.0
    np.testing.assert_allclose(states, expected_states(logs, [3, 4], possible), atol=1e-12)


def test_expected_steps_are_those_of_trying_every_path(logs):
    chains = run(logs[:4], [4])

    expected = np.zeros((5, 5))
    for path, chance in paths(logs[:4]).items():
        for source, to in zip(path, path[1:], strict=False):
            expected[KINDS[source], KINDS[to]] += chance
    np.testing.assert_allclose(chains.steps, expected, atol=1e-12)


@pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 3), (2, 4), (0, 4), (3, 4)])
def test_the_chance_of_a_span_is_that_of_all_paths_that_have_it(logs, start, end):
    chains = run(logs, [3, 4])

    chances = span_chances(chains, 3 + start, 3 + end)

    for category in range(K):
        tags = (1 + category, *[1 + K + category] * (end - start - 1))
        having = [
            chance
            for path, chance in paths(logs[3:]).items()
            if path[start:end] == tags and (end == 4 or path[end] != 1 + K + category)
        ]
        assert chances[category] == pytest.approx(sum(having))


def test_the_chance_of_nothing_is_that_of_the_path_outside(logs):
    assert empty_chance(run(logs, [3, 4]), 3, 7) == pytest.approx(paths(logs[3:])[0, 0, 0, 0])


def test_tokens_that_one_state_alone_explains_do_not_underflow():
    logs = np.full((3, STATES), -900.0)
    logs[:, 0] = 0.0
    logs[1] = -900.0
    logs[1, 3] = 0.0  # inside, though nothing began

    states = run(logs, [3]).states

    assert np.isfinite(states).all()
    np.testing.assert_allclose(states.sum(axis=1), 1)


def test_no_tokens_are_no_states():
    assert run(np.zeros((0, STATES)), np.zeros(0, dtype=int)).states.shape == (0, STATES)
