"""The canonical spelling: the same as RFC 8785's own encoder gives, whatever is in it."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from console.timeline import rules

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, VALUES))
def test_canonical_json_is_spelt_as_rfc_8785_spells_it(body):
    try:
        plain = rules.plain(body)
    except ValueError:
        return  # two keys that become one when cleaned are refused, and that is tested elsewhere
    assert rules.canonical(body) == rfc8785.dumps(plain).decode()
