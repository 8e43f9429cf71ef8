"""AT&T text and GAP as others write them, their programs as readers where they are installed, and refusals."""

# ruff: noqa: E501  one case a line: what is given, and what is said

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from krohn.automata import Machine, Names, Semiautomaton, counter, flip_flop, group, group_automaton
from krohn.automata.interchange import read_machine, write_machine
from krohn.automata.languages.acceptors import CLASSES
from krohn.errors import DamagedFileError, KrohnError, RequestError


def read(texts: dict[str, str], tmp_path: Path, complete: bool = False) -> Machine:
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = read_machine(tmp_path / next(iter(texts)), complete=complete)
    assert isinstance(found, Machine)
    return found


def test_numbers_that_openfst_prints_without_tables_are_names(tmp_path: Path) -> None:
    machine = read({"m.fst": "0\t1\t1\n0\t0\t2\n1\t0\t1\n1\t1\t2\n1\n"}, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0], [0, 1]]), 0, [0, 1])
    assert machine.names == Names(symbols=("1", "2"), classes=CLASSES)


def test_symbols_have_the_order_of_the_table(tmp_path: Path) -> None:
    machine = read({"m.att": "0 1 a\n0 0 b\n1 0 a\n1 1 b\n1\n", "m.isyms": "b 1\na 2\n"}, tmp_path)
    assert machine == Machine(Semiautomaton([[0, 1], [1, 0]]), 0, [0, 1])
    assert machine.names == Names(symbols=("b", "a"), classes=CLASSES)


@pytest.mark.parametrize("weight", ["", "\t0.0", "\t0"])
def test_an_acceptor_of_foma_and_hfst_puts_out_its_symbols(weight: str, tmp_path: Path) -> None:
    text = "0\t1\ta\ta{w}\n0\t0\tb\tb{w}\n1\t0\ta\ta{w}\n1\t1\tb\tb{w}\n1{w}\n".replace("{w}", weight)
    machine = read({"m.att": text}, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0], [0, 1]]), 0, [0, 1])
    assert machine.names == Names(symbols=("a", "b"), classes=CLASSES)


def test_the_start_is_the_source_of_the_first_line(tmp_path: Path) -> None:
    assert read({"m.att": "1 0 a\n0 1 a\n0\n"}, tmp_path) == Machine(Semiautomaton([[1], [0]]), 1, [1, 0])


def test_a_transducer_is_a_moore_machine(tmp_path: Path) -> None:
    machine = read({"m.att": "0 1 a x\n0 0 b y\n1 0 a y\n1 1 b x\n0\n1\n"}, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0], [0, 1]]), 0, [1, 0])
    assert machine.names == Names(("a", "b"), (), ("x", "y"))


def test_a_start_that_no_transition_enters_keeps_its_class(tmp_path: Path) -> None:
    machine = Machine(Semiautomaton([[1], [1]]), 0, [2, 0], names=Names(classes=("x", "y", "z")))
    write_machine(machine, tmp_path / "m.att")
    assert (tmp_path / "m.osyms").read_text() == "<eps> 0\nz 3\nx 1\ny 2\n"
    assert read_machine(tmp_path / "m.att") == machine


