"""Bearer tokens open one desk."""

import pytest

from services.agency.http.bearer_tokens import Tokens, hashed
from services.platform.http.problems import ProblemError

TOKENS = Tokens({"crip": hashed("one"), "ase": hashed("two")})


def refused(authorization: str | None, desk: str | None = None) -> ProblemError:
    """The problem that a header leads to."""
    with pytest.raises(ProblemError) as caught:
        TOKENS.check(authorization, desk)
    return caught.value


def test_a_token_speaks_for_its_desk() -> None:
    """The desk is the token's, whether the request names it or not, in any case."""
    assert TOKENS.check("Bearer two", None) == "ase"
    assert TOKENS.check("bearer one", "CRIP") == "crip"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic one", "one"])
def test_no_token_is_challenged(header: str | None) -> None:
    """Without a bearer token the answer is 401 and says how to come back."""
    problem = refused(header)

    assert (problem.status, problem.code) == (401, "token_missing")
    assert problem.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_refused() -> None:
    """A token that is nobody's is 401, and its text is not repeated."""
    problem = refused("Bearer secret-guess")

    assert (problem.status, problem.code) == (401, "token_unknown")
    assert "secret-guess" not in str(problem.document())


def test_another_desks_token_is_refused() -> None:
    """A token opens its own desk only."""
    assert refused("Bearer one", "ase").status == 403


def test_the_three_refusals_have_titles_of_their_own() -> None:
    """No token, nobody's token and another desk's token ask for three different cures."""
    titles = [
        refused(None).document()["title"],
        refused("Bearer three").document()["title"],
        refused("Bearer one", "ase").document()["title"],
    ]

    assert len(set(titles)) == 3


def test_hashes_are_kept_not_tokens() -> None:
    """Nothing that is held gives a token back."""
    assert "one" not in str(vars(TOKENS))
