"""The program by its command line, for a core that runs on the same computer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import timedelta
import os
from pathlib import Path
from typing import Any

from .client import ANALYSIS_TIMEOUT, ANSWER_TIMEOUT, TEST_TIMEOUT, json_object
from .document import StateDocument, parse
from .errors import ConnectionFailed, ProgramMissing, Refused
from .sse import ServerEvent

# Where the program lies in the folder of the project, in the order of the search.
PLACES = ("netlog", "target/release/netlog", "bin/netlog")

# Exit codes of the program: fine, measured and bad. Any other means that it could not.
FINE, BAD = 0, 1


def find_program(project_path: str) -> tuple[Path, Path]:
    """Returns the program and the folder it runs in. Raises ProgramMissing.

    Blocks on the disk.
    """
    path = Path(project_path).expanduser()
    candidates = [path, *(path / place for place in PLACES)]
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            folder = path.parent if candidate == path else path
            return candidate.absolute(), folder.absolute()
    raise ProgramMissing(project_path)


class CliClient:
    """The command line. The settings are those of the folder of the project."""

    pushes = False

    def __init__(self, project_path: str, interval: timedelta) -> None:
        """Take the folder, or the program itself, and the time between two tests."""
        self._project_path = project_path
        self._interval = interval
        self._test_lock = asyncio.Lock()

    async def state(self) -> StateDocument:
        """Returns the state document.

        Without a running monitor the line is tested first if the last test is older than the
        interval.
        """
        try:
            document = await self._status()
        except Refused:
            # Without a log there is no state yet.
            await self._once()
            return await self._status()
        if document.running or not self._is_due(document):
            return document
        await self._once()
        return await self._status()

    async def test(self) -> Mapping[str, Any]:
        """Runs one cycle and returns its outcome."""
        await self._once()
        document = await self._status()
        return {
            "ok": document.status == "ok",
            "status": document.status,
            "root_cause": document.root_cause,
            "fault_domain": document.fault_domain,
            "state": document.raw,
        }

    async def analyze(self, scope: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns the analysis of the logs."""
        options = [word for key, value in scope.items() for word in (f"--{key}", value)]
        return json_object(await self._run(ANALYSIS_TIMEOUT, "analyze", "--json", *options))

    async def events(self) -> AsyncIterator[ServerEvent]:
        """Yields nothing: the command line does not push."""
        nothing: tuple[ServerEvent, ...] = ()
        for event in nothing:
            yield event

    def _is_due(self, document: StateDocument) -> bool:
        if document.last_check is None:
            return True
        return document.time - document.last_check >= self._interval * 0.9

    async def _status(self) -> StateDocument:
        return parse(json_object(await self._run(ANSWER_TIMEOUT, "status", "--json")))

    async def _once(self) -> None:
        # Prints nothing beside a running monitor, which has just measured.
        async with self._test_lock:
            await self._run(TEST_TIMEOUT, "once", "--json")

    async def _run(self, seconds: float, *arguments: str) -> bytes:
        loop = asyncio.get_running_loop()
        program, folder = await loop.run_in_executor(None, find_program, self._project_path)
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as err:
            raise ConnectionFailed(str(err)) from err
        try:
            async with asyncio.timeout(seconds):
                output, complaint = await process.communicate()
        except TimeoutError as err:
            raise ConnectionFailed(f"no answer within {seconds} s") from err
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode not in (FINE, BAD):
            lines = complaint.decode(errors="replace").strip().splitlines()
            raise Refused(lines[-1] if lines else f"exit code {process.returncode}")
        return output
