"""The SQL of kept questions in SQLite."""

from __future__ import annotations

from bot.state.base import LOW_CONFIDENCE

#: A table of its own, so that a file of an earlier version only gains it and an earlier version still writes its rows.
QUESTIONS_SCHEMA = """
create table if not exists questions (
    reply_id text primary key references replies (id) on delete cascade, question text not null, report text not null,
    nearest text not null, confidence real not null, whole integer not null);
create table if not exists decisions (
    report text not null, question_hash text not null, decision text not null, primary key (report, question_hash));
create index if not exists questions_with_text on questions (reply_id) where question != '';
"""

_REFUSED = "r.outcome in ('refuse', 'related')"
#: Kinds of reply whose confidence says something: the others are no result of a search.
_UNSURE = f"r.outcome in ('answer', 'clarify', 'check') and q.confidence < {LOW_CONFIDENCE}"
_UNHELPFUL = "f.helpful = 0"
_JOINED = "questions q join replies r on r.id = q.reply_id left join feedback f on f.reply_id = q.reply_id"
_FOR_REVIEW = f"({_REFUSED} or {_UNSURE} or coalesce({_UNHELPFUL}, false))"

FOR_REVIEW = f"""
select q.question, q.report, q.nearest, r.outcome, q.confidence, coalesce({_UNHELPFUL}, false),
    trim(coalesce(w.reason, '') || ' ' || coalesce(f.comment, '')), r.created, q.whole
from {_JOINED} left join feedback_reasons w on w.reply_id = q.reply_id where q.question != '' and {_FOR_REVIEW} order by r.created, r.id"""

RECENT = f"""
select q.question from {_JOINED} where q.question != '' and q.whole = 1
group by q.question order by max(r.created) desc, q.question limit ?"""

USE = f"""
select q.report, q.nearest, count(*), sum(case when {_REFUSED} then 1 else 0 end), sum(case when {_UNHELPFUL} then 1 else 0 end)
from {_JOINED} where r.outcome not in ('smalltalk', 'help') group by q.report, q.nearest order by q.report, q.nearest"""

#: Forget the words of questions that went well beyond some number, and of any beyond another; the counts of a section stay.
FORGET = (
    f"""update questions set question = '' where reply_id in (
    select q.reply_id from {_JOINED} where q.question != '' and not {_FOR_REVIEW}
    order by r.created desc, r.id desc limit -1 offset ?)""",
    f"""update questions set question = '' where reply_id in (
    select q.reply_id from {_JOINED} where q.question != ''
    order by r.created desc, r.id desc limit -1 offset ?)""",
)
