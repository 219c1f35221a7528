"""GitHub's REST API over requests: what fails for a moment is asked again, what is refused is said in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headgate import __version__
from headgate.bearer import Bearer
from headgate.errors import innermost
from headgate.github.patience import Patience
from headgate.github.refusals import RateLimited, Unreachable, refusal
from headgate.masking import mask, register

if TYPE_CHECKING:
    import requests

API_VERSION = "2022-11-28"
CONNECT, ANSWER = 5.0, 20.0
"""Seconds for a connection, and for an answer on it."""
PAGE = 100
MOST_PAGES = 50
"""A conversation of 5,000 comments is the end of what is read."""
_ATTEMPTS = 8
_PASSING = (500, 502, 503, 504)
_LONGEST = 300  # characters of GitHub's own words


@dataclass(frozen=True)
class Request:
    """One thing to ask.

    Args:
        method: as in HTTP.
        path: below the repository, e.g. `/issues/7/comments`.
        what: what it is for, as the end of "GitHub would not …".
        permission: the line of `permissions:` that it needs.
        body: sent as JSON.
        query: the address's parameters.
    """

    method: str
    path: str
    what: str
    permission: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back: the JSON, and the address of the next page where there is one."""

    body: Any
    next: str | None = None


class _AnswerLost(Exception):
    """It may or may not have been done."""


class Client:
    """One repository of one GitHub.

    Args:
        api: GITHUB_API_URL, e.g. `https://api.github.com`, or `https://github.example.com/api/v3`.
        repository: `owner/name`.
        token: kept out of everything that is printed.
        patience: how long may be waited in all.
        session: makes the requests.
    """

    def __init__(
        self,
        api: str,
        repository: str,
        token: str,
        *,
        patience: Patience | None = None,
        session: requests.Session | None = None,
        timeout: float = ANSWER,
    ) -> None:
        import requests

        register(token)
        self.api, self.repository = api.rstrip("/"), repository
        self._patience = patience or Patience()
        self._session = session or requests.Session()
        self._session.auth = Bearer(token)
        self._session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
                "User-Agent": f"headgate/{__version__}",
            }
        )
        self._timeout = (min(CONNECT, timeout), timeout)

    def __repr__(self) -> str:
        return f"Client({self.api!r}, {self.repository!r})"

    def get(self, request: Request) -> Any:
        """The JSON of one answer."""
        return self._ask(request, self._url(request)).body

    def pages(self, request: Request) -> Iterator[Any]:
        """Every item of a list, page by page, as long as they are wanted; of very long ones the first pages.

        Raises:
            Unreachable: GitHub names a next page somewhere else, where the token does not belong.
        """
        url: str | None = self._url(request)
        query: Mapping[str, str] = {"per_page": str(PAGE), **request.query}
        for _ in range(MOST_PAGES):
            if url is None:
                return
            answer = self._ask(request, url, query)
            if not isinstance(answer.body, list):
                raise Unreachable(f"GitHub answers something that is no list when asked to {request.what} ({url}).")
            yield from answer.body
            url, query = answer.next, {}
            if url is not None and not url.startswith(f"{self.api}/"):
                raise Unreachable(f"GitHub's next page is at {url}, which is not below {self.api}.")

    def change(self, request: Request) -> Any:
        """Ask for something that may be done twice without harm; the JSON of the answer."""
        return self._ask(request, self._url(request)).body

    def create(self, request: Request, made: Callable[[], Any]) -> Any:
        """Ask for something that must not be made twice; its JSON.

        Args:
            request: a POST.
            made: looks for what the request would have made, and returns it or None. Asked when an answer was lost.
        """
        while True:
            try:
                return self._ask(request, self._url(request), once=True).body
            except _AnswerLost as lost:
                if not self._patience.allows(self._patience.pause()):
                    raise Unreachable(f"{lost} Whether it was done is not known.") from lost
                found = made()
                if found is not None:
                    return found

    def _url(self, request: Request) -> str:
        return f"{self.api}/repos/{self.repository}{request.path}"

    def _ask(self, request: Request, url: str, query: Mapping[str, str] | None = None, *, once: bool = False) -> Answer:
        """One answer. With `once`, a request that may have been carried out is not repeated.

        Raises:
            _AnswerLost: with `once` alone.
            GitHubTrouble: refused, or still failing when patience was over.
        """
        for _ in range(_ATTEMPTS):
            answer = self._send(request, url, request.query if query is None else query)
            if isinstance(answer, str):
                trouble = answer
            elif answer.status_code < 300:
                return _understood(request, answer)
            elif self._limited(request, answer):
                continue
            else:
                said = mask(_said(answer))
                if answer.status_code not in _PASSING:
                    raise refusal(
                        answer.status_code, said, what=request.what, permission=request.permission, url=mask(url)
                    )
                trouble = f"{answer.status_code} {said}"
            if once:
                raise _AnswerLost(f"GitHub was asked to {request.what}, and there was {trouble}.")
            if not self._patience.allows(self._patience.pause()):
                break
        else:
            trouble = "a rate limit, or trouble, every time"
        raise Unreachable(
            f"GitHub was asked again and again to {request.what}, and there was {trouble} ({mask(url)}).",
            hint="GitHub's own state: its status page. On a runner of your own: does it reach GITHUB_API_URL?",
        )

    def _limited(self, request: Request, answer: requests.Response) -> bool:
        """Whether GitHub asks to be left alone; if so, for as long as it asks.

        Raises:
            RateLimited: that is longer than may be waited.
        """
        said = _said(answer)
        wait = self._patience.asked_for(answer.status_code, answer.headers, said)
        if wait is None:
            return False
        if not self._patience.allows(wait):
            raise RateLimited(
                f"GitHub's rate limit is reached, and it asks for {wait:.0f} s of silence before it would "
                f"{request.what}: more than may be waited. GitHub says {mask(said)!r}.",
                hint="Run the job again later, or give it a token of its own.",
            )
        return True

    def _send(self, request: Request, url: str, query: Mapping[str, str]) -> requests.Response | str:
        """The answer, or what came in its place."""
        import requests

        try:
            return self._session.request(
                request.method,
                url,
                params=dict(query),
                json=request.body,
                timeout=self._timeout,
                allow_redirects=request.method == "GET",  # requests would make a GET of a POST
            )
        except requests.Timeout:
            self._patience.spent(self._timeout[1])
            return f"no answer within {self._timeout[1]:.0f} s"
        except requests.RequestException as error:
            return f"no answer: {mask(innermost(error))}"


def _understood(request: Request, answer: requests.Response) -> Answer:
    if answer.status_code == 204:
        return Answer(None)
    try:
        return Answer(answer.json(), answer.links.get("next", {}).get("url"))
    except ValueError as error:
        raise Unreachable(
            f"What answers at {mask(answer.url)} is not GitHub: asked to {request.what}, it sent no JSON.",
            hint="Is GITHUB_API_URL right, and does a proxy stand in between?",
        ) from error


def _said(answer: requests.Response) -> str:
    """GitHub's own words, in one line, as far as anybody reads."""
    try:
        body = answer.json()
        words = [str(body["message"]), *(str(error.get("message", "")) for error in body.get("errors", []))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.reason or f"{len(answer.content)} bytes that are no JSON"
    return " ".join(" ".join(words).split())[:_LONGEST]
