"""The addresses of the pages, the same as GitHub's, so that links in comments and API answers lead somewhere."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.standins.github.page import overview
from bot.standins.github.page.checks import check_page
from bot.standins.github.page.layout import page
from bot.standins.github.page.markup import h
from bot.standins.github.page.thread import thread_page
from bot.standins.github.site import Site
from bot.standins.github.strict import Violation
from bot.standins.github.world import Repository, Thread


class Pages:
    """One handler for each kind of page; what is not there gets a page that says so."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        repository = "/{owner}/{repo}"
        return [
            Route("/", self.home),
            Route("/deliveries", self.deliveries),
            Route("/deliveries/{delivery_id:int}", self.delivery),
            Route(repository, self.repository),
            Route(f"{repository}/issues/{{number:int}}", self.thread),
            Route(f"{repository}/pull/{{number:int}}", self.thread),
            Route(f"{repository}/blob/{{ref_and_path:path}}", self.file),
            Route(f"{repository}/commit/{{revision}}", self.commit),
            Route(f"{repository}/runs/{{check_run_id:int}}", self.check),
            Route("/{path:path}", self.unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def home(self, request: Request) -> Response:
        return overview.home_page(self._site)

    async def deliveries(self, request: Request) -> Response:
        return overview.deliveries_page(self._site)

    async def delivery(self, request: Request) -> Response:
        found = self._site.log.find(request.path_params["delivery_id"])
        return overview.delivery_page(found) if found else _missing()

    async def repository(self, request: Request) -> Response:
        found = self._repository(request)
        return await overview.repository_page(self._site, found) if found else _missing()

    async def thread(self, request: Request) -> Response:
        """An issue's address of a pull request leads on to it, and the other way round."""
        repository = self._repository(request)
        thread = repository.threads.get(request.path_params["number"]) if repository else None
        if repository is None or thread is None:
            return _missing()
        address = _address(repository, thread)
        if request.url.path != address:
            return RedirectResponse(address, 302)
        return await thread_page(self._site, repository, thread)

    async def file(self, request: Request) -> Response:
        """A branch's name may hold slashes: the longest one that is a branch wins."""
        repository = self._repository(request)
        if repository is None:
            return _missing()
        parts = request.path_params["ref_and_path"].split("/")
        for cut in range(len(parts) - 1, 0, -1):
            ref, path = "/".join(parts[:cut]), "/".join(parts[cut:])
            found = await overview.file_page(self._site, repository, ref, path=path)
            if found:
                return found
        return _missing()

    async def commit(self, request: Request) -> Response:
        repository = self._repository(request)
        found = (
            await overview.commit_page(self._site, repository, request.path_params["revision"]) if repository else None
        )
        return found or _missing()

    async def check(self, request: Request) -> Response:
        repository = self._repository(request)
        run = repository.check_runs.get(request.path_params["check_run_id"]) if repository else None
        return check_page(repository, run) if repository and run else _missing()

    async def unknown(self, request: Request) -> Response:
        """Browsers ask for icons; whatever else lands here, a client has taken a wrong address."""
        if request.url.path != "/favicon.ico":
            self._site.violations.append(Violation(request.method, request.url.path, "no such page"))
        return _missing()

    def _repository(self, request: Request) -> Repository | None:
        name = f"{request.path_params['owner']}/{request.path_params['repo']}"
        return self._site.world.repository(name) or self._site.world.formerly(name)


def _address(repository: Repository, thread: Thread) -> str:
    return f"/{repository.full_name}/{'pull' if thread.pull else 'issues'}/{thread.number}"


def _missing() -> Response:
    return page("Not found", h("h1", "Not found"), h("p", "There is no such page here."), crumbs=[], status=404)