def test_a_missing_transition_goes_to_a_sink_when_asked(tmp_path: Path) -> None:
    text = "0 1 a\n1 0 b\n1\n"
    with pytest.raises(RequestError, match=r"m.att: state '0' has no transition for symbol 'b'"):
        read({"m.att": text}, tmp_path)
    machine = read({"m.att": text}, tmp_path, complete=True)
    assert machine == Machine(Semiautomaton([[1, 2], [2, 0], [2, 2]]), 0, [0, 1, 0])


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("0 1 a\n", RequestError, ": state '1' has no transition for symbol 'a'"),
        ("0 0 a", DamagedFileError, ", line 1: a line without an end: expected a newline; the file may be cut short"),
        ("0\n", RequestError, ": no transition: expected lines 'source target symbol'"),
        ("0 1 a b c d\n", DamagedFileError, ", line 1: 6 fields: expected 'source target symbol', or 'state' where it is final"),
        ("0 0 a\nx 0 b\n", DamagedFileError, ", line 2: state 'x': expected a whole number, or a table m.ssyms"),
        ("0 0 a\n0 0 <eps>\n", RequestError, ", line 2: symbol '<eps>' is ε: expected a symbol, or a table m.isyms that gives it another number than 0"),
        ("0 0 0\n", RequestError, ", line 1: symbol '0' is ε: expected a symbol, or a table m.isyms that gives it another number than 0"),
        ("0 0 a\n0 0.5\n", RequestError, ", line 2: the weight '0.5': expected none, as machines here have no weights"),
        ("0 0 a\n0 0 b 0.5\n", RequestError, ", line 2: the weight '0.5': expected none, as machines here have no weights"),
        ("0 0 a 0.5\n0\n", RequestError, ", line 1: the weight '0.5': expected none, as machines here have no weights"),
        ("0 0 a b 0.5\n0\n", RequestError, ", line 1: the weight '0.5': expected none, as machines here have no weights"),
        ("0 0 a\n0 1 a\n1 1 a\n", RequestError, ", line 2: state '0' has two transitions for symbol 'a', to '0' and '1': expected a deterministic machine"),
        ("0 1 a x\n1 1 a y\n0\n1\n", RequestError, ", line 2: state '1' puts out 'y' here and 'x' before: expected one output for each state, as Moore machines have; split the state"),
        ("0 0 a b\n", RequestError, ": state '0' is not final, though transitions have outputs: expected all to be final"),
    ],
)  # fmt: skip
def test_refusals_of_att_text(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        read({"m.att": text}, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/m.att{message}")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a\n", ", line 1: 'a': expected a name and a number"),
        ("<eps> 0\na 1\nb 1\n", ", line 3: number 1 has a second name, 'b'"),
    ],
)
def test_damaged_tables(table: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError) as caught:
        read({"m.att": "0 0 a\n0\n", "m.isyms": table}, tmp_path)
    assert str(caught.value) == f"{tmp_path}/m.isyms{message}"


def test_what_att_text_cannot_hold(tmp_path: Path) -> None:
    loop = Semiautomaton([[0]])
    for machine, message in [
        (
            Machine(loop, 0, [0], 2, Names(symbols=("a\n",))),
            "symbol 'a\\n': AT&T text has no empty names, no '<eps>', and of blanks spaces and tabs only: expected "
            "another name, or another format",
        ),
        (
            Machine(Semiautomaton([[2], [2], [2]]), 0, [2, 1, 0]),
            "states '0' and '1' have different classes and no transition enters them: in AT&T text outputs are those "
            "of transitions; expected another format",
        ),
    ]:
        with pytest.raises(RequestError) as caught:
            write_machine(machine, tmp_path / "m.att")
        assert str(caught.value) == message
    with pytest.raises(RequestError, match=r"m.isyms: expected another ending, which that of a table is$"):
        write_machine(counter(2), tmp_path / "m.isyms", "att")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(shutil.which("fstcompile") is None, reason="needs the programs of OpenFst")
@pytest.mark.parametrize("machine", [counter(2), flip_flop(3), group_automaton(group("S3"))])
def test_openfst_reads_what_we_write(machine: Machine, tmp_path: Path) -> None:
    write_machine(machine, tmp_path / "m.att")
    acceptor = machine.classes == 2
    inputs = f"--isymbols={tmp_path}/m.isyms"
    tables = ["--acceptor", inputs] if acceptor else [inputs, f"--osymbols={tmp_path}/m.osyms"]
    compiled = subprocess.run(["fstcompile", *tables, tmp_path / "m.att"], capture_output=True, check=True)
    printed = subprocess.run(["fstprint", *tables], input=compiled.stdout, capture_output=True, check=True)
    (tmp_path / "m.att").write_bytes(printed.stdout)
    assert read_machine(tmp_path / "m.att") == machine.trim()


