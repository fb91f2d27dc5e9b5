"""The database: engine, base class, column types and the unit of work.

`unit_of_work()` is the only place that commits. An operation collects timeline entries and topics
in `session.info`; the last steps run just before the commit (so the timeline's head is held for
as short a time as can be), and topics are announced just after it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    Text,
    create_engine,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from console import clock, live

_engine: Engine | None = None

LastStep = Callable[[Session], None]
T = TypeVar("T")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        datetime: DateTime(timezone=True),
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        list[int]: JSONB,
        uuid.UUID: UUID(as_uuid=True),
    }


Id = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=True)]
"""A row's own number."""


def ref(target: str, **options: Any) -> Any:
    """A column that points at `target` ("table.column"); index and null options pass through."""
    options.setdefault("index", True)
    return mapped_column(BigInteger, ForeignKey(target), **options)


def connect(database_url: str, *, pool_size: int = 10) -> Engine:
    """Open the engine for this process.

    Args:
        database_url: SQLAlchemy address of a PostgreSQL database.
        pool_size: connections kept; as many again may be opened under load.
    """
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        # The connection used last, which has read the schema and the dictionaries, first.
        pool_use_lifo=True,
    )
    return _engine


def engine() -> Engine:
    if _engine is None:
        raise RuntimeError("console.db.connect() has not been called")
    return _engine


def disconnect() -> None:
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = None
    clock.forget_sample()


def sample_clock(session: Session) -> None:
    """Ask the database what time it is, unless that was done within the last second."""
    if clock.sample_is_old():
        before = clock.elapsed()
        shown = session.execute(text("SELECT budkavle_now()")).scalar_one()
        clock.take_sample(shown, (before + clock.elapsed()) / 2)


def last_step(session: Session, name: str, step: LastStep) -> None:
    """Run `step(session)` once, just before this unit of work commits."""
    session.info.setdefault("last_steps", {}).setdefault(name, step)


def once(session: Session, key: Hashable, read: Callable[[], T]) -> T:
    """What `read()` gives, read the first time that a unit of work asks for `key`: for what several
    parts of a page need, where nothing is written between them."""
    kept: dict[Hashable, Any] = session.info.setdefault("once", {})
    if key not in kept:
        kept[key] = read()
    return cast(T, kept[key])


@contextmanager
def unit_of_work(*, isolation: str | None = None) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error.

    Args:
        isolation: e.g. "REPEATABLE READ" for a consistent picture over several queries.
    """
    bind = engine() if isolation is None else engine().execution_options(isolation_level=isolation)
    session = Session(bind, expire_on_commit=False)
    try:
        sample_clock(session)
        yield session
        session.flush()
        while steps := session.info.pop("last_steps", None):
            for step in steps.values():
                step(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()
    live.publish(session)
