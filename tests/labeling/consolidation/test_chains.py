from itertools import product

import numpy as np
import pytest

from labeling.consolidation.chains import Moves, empty_chance, run_chains, span_chances

STEPS = np.array([[0.7, 0.3, 0.0], [0.5, 0.1, 0.4], [0.6, 0.1, 0.3]])
MOVES = Moves(STEPS, np.array([0.75, 0.25]))
K = 2


def step(state, after):
    """The chance of a step between states 0, 1 + k, 1 + K + k."""
    kind, to = (0 if s == 0 else 1 + (s > K) for s in (state, after))
    if to == 1:
        return STEPS[kind, 1] * MOVES.categories[after - 1]
    if to == 2:
        return STEPS[kind, 2] if kind and (state - 1) % K == (after - 1) % K else 0.0
    return STEPS[kind, 0]


def paths(logs):
    """Every path over the tokens with its chance, by trying them all."""
    found = {}
    for path in product(range(1 + 2 * K), repeat=len(logs)):
        chance, before = 1.0, 0
        for state, row in zip(path, logs, strict=True):
            chance, before = chance * step(before, state) * np.exp(row[state]), state
        found[path] = chance
    total = sum(found.values())
    return {path: chance / total for path, chance in found.items()}


@pytest.fixture
def logs():
    return np.random.default_rng(3).normal(size=(7, 1 + 2 * K))


def test_states_are_those_of_trying_every_path_in_each_sequence(logs):
    chains = run_chains(logs, np.array([3, 4]), MOVES)

    expected = np.zeros((7, 1 + 2 * K))
    for first, part in ((0, logs[:3]), (3, logs[3:])):
        for path, chance in paths(part).items():
            for place, state in enumerate(path):
                expected[first + place, state] += chance
    np.testing.assert_allclose(chains.states, expected, atol=1e-12)


def test_expected_steps_are_those_of_trying_every_path(logs):
    chains = run_chains(logs[:4], np.array([4]), MOVES)

    expected = np.zeros((3, 3))
    for path, chance in paths(logs[:4]).items():
        kinds = [0 if state == 0 else 1 + (state > K) for state in path]
        for source, to in zip(kinds, kinds[1:], strict=False):
            expected[source, to] += chance
    np.testing.assert_allclose(chains.steps, expected, atol=1e-12)


@pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 3), (2, 4), (0, 4), (3, 4)])
def test_the_chance_of_a_span_is_that_of_all_paths_that_have_it(logs, start, end):
    chains = run_chains(logs, np.array([3, 4]), MOVES)

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
    chains = run_chains(logs, np.array([3, 4]), MOVES)

    assert empty_chance(chains, 3, 7) == pytest.approx(paths(logs[3:])[0, 0, 0, 0])


def test_tokens_that_one_state_alone_explains_do_not_underflow():
    logs = np.full((3, 5), -900.0)
    logs[:, 0] = 0.0
    logs[1] = [-900.0, -900.0, -900.0, 0.0, -900.0]  # inside, though nothing began

    states = run_chains(logs, np.array([3]), MOVES).states

    assert np.isfinite(states).all()
    np.testing.assert_allclose(states.sum(axis=1), 1)


def test_no_tokens_are_no_states():
    assert run_chains(np.zeros((0, 5)), np.zeros(0, dtype=int), MOVES).states.shape == (0, 5)
