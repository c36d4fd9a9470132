"""Time stamps, nonces and repeats at a callback address."""

from __future__ import annotations

import pytest

from bot.channels.wecom_crypto import WeComKeys, seal
from bot.channels.wecom_gate import DELIVERIES, REPEATED_WITHIN_S, WINDOW_S, CallbackGate
from bot.errors import BadCallback

KEYS = WeComKeys("token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "ww1234")
NOW = 1_764_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gate(clock):
    return CallbackGate(KEYS, clock)


def pass_through(gate, *, at=NOW, nonce="1", text=b"hi", sealed=None):
    sealed = sealed or seal(text, KEYS, timestamp=str(int(at)), nonce=nonce)
    return gate.open(sealed.encrypted, sealed.signature, sealed.timestamp, sealed.nonce)


def refused(gate, **what):
    with pytest.raises(BadCallback) as caught:
        pass_through(gate, **what)
    return caught.value.reason


def test_a_callback_of_now_passes(gate):
    opened = pass_through(gate)
    assert (opened.plain, opened.repeated) == (b"hi", False)


@pytest.mark.parametrize("offset", [WINDOW_S, -WINDOW_S])
def test_a_clock_that_differs_by_the_window_is_borne(gate, offset):
    assert pass_through(gate, at=NOW + offset).plain == b"hi"


@pytest.mark.parametrize("offset", [WINDOW_S + 1, -WINDOW_S - 1, -NOW])
def test_a_time_stamp_outside_the_window_is_refused(gate, offset):
    assert refused(gate, at=NOW + offset) == "timestamp"


@pytest.mark.parametrize("timestamp", ["", "abc", "1764000000.0", "-1", "１７６４００００００", "9" * 5000, "²"])
def test_a_time_stamp_that_is_no_number_is_refused(gate, timestamp):
    assert refused(gate, sealed=seal(b"hi", KEYS, timestamp=timestamp, nonce="1")) == "timestamp"


def test_the_platforms_repeats_pass_as_repeats_and_no_more(gate, clock):
    sealed = seal(b"hi", KEYS, timestamp=str(int(NOW)), nonce="1")
    passed = []
    for _ in range(DELIVERIES):
        passed.append(pass_through(gate, sealed=sealed).repeated)
        clock.now += 5
    assert passed == [False, True, True, True]
    assert refused(gate, sealed=sealed) == "replay"


def test_a_repeat_encrypted_anew_under_its_own_nonce_passes_as_a_repeat(gate):
    assert not pass_through(gate).repeated
    assert pass_through(gate).repeated


def test_a_repeat_under_a_nonce_of_its_own_passes(gate, clock):
    assert not pass_through(gate).repeated
    clock.now += 5
    assert not pass_through(gate, at=clock.now, nonce="2").repeated


def test_a_callback_replayed_later_is_refused(gate, clock):
    sealed = seal(b"hi", KEYS, timestamp=str(int(NOW)), nonce="1")
    pass_through(gate, sealed=sealed)
    clock.now += REPEATED_WITHIN_S + 1
    assert refused(gate, sealed=sealed) == "replay"
    clock.now = NOW + WINDOW_S + 1
    assert refused(gate, sealed=sealed) == "timestamp"


def test_a_nonce_under_another_time_stamp_is_refused(gate):
    pass_through(gate)
    assert refused(gate, at=NOW + 1) == "nonce"


def test_a_time_stamp_from_the_future_cannot_be_replayed_once_it_is_now(gate, clock):
    sealed = seal(b"hi", KEYS, timestamp=str(int(NOW + WINDOW_S)), nonce="1")
    pass_through(gate, sealed=sealed)
    clock.now = NOW + 2 * WINDOW_S
    assert refused(gate, sealed=sealed) == "replay"


def test_a_stranger_neither_fills_the_memory_nor_uses_up_a_nonce(clock):
    gate = CallbackGate(KEYS, clock, remembered=2)
    true = seal(b"hi", KEYS, timestamp=str(int(NOW)), nonce="1")
    pass_through(gate, sealed=true)
    for number in range(10):
        with pytest.raises(BadCallback, match="signature"):
            gate.open(true.encrypted, "0" * 40, true.timestamp, str(number))
    assert pass_through(gate, sealed=true).repeated


def test_the_memory_is_bounded_and_keeps_the_newest(clock):
    gate = CallbackGate(KEYS, clock, remembered=3)
    for number in range(6):
        pass_through(gate, nonce=str(number))
    assert len(gate._seen) <= 3
    assert pass_through(gate, nonce="5").repeated
    clock.now += 2 * WINDOW_S + 1
    pass_through(gate, at=clock.now, nonce="new")
    assert list(gate._seen) == ["new"]


def test_what_is_known_to_be_the_same_passes_as_often_and_as_long_as_wecom_repeats(gate, clock):
    pass_through(gate)
    for _ in range(DELIVERIES - 1):
        gate.pass_again(str(int(NOW)), "1")
    assert refused_again(gate, "1") == "replay"
    pass_through(gate, nonce="2")
    clock.now += REPEATED_WITHIN_S + 1
    assert refused_again(gate, "2") == "replay"
    clock.now += WINDOW_S
    assert refused_again(gate, "2") == "timestamp"


def refused_again(gate, nonce):
    with pytest.raises(BadCallback) as caught:
        gate.pass_again(str(int(NOW)), nonce)
    return caught.value.reason
