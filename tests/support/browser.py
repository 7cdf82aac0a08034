"""A real Chromium for tests: phones and screens, a fake camera, a witness of every page's manners, axe, screenshots."""

import contextlib
import functools
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Response,
    WebError,
    expect,
)

from core.config import ROOT

ARTEFACTS = ROOT / "artefacts"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

PHONE = {"width": 360, "height": 740}
#: Held upright, as it stands on the desk.
TABLET = {"width": 820, "height": 1180}
COMPUTER = {"width": 1366, "height": 900}
WIDE = {"width": 1280, "height": 800}

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CAMERA_SIZE = (640, 480)
CAMERA_FRAMES_PER_SECOND = 10

#: How long a test waits for what must come to a page, in milliseconds: a machine with three such tests at once is slow,
#: and whoever waits for what comes waits no longer than it takes.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

#: What Chromium logs when a test has switched the network off: for a request, and for its look at the service worker.
WITHOUT_NETWORK = ("ERR_INTERNET_DISCONNECTED", "An unknown error occurred when fetching the script")

#: Null on a page that axe has not been brought to.
RUN_AXE = """rules => window.axe
    ? axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(result => result.violations)
    : null"""
#: What axe checks: WCAG 2.2 AA and its own advice.
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start Chromium. `TEST_CHROMIUM` names another one than the machine's own."""
    path = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise RuntimeError("tests need Chromium: install the package chromium, or set TEST_CHROMIUM")
    # Playwright's own headless switch would start the old headless mode, which has no camera.
    return playwright.chromium.launch(
        executable_path=path, args=["--headless=new", *FLAGS, *flags], ignore_default_args=["--headless"]
    )


def camera_flags(frames: Sequence[tuple[Image.Image, float]], folder: Path) -> list[str]:
    """Flags that give Chromium a camera which shows each image for its seconds, in turn, again and again."""
    film = folder / "camera.y4m"
    _write_film(film, frames)
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]


def _write_film(path: Path, frames: Sequence[tuple[Image.Image, float]]) -> None:
    width, height = CAMERA_SIZE
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{width} H{height} F{CAMERA_FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for image, seconds in frames:
            picture = Image.new("RGB", CAMERA_SIZE, "#8a8f98")
            shown = image.convert("RGB")
            shown.thumbnail(CAMERA_SIZE)
            picture.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2))
            light, blue, red = picture.convert("YCbCr").split()
            half = (width // 2, height // 2)
            planes = light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
            for _ in range(max(1, round(seconds * CAMERA_FRAMES_PER_SECOND))):
                film.write(b"FRAME\n" + planes)


class Witness:
    """Writes down what no page of ours may do: ask another host, fail in script, or log an error.

    A refusal that a script fetched, or that a form was answered with, is an answer and no fault, although the
    browser logs it; so is a request without network, which tests of the offline queue make on purpose.
    """

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.faults: list[str] = []
        self._host = urlsplit(base_url).netloc
        self._refused: set[str] = set()
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._web_error)

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self._host:
            self.faults.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if 400 <= response.status < 500 and response.request.resource_type in {"fetch", "xhr", "document"}:
            self._refused.add(response.url.partition("#")[0])

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if any(words in message.text for words in WITHOUT_NETWORK):
            return
        if (
            message.text.startswith("Failed to load resource")
            and message.location["url"].partition("#")[0] in self._refused
        ):
            return
        self.faults.append(f"console error: {message.text} at {message.location['url']}")

    def _web_error(self, error: WebError) -> None:
        self.faults.append(f"script error: {error.error}")


@contextlib.contextmanager
def open_context(
    browser: Browser,
    base_url: str,
    *,
    size: dict[str, int],
    locale: str = "zh-CN",
    dark: bool = False,
    permissions: Sequence[str] = (),
) -> Iterator[BrowserContext]:
    """A browser profile of its own at the server's address; fails at its end if a page misbehaved (see `Witness`)."""
    context = browser.new_context(
        base_url=base_url,
        viewport=size,
        locale=locale,
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if dark else "light",
        permissions=list(permissions),
        has_touch=size["width"] < 600,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    witness = Witness(context, base_url)
    try:
        yield context
    finally:
        context.close()
    assert not witness.faults, "\n".join(witness.faults)


def assert_accessible(page: Page) -> None:
    """Fail with axe's findings on the page as it stands once it is loaded."""
    findings = _asked(page, RUN_AXE, AXE_RULES)
    if findings is None:
        findings = _asked(page, _with_axe(), AXE_RULES)
    assert not findings, "\n".join(_finding(each) for each in findings)


def have_axe_at_hand(page: Page) -> None:
    """Give axe to every page that is opened from now on: for who asks so many that bringing it each time takes as long
    as the asking."""
    page.context.add_init_script(path=AXE)


def _asked(page: Page, script: str, argument: Any = None) -> Any:
    """What a script says of the loaded page. A click returns when the next page has begun to arrive at best: when that
    comes in between, it is the one to be asked."""
    page.wait_for_load_state()
    try:
        # Evaluated by the debugger, so that the page's own strict content policy stays in force.
        return page.evaluate(script, argument)
    except Error as fault:
        if "Execution context was destroyed" not in str(fault):
            raise
        page.wait_for_load_state()
        return page.evaluate(script, argument)


@functools.cache
def _with_axe() -> str:
    return f"rules => {{ {AXE.read_text(encoding='utf-8')}; return ({RUN_AXE})(rules) }}"


def _finding(violation: dict) -> str:
    nodes = "\n".join(f"    {node['target']}: {node['failureSummary']}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{nodes}"


def screenshot(page: Page, name: str, *, full: bool = True) -> Path:
    """Keep a picture of the page as artefacts/<name>.png, for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=full)
    return path


def assert_fits(page: Page) -> None:
    """Fail if the page must be scrolled sideways once it is loaded."""
    widths = _asked(page, "[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1], f"{widths[0]} px of page in {widths[1]} px of screen"
