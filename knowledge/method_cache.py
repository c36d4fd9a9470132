"""A method's results remembered for as long as its object lives, and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import MethodType
from typing import ParamSpec, TypeVar, cast
from weakref import ref

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
    bound = cast("MethodType", method)
    weak, function = ref(bound.__self__), bound.__func__

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        result: T = function(weak(), *args, **kwargs)  # called by the object, so it is there; WeakMethod would do, at twice the cost
        return result

    return cast("Callable[P, T]", lru_cache(maxsize=maxsize)(call))
