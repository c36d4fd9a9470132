"""A method's results remembered for as long as its object lives, and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast
from weakref import WeakMethod

P = ParamSpec("P")
T = TypeVar("T")


def cached_method(method: Callable[P, T], *, maxsize: int) -> Callable[P, T]:
    """*method*, a bound one, with its last *maxsize* results remembered; threads may share it.

    For an attribute of the object that the method is bound to. ``lru_cache(method)`` there would close a circle, object to cache to method
    to object, that only Python's collector of cyclic garbage opens: it looks for old objects so seldom that two dozen releases that had
    been switched from lay about in a service. Without the circle an object is gone, and its cache with it, when nobody uses it any more.

    Args:
        method: Its arguments can be hashed; the object can be referred to weakly.
        maxsize: Results remembered; the ones used longest ago are forgotten first.
    """
    weak = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        bound = weak()
        assert bound is not None, "called by its object, which is there"
        return bound(*args, **kwargs)

    return cast("Callable[P, T]", lru_cache(maxsize=maxsize)(call))
