"""What the author of a moderated post is told: drafted in the account's own languages. Pure.

It says the ground and where the rules stand (4-h), and neither repeats the post nor names anybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.monitoring.moderation_rules import Measure
from console.policy.rules import Profile


def draft(
    profile: Profile,
    languages: Sequence[str],
    measure: str,
    ground: tuple[str, str],
    rules_url: str,
) -> str:
    """
    Args:
        ground: in Swedish and in English.
        rules_url: of the document that the rules rest on; "": it has no address.
    """
    removed = measure == Measure.REMOVE
    parts = [
        f"Hej! Vi har {'tagit bort' if removed else 'dolt'} det du skrev här. Skäl: {ground[0]}."
        f" Det får inte stå här enligt våra regler, som finns i kontots profil."
        f"{_more('Läs mer', rules_url)}\n"
        f"Synpunkter och kritik är välkomna. Har du frågor? Ring {profile.phone} eller mejla"
        f" {profile.feedback_email}.\n{profile.municipality}"
    ]
    if "en" in languages:
        parts.append(
            f"Hello! We have {'removed' if removed else 'hidden'} what you wrote here. Reason:"
            f" {ground[1]}. Our rules, which stand in the account's profile, don't allow it."
            f"{_more('Read more', rules_url)}\n"
            f"Opinions and criticism are welcome. Questions? Call {profile.phone} or e-mail"
            f" {profile.feedback_email}.\n{profile.municipality}"
        )
    return "\n\n".join(parts)


def _more(words: str, url: str) -> str:
    return f" {words}: {url}" if url else ""
