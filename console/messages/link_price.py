"""What a message costs on the platforms that charge more for a post with a link."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import format_decimal
from flask_babel import gettext as _

from channels.platforms import PLATFORMS, LinkPrice
from console.accounts.models import Account
from console.accounts.rules import platform_name


def of(account: Account) -> LinkPrice | None:
    """None where a link costs nothing."""
    return PLATFORMS[account.platform].link_price


def sentence(accounts: Sequence[Account], rounds: int | None, *, linked: bool) -> str:
    """What the accounts' posts cost, with and without a link; "" where a link costs nothing.

    Args:
        accounts: that are sent the same text.
        rounds: how many rounds are approved at most; None: nobody knows.
        linked: whether the text has the link now.
    """
    charging = [(account, price) for account in accounts if (price := of(account)) is not None]
    if not charging:
        return ""
    account, price = charging[0]
    said: str = _(
        "%(name)s tar ungefär %(linked)s dollar för ett inlägg med länk och %(bare)s utan.",
        name=platform_name(account.platform),
        linked=_dollars(price.linked),
        bare=_dollars(price.bare),
    )
    if rounds is None or rounds * len(charging) < 2:
        return said
    each = price.linked if linked else price.bare
    n = rounds * len(charging)
    return f"{said} " + _(
        "Högst %(n)s inlägg, tillsammans %(sum)s dollar.", n=n, sum=_dollars(each * n)
    )


def _dollars(amount: Decimal) -> str:
    return str(format_decimal(amount, format="#,##0.00#"))
