"""微信客服 through the real service: killed while it answers, started again, and met with faults."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from processes import Served, serve

from tests.fakes.wecom_people import Customer
from tests.fakes.wecom_server import WeComServer

QUESTIONS = ["行政复议维持了几件?", "收到复议申请多少件", "审查了多少重大行政决策", "采纳率是多少"]


@pytest.fixture
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server


@pytest.fixture
def served(wecom: WeComServer, small_data_dir: Path, tmp_path: Path) -> Callable[[], AbstractContextManager[Served]]:
    data_dir = Path(shutil.copytree(small_data_dir, tmp_path / "data"))
    settings = {f"WENBAO_{name.upper()}": str(value) for name, value in wecom.settings().items()}
    return lambda: serve(data_dir, WENBAO_RATE_LIMIT="100000", **settings)


async def all_answered(wecom: WeComServer, customers: list[Customer]) -> None:
    await wecom.wait_for(lambda: all(customer.got for customer in customers), timeout_s=20, what="an answer to each customer")


async def test_killed_while_answering_every_customer_is_answered_once(
    wecom: WeComServer, served: Callable[[], AbstractContextManager[Served]]
) -> None:
    wecom.desk.page = 7
    wecom.inject("slow", "kf/send_msg", times=30, seconds=0.05)
    with served() as service:
        customers = [wecom.customer(f"wm{n}", service.url) for n in range(40)]
        for number, customer in enumerate(customers):
            customer.write(QUESTIONS[number % len(QUESTIONS)])
        await customers[0].tell()
        await wecom.wait_for(lambda: len(wecom.kf_sent) >= 5, timeout_s=20)
        service.process.kill()
        await asyncio.to_thread(service.process.wait, 10)
    before = len(wecom.kf_sent)
    assert before < len(customers)
    late = wecom.customer("wmLate", "")
    late.write(QUESTIONS[0])  # while nobody listens
    customers.append(late)
    with served() as service:
        await all_answered(wecom, customers)
        late.url = f"{service.url}/wecom/callback"
        await late.ask(QUESTIONS[1])
    assert [len(customer.got) for customer in customers] == [1] * 40 + [2]
    assert "维持30件" in late.got[0].content
    wecom.check()


async def test_through_faults_and_repeated_callbacks_every_customer_is_answered_once(
    wecom: WeComServer, served: Callable[[], AbstractContextManager[Served]]
) -> None:
    for kind in ("lost", "500", "reset", "garbage", "-1", "42001"):
        wecom.inject(kind, "kf/send_msg", times=3, chance=0.1)
        wecom.inject(kind, "kf/sync_msg", times=2, chance=0.1)
    with served() as service:
        customers = [wecom.customer(f"wm{n}", service.url) for n in range(40)]
        asking = [
            customer.send_text(QUESTIONS[number % len(QUESTIONS)], times=1 + number % 3, at_once=True, anew=bool(number % 2))
            for number, customer in enumerate(customers)
        ]
        await asyncio.gather(*asking)
        await all_answered(wecom, customers)
    assert [len(customer.got) for customer in customers] == [1] * len(customers)
    assert not [secret for secret in wecom.secrets if secret in service.log]
    assert "wm1" not in service.log
    wecom.check()