def test_a_list_that_gap_prints(tmp_path: Path) -> None:
    text = "[ Transformation( [ 2, 3, 1 ] ), IdentityTransformation, Transformation( [ 1, 1 ] ) ]\n"
    machine = read({"m.g": text}, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0, 0], [2, 1, 0], [0, 2, 2]]), 0, [0, 1, 2])


def test_statements_of_gap(tmp_path: Path) -> None:
    text = """# two generators
gens := [ Transformation([2, 2]), Transformation([1, 1]) ];  symbols := ["set", "\\"reset\\""];
start := 2;; outputs := [0, 1];; classes := ["off", "on"];
"""
    machine = read({"m.gap": text}, tmp_path)
    assert machine == Machine(Semiautomaton([[1, 0], [1, 0]]), 1, [0, 1])
    assert machine.names == Names(("set", '"reset"'), (), ("off", "on"))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x := [1];", RequestError, ", line 1: 'x' is no list of transformations: expected one, and start, outputs, classes, symbols, states"),
        ("start := 1;", RequestError, ": no list of transformations: expected one, such as [ Transformation( [ 2, 1 ] ) ]"),
        ("[ Transformation( [ 2, 1", DamagedFileError, ", line 1: the end of the file: expected ','"),
        ("g := [\nTransformation( [ 0, 1 ] ) ];", RequestError, ", line 2: Transformation: expected a list of states, counted from 1"),
        ("g := [\n(1,2)(3,4) ];", DamagedFileError, ", line 2: '(': expected a number, a name in quotes, a list or a Transformation"),
        ("g := Group( (1,2) );", RequestError, ", line 1: 'Group': expected a number, a name in quotes, a list or a Transformation"),
        ("S := [Transformation([1])];\nSize(S);", RequestError, ", line 2: 'Size': expected 'Size := …', a list of transformations or names"),
        ("[ Transformation([1],[2]) ]", RequestError, ", line 1: Transformation of two lists: expected one list of images"),
        ("[ Transformation([1]) ]; [ Transformation([1]) ];", RequestError, ", line 1: a second list of transformations: expected one"),
        ("[ Transformation([1 .. 3]) ]", DamagedFileError, ", line 1: '.': expected GAP, such as [ Transformation( [ 2, 1 ] ) ]"),
        ("[ Transformation([99999999]) ]", RequestError, ", line 1: 99999999: expected a number up to 16777216"),
        ("[ Transformation([2,1]) ]; start := 3;", DamagedFileError, ", start: 3: expected a state from 1 to 2"),
        ("[ Transformation([2,1]) ]; outputs := [0];", DamagedFileError, ": outputs have 1 entries: expected one for each of 2 states"),
        ("[ Transformation([2,1]) ]; outputs := 1;", DamagedFileError, ", outputs: expected a number for start, numbers for outputs, names otherwise"),
        ("[ " + "Transformation([16000000]), " * 9 + "Transformation([1]) ]", RequestError, ": 16000000 states and 10 symbols: expected a table of at most 67108864 entries"),
    ],
)  # fmt: skip
def test_refusals_of_gap(text: str, error: type[KrohnError], message: str, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        read({"m.g": text}, tmp_path)
    assert str(caught.value) == f"{tmp_path}/m.g{message}"


@pytest.mark.skipif(shutil.which("gap") is None, reason="needs the program gap")
def test_gap_reads_what_we_write(tmp_path: Path) -> None:
    machine = Machine(
        Semiautomaton([[1, 0], [1, 0], [2, 2]]),
        1,
        [0, 1, 0],
        names=Names(('a"\\\n\x01', "b"), ("p", "q", "r")),
    )
    write_machine(machine, tmp_path / "m.g")
    orders = f'Read("{tmp_path}/m.g"); Print(start, outputs, List(symbols, Length), "\\n");'
    orders += "Print(List(transformations, t -> ListTransformation(t, 3)));"
    said = subprocess.run(["gap", "-A", "-q"], input=orders, capture_output=True, text=True, check=True)
    assert "".join(said.stdout.split()) == "2[0,1,0][5,1][[2,2,3],[1,1,3]]"
