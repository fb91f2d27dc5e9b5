"""`budkavle rehearse SCENARIOS.json`: play a scenario as an exercise, through everything."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from console import clock, db, example, live, logs, sealing
from console.cli import children
from console.cli.installation import running
from console.cli.rehearsal import awake, report, scenario
from console.cli.rehearsal.play import Play
from console.config import Settings
from console.errors import ConsoleError
from console.incidents.models import Incident
from console.timeline.export import export
from console.timeline.verify import verify

screen = Console(stderr=True)


@click.command("rehearse")
@click.argument("scenarios", type=click.Path(path_type=Path))
@click.option("--scenario", "number", default=1, help="Which scenario of the file, from 1.")
@click.option("--interval", default="5s", help="Between rounds, e.g. 5s or 2m.")
@click.option("--rounds", default=3, type=click.IntRange(1, 1000), help="Of repeating messages.")
@click.option("--accounts", type=click.IntRange(1, 20000), help="How many accounts publish.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for results.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as the last line.")
def command(
    scenarios: Path,
    number: int,
    interval: str,
    rounds: int,
    accounts: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Play a scenario as an exercise in a home of its own, and judge what came of it."""
    logs.set_up()
    seconds = _seconds(interval)
    played = scenario.read(scenarios, number)
    for name in ("site", "timeline"):
        if (out / name).exists():
            shutil.rmtree(out / name)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="budkavle-rehearse-") as home:
        result = _play(Path(home), played, seconds, rounds, accounts, out)
    _show(result, out)
    if as_json:
        click.echo(json.dumps(result.as_json()))
    sys.exit(1 if result.faults else 0)


def _play(
    home: Path,
    played: scenario.Scenario,
    interval: int,
    rounds: int,
    accounts: int | None,
    out: Path,
) -> report.Report:
    given = Settings.from_env()
    settings = replace(given, home=home, database_url=None, redis_url=None)
    settings = replace(settings, head_copy=home / "second-place" / "heads.log")
    settings = replace(settings, site_nodes=("site",), node_name="site")
    with running(settings) as installation:
        settings = installation.settings
        db.connect(settings.database_url or "")
        live.connect(settings.redis_url or "")
        sealing.use(settings.keys)
        try:
            with db.unit_of_work() as session:
                example.load(session, clock.now(), settings)
            installation.supervisor.start(
                [children.site(), children.ticker(), *children.workers(settings)]
            )
            awake.wait(settings.workers, installation.tend)
            with _progress(played) as step:
                play = Play(
                    settings,
                    played,
                    interval=interval,
                    rounds=rounds,
                    accounts=accounts,
                    progress=step,
                )
                incident_id = play.run()
            return _results(settings, incident_id, interval, out)
        finally:
            db.disconnect()
            live.disconnect()


def _results(settings: Settings, incident_id: int, interval: int, out: Path) -> report.Report:
    """Write DIR/site and DIR/timeline, and judge."""
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        shutil.copytree(settings.exercise_folder(incident.slug) / "current", out / "site")
        export(session, incident_id, out / "timeline", settings, clock.now())
    verified = verify(out / "timeline")
    with db.unit_of_work() as session:
        return report.judge(session, incident_id, interval, verified.entries, verified.ok)


class _progress:
    """A bar that moves one step for each message."""

    def __init__(self, played: scenario.Scenario) -> None:
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=screen,
        )
        self.task = self.bar.add_task(played.name, total=len(played.lines))
        self.name = played.name

    def __enter__(self) -> _progress:
        self.bar.start()
        return self

    def __call__(self, step: str) -> None:
        self.bar.update(self.task, description=f"{self.name}: {step}", advance=1)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _show(result: report.Report, out: Path) -> None:
    table = Table(title="Repetition", show_header=False)
    late = result.lateness_ms
    rows = {
        "Konton": result.accounts,
        "Omgångar": result.rounds,
        "Skickade av väntade": f"{result.deliveries_sent} av {result.deliveries_expected}",
        "Upprepas inte enligt beslut": result.not_repeated,
        "Dubbletter": result.duplicates,
        "Missade omgångar": result.missed_rounds,
        "Försening p50 / p99 / max": f"{late['p50']} / {late['p99']} / {late['max']} ms",
        "Tidslinje": f"{result.timeline_entries} poster, "
        + ("verifierad" if result.timeline_verified else "INTE verifierad"),
        "Webbplats": str(out / "site"),
        "Tidslinjens mapp": str(out / "timeline"),
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    screen.print(table)
    for fault in result.faults:
        screen.print(f"[bold]{fault}[/bold]")


def _seconds(interval: str) -> int:
    match = re.fullmatch(r"(\d+)\s*(s|m|h)?", interval.strip())
    if not match:
        raise ConsoleError(f"--interval is like 5s, 2m or 1h, not {interval!r}.")
    return max(1, int(match.group(1)) * {"s": 1, "m": 60, "h": 3600}[match.group(2) or "s"])
