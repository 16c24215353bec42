"""What the command line says and how it exits, without a chain or a server."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
import pytest
import requests
from click.testing import CliRunner

from pmr.cli import main as cli_main
from pmr.cli.command import command
from pmr.cli.main import COMMANDS, cli, run
from pmr.cli.output import Result, clean, fields, plain, show, table
from pmr.errors import BadRecordId, ChainUnavailable, NotFound, PmrError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make `pmr fail` raise what it is given."""

    def install(error: BaseException) -> None:
        @click.command("fail")
        def fail() -> None:
            raise error

        monkeypatch.setitem(cli.commands, "fail", fail)

    return install


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadRecordId("'x' is not of the form 0xOwner/7."), 2, "This is not a valid record id. 'x' is not"),
        (ChainUnavailable("No endpoint answered."), 6, "The chain cannot be reached."),
        (NotFound(""), 8, "There is nothing here for this account."),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "/x/y: Permission denied."),
        (requests.ConnectionError("refused"), 1, "refused"),
        (ConnectionResetError(104, "Connection reset by peer"), 1, "Connection reset by peer"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
    ],
)
def test_run_turns_an_error_into_a_sentence_and_a_code(
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    failing(error)
    assert run(["fail"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said) or said in err
    assert "Traceback" not in err
    assert err.count("\n") <= 1


def test_run_keeps_hostile_details_off_the_terminal(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(NotFound("\x1b[2J\x1b]0;owned\x07 \u202egnp.exe"))
    run(["fail"])
    err = capsys.readouterr().err
    assert not {"\x1b", "\x07", "\u202e"} & set(err)


def test_run_of_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("kind", PmrError.__subclasses__())
def test_every_kind_of_error_has_an_exit_code_that_is_no_success(kind: type[PmrError]) -> None:
    assert 0 < kind.exit_code < 64


def test_main_exits_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pmr", "nonsense"])
    with pytest.raises(SystemExit) as caught:
        cli_main.main()
    assert caught.value.code == 2


def _leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        assert one is not None
        found += _leaves(one, (*path, name)) if isinstance(one, click.Group) else [((*path, name), one)]
    return found


LEAVES = _leaves(cli)


def test_all_commands_are_there() -> None:
    names = {" ".join(path) for path, _ in LEAVES}
    assert names >= {
        *("up", "serve", "deploy", "check", "compile", "wallet new", "wallet show"),
        *("key new", "key publish", "key show", "key fetch"),
        *(f"record {deed}" for deed in ("create", "list", "show", "share", "open", "revoke")),
    }
    assert len(COMMANDS) == len({path[0] for path, _ in LEAVES})


@pytest.mark.parametrize(("path", "one"), LEAVES, ids=str)
def test_every_command_has_help_and_json(path: tuple[str, ...], one: click.Command) -> None:
    done = CliRunner().invoke(cli, [*path, "--help"])
    assert done.exit_code == 0
    # `record cat` writes a file's bytes and nothing else.
    assert ("--json" in done.output) == (path != ("record", "cat"))
    assert one.help


@pytest.mark.parametrize(("path", "one"), LEAVES, ids=str)
def test_no_command_takes_a_secret_on_its_line(path: tuple[str, ...], one: click.Command) -> None:
    names = {option for parameter in one.params for option in parameter.opts}
    assert not names & {"--password", "--passphrase", "--private-key", "--key", "--seed", "--mnemonic"}


# --- output ----------------------------------------------------------------------------------


def test_clean_replaces_what_moves_or_reverses_text() -> None:
    assert clean("a\x1b[31mb\r\x08\u202ec\u200bd\ne\tf") == "a�[31mb���c�d\ne\tf"


def test_plain_reads_no_markup() -> None:
    assert plain("[red]x[/red]").plain == "[red]x[/red]"


def test_show_as_json_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    show(Result({"title": "\x1b[31m é"}, ["never"], ["Next: go on."]), as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out) == {"title": "\x1b[31m é"}
    assert "\x1b" not in out
    assert err == "\nNext: go on.\n"


def test_show_for_people_prints_tables_within_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = [("0x" + "a" * 40 + "/7", "b" * 59, "[bold]x")]
    show(Result({}, [fields(name="v" * 200), table("one", "two", "three", rows=rows)]), as_json=False)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "[bold]x" in out
    assert rows[0][0] in out


def test_command_exits_with_the_code_of_its_result() -> None:
    group = click.Group("g")

    @command(group, "deed")
    def deed() -> Result:
        """Do it."""
        return Result({"ok": False}, exit_code=5)

    assert deed.name == "deed"
    done = CliRunner().invoke(group, ["deed", "--json"])
    assert done.exit_code == 5
    assert json.loads(done.stdout) == {"ok": False}


def test_help_of_pmr_says_where_to_start() -> None:
    assert "pmr up" in CliRunner().invoke(cli, ["--help"]).output
