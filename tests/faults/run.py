#!/usr/bin/env python3
"""Damaged, hostile and missing things: run.py [--binary PROGRAM] [--rounds N] [--seed S] [--filter TEXT].

Whatever happens, the program ends by itself with 0, 1 or 2, says what is wrong, and keeps what it had acknowledged.
"""
import csv
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "property"))
import feature_laws  # noqa: E402
import generator  # noqa: E402
import workspaces  # noqa: E402
from harness import Weir, arguments, check, check_same, clear_exit, main, text  # noqa: E402

SOURCE = """\
weir: 1
workspace: faults
as_of: 2026-12-31
sources:
  rows:
    read: {read}
{more}    events:
      - {{ type: seen, occurred_at: "{at}" }}
funnels:
  leads:
    subject: lead
    stages:
      - {{ name: seen, enter: type = 'seen' }}
    won: {{ enter: type = 'won' }}
"""
GOOD_LINE = b'{"id":"L1","ts":"2026-01-01T00:00:00Z"}\n'
ASKED = [("funnel", "--funnel", "leads"), ("funnel", "--funnel", "deals"), ("funnel", "--funnel", "deals", "--list", "proposal:entered"), ("leaks",)]


def data_folder():
    folder = os.environ.get("WEIR_DATA")
    return pathlib.Path(folder) if folder else None


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def source(folder, read, more="    keys: { lead: id }\n", at="ts"):
    write(folder, "weir.yaml", SOURCE.format(read=read, more=more, at=at))


def good(folder, rng, subjects=20):
    world = generator.Generator(rng, subjects).world()
    workspaces.write_world(folder, world)
    return world


def everything_ends(weir, folder):
    """Every verb that reads ends by itself."""
    for verb in (("check",), ("ingest",), ("funnel", "--json"), ("leaks", "--json"), ("events", "--limit", "0"), ("quarantine", "list"), ("verify",), ("plan",)):
        clear_exit(weir.run(folder, *verb))


def missing_file(weir, folder, rng):
    """A source without its file, and a folder where a file should be."""
    source(folder, "nothing.csv")
    done = weir.run(folder, "ingest")
    clear_exit(done, 1, 2)
    check(b"nothing" in done.stderr + done.stdout or b"rows" in done.stderr, f"does not name the file: {text(done)}")
    (folder / "folder.csv").mkdir()
    source(folder, "folder.csv")
    clear_exit(weir.run(folder, "ingest"), 1, 2)


def file_goes_away(weir, folder, rng):
    """What was taken in stays when its file goes, and when a folder stands there instead."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED)
    (folder / "events_0.csv").unlink()
    (folder / "events_0.csv").mkdir()
    clear_exit(weir.run(folder, "ingest"))
    check_same(expected, workspaces.answers(weir, folder, ASKED), "a file became a folder")


def truncated_parquet(weir, folder, rng):
    """A Parquet file cut anywhere, or with bytes changed, is an error with its name."""
    good(folder / "w", rng)
    weir.ingest(folder / "w")
    part = next((folder / "w" / ".weir" / "parts").glob("events-records-*.parquet")).read_bytes()
    for i in range(8):
        broken = bytearray(part[:rng.randrange(len(part))]) if i % 2 else bytearray(part)
        for _ in range(rng.randrange(1, 20) if broken and i % 2 == 0 else 0):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        place = folder / f"p{i}"
        write(place, "rows.parquet", bytes(broken))
        source(place, "rows.parquet", "    keys: { lead: lead }\n", "happened")
        everything_ends(weir, place)


def garbage_csv(weir, folder, rng):
    """Random bytes, zeros, one endless line, mixed line ends, unclosed quotes as CSV."""
    head = b"id,ts\n"
    cases = [rng.randbytes(20000), head + rng.randbytes(20000), b"\0" * 5000, head + b"L1," + b"x" * 3_000_000 + b"\n", b"", b"\n\n\n", b"\xef\xbb\xbf",
             head + b'L1,"2026-01-01T00:00:00Z\nL2,2026-01-01T00:00:00Z\n', b"id,ts\r\nL1,2026-01-01T00:00:00Z\rL2,2026-01-02T00:00:00Z\n\r\n",
             head + b"L1,2026-01-01T00:00:00Z,,,,\nL2\n,\n\n", b"id,id,ts,ts\nL1,L2,2026-01-01,2026-01-02\n", b"," * 70000 + b"\n", b"\xff\xfei\0d\0,\0t\0s\0\n\0L\0",
             head + b"L1,99999-99-99T99:99:99Z\nL2,-4713-01-01\nL3,294247-01-10T04:00:54.775807Z\n" * 3]
    for i, content in enumerate(cases):
        write(folder / f"c{i}", "rows.csv", content)
        source(folder / f"c{i}", "rows.csv")
        everything_ends(weir, folder / f"c{i}")
        # The same under a contract kept from good rows.
        place = folder / f"k{i}"
        write(place, "rows_0.csv", b"id,ts\nL1,2026-01-01T00:00:00Z\nL2,2026-01-02T00:00:00Z\n")
        source(place, "rows_*.csv")
        weir.ingest(place)
        write(place, "rows_1.csv", content)
        clear_exit(weir.run(place, "ingest"))
        rows = json.loads(weir.expect(place, "funnel", "--list", "seen:entered", "--json"))
        check({"L1", "L2"} <= {row["subject"] for row in rows}, f"good rows are gone beside {content[:40]!r}")


def json_testsuite(weir, folder, rng):
    """Every file of JSONTestSuite as a JSON-lines source."""
    data = data_folder()
    if data is None or not (data / "json_testsuite").exists():
        return "no data"
    files = sorted((data / "json_testsuite" / "test_parsing").glob("*.json"))
    together = folder / "together"
    source(together, "rows_*.jsonl")
    write(together, "rows_0.jsonl", GOOD_LINE)
    for i, path in enumerate(files):
        write(together, f"rows_{i + 1}.jsonl", path.read_bytes())
    done = weir.run(together, "ingest")
    clear_exit(done)
    if done.returncode == 0:
        rows = json.loads(weir.expect(together, "funnel", "--list", "seen:entered", "--json"))
        check([row["subject"] for row in rows].count("L1") == 1, "the good row is gone")
    hard = [path for path in files if path.name.startswith(("n_structure_100000", "n_structure_open_array", "i_string_UTF-16", "n_structure_UTF8_BOM"))]
    others = [path for path in files if path not in hard]
    for path in hard + (others if os.environ.get("WEIR_LONG_TESTS") else rng.sample(others, 8)):
        alone = folder / f"alone-{path.stem}"
        write(alone, "rows.jsonl", path.read_bytes())
        source(alone, "rows.jsonl")
        clear_exit(weir.run(alone, "ingest"))
        beside = folder / f"beside-{path.stem}"
        write(beside, "rows_0.jsonl", GOOD_LINE)
        source(beside, "rows_*.jsonl")
        weir.ingest(beside)
        write(beside, "rows_1.jsonl", path.read_bytes())
        clear_exit(weir.run(beside, "ingest"))
        rows = json.loads(weir.expect(beside, "funnel", "--list", "seen:entered", "--json"))
        check([row["subject"] for row in rows].count("L1") == 1, f"{path.name}: the good row is gone")
    return None


def csv_spectrum(weir, folder, rng):
    """Every file of csv-spectrum is read as its JSON twin says."""
    data = data_folder()
    if data is None or not (data / "csv_spectrum").exists():
        return "no data"
    for path in sorted((data / "csv_spectrum" / "csvs").glob("*.csv")):
        twin = json.loads((data / "csv_spectrum" / "json" / (path.stem + ".json")).read_text())
        place = folder / path.stem
        twin = twin if isinstance(twin, list) else [twin]
        column = "".join(c if c.isalnum() else "_" for c in next(iter(twin[0])).lower()) if twin else "a"
        write(place, "rows.csv", path.read_bytes())
        source(place, "rows.csv", f"    keys: {{ lead: {column} }}\n", "TIMESTAMP '2026-01-01 00:00:00'")
        done = weir.run(place, "ingest")
        clear_exit(done)
        check(done.returncode == 0, f"{path.name}: {text(done)}")
        rows = json.loads(weir.expect(place, "funnel", "--list", "seen:entered", "--json"))
        expected = sorted({str(next(iter(row.values()))) for row in twin} - {""})
        found = sorted(row["subject"] for row in rows)
        sealed = len(found) == len(expected) and all(subject.startswith("hash:") for subject in found)  # what looks like phone numbers
        check(found == expected or sealed, f"{path.name}: {found}, expected {expected}")
    return None


def naughty_strings(weir, folder, rng):
    """Naughty strings as lead ids and cells: ids come back from a list as they went in."""
    data = data_folder()
    if data is None or not (data / "blns").exists():
        return "no data"
    strings = json.loads((data / "blns" / "blns.json").read_text())
    strings = [s for s in dict.fromkeys(strings) if s.strip() and "\0" not in s]
    for format in ("csv", "jsonl"):
        place = folder / format
        place.mkdir()
        with open(place / f"rows.{format}", "w", encoding="utf-8", newline="") as out:
            if format == "csv":
                writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
                writer.writerow(("id", "ts", "cell"))
                writer.writerows((s, "2026-01-01T00:00:00Z", s) for s in strings)
            else:
                for s in strings:
                    out.write(json.dumps({"id": s, "ts": "2026-01-01T00:00:00Z", "cell": s}) + "\n")
        source(place, f"rows.{format}", "    keys: { lead: id }\n")
        weir.ingest(place)
        rows = json.loads(weir.expect(place, "funnel", "--list", "seen:entered", "--json"))
        found = {row["subject"] for row in rows}
        lost = [s for s in strings if s not in found and s.strip() not in found and s.strip(" \t\n\r\v\f") not in found and s.strip(" \t") not in found]
        check(not lost, f"{format}: {len(lost)} of {len(strings)} ids did not come back: {lost[:6]!r}")
        clear_exit(weir.run(place, "funnel", "--list", "seen:entered"), 0)
        clear_exit(weir.run(place, "events", "--limit", "0"), 0)


def full_disk(weir, folder, rng):
    """No room at any point: an error that says so, and a state that goes on once there is room."""
    good(folder / "plain", rng, 60)
    weir.ingest(folder / "plain")
    expected = workspaces.answers(weir, folder / "plain", ASKED)
    for blocks in sorted(rng.sample((0, 1, 4, 16, 32, 48, 64, 80, 100, 120, 200), 4)):
        place = folder / f"full{blocks}"
        subprocess.run(["cp", "-r", str(folder / "plain"), str(place)], check=True)
        kept = rng.random() < 0.5  # with a state from before, or from nothing
        if kept:
            rows = (place / "events_0.csv").read_text().splitlines(keepends=True)
            write(place, "events_0.csv", "".join(rows[:len(rows) // 2]))
            subprocess.run(["rm", "-rf", str(place / ".weir")], check=True)
            weir.ingest(place)
            before = workspaces.answers(weir, place, ASKED)
            write(place, "events_1.csv", rows[0] + "".join(rows[len(rows) // 2:]))
        else:
            subprocess.run(["rm", "-rf", str(place / ".weir")], check=True)
        for verb in ("ingest", "funnel --funnel deals --json"):
            # Without the trap the kernel ends the process with SIGXFSZ; a full disk is an error of write().
            limited = subprocess.run(["bash", "-c", f"trap '' XFSZ; ulimit -f {blocks}; exec {weir.binary} {verb} -w {place}"], env=weir.environment(),
                                     stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
            check(limited.returncode in (0, 1, 2), f"{blocks} blocks, weir {verb}: exit code {limited.returncode}\n{text(limited)}")
            check(limited.returncode == 0 or limited.stderr.strip(), f"{blocks} blocks, weir {verb}: failed without a word")
            if kept and verb == "ingest" and limited.returncode != 0:
                check_same(before, workspaces.answers(weir, place, ASKED), f"{blocks} blocks: the state before (<) and after (>) an ingest that failed")
        weir.ingest(place)
        check_same(expected, workspaces.answers(weir, place, ASKED), f"{blocks} blocks: after a full disk")
        clear_exit(weir.run(place, "verify"), 0)


def wrong_key(weir, folder, rng):
    """Another key is refused, and changes nothing."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED)
    manifest = (folder / ".weir" / "manifest.json").read_bytes()
    for key in ("f" * 64, "short", "", "z" * 64):
        done = weir.run(folder, "ingest", key=key)
        if key:
            clear_exit(done, 1, 2)
            check(b"key" in done.stderr.lower(), f"does not speak of the key: {text(done)}")
            check(key.encode() not in done.stderr + done.stdout, "prints the key")
        else:
            clear_exit(done)
        clear_exit(weir.run(folder, "funnel", "--funnel", "deals", "--json", key=key))
    check((folder / ".weir" / "manifest.json").read_bytes() == manifest, "the manifest changed")
    check_same(expected, workspaces.answers(weir, folder, ASKED), "after a wrong key")


def damaged_part(weir, folder, rng):
    """A flipped byte in a part: no verb crashes, and verify names the file."""
    good(folder, rng)
    weir.ingest(folder)
    workspaces.answers(weir, folder, ASKED[:1])
    for part in sorted((folder / ".weir" / "parts").iterdir()):
        whole = part.read_bytes()
        for _ in range(2):
            broken = bytearray(whole)
            at = rng.randrange(len(broken))
            broken[at] ^= 1 << rng.randrange(8)
            part.write_bytes(bytes(broken))
            for timeline in (folder / ".weir" / "timelines").iterdir():
                timeline.unlink()
            for verb in (("funnel", "--funnel", "deals", "--json"), ("ingest",), ("events", "--limit", "0")):
                clear_exit(weir.run(folder, *verb))
            done = weir.run(folder, "verify")
            clear_exit(done, 1)
            check(part.name.encode() in done.stdout + done.stderr, f"verify does not name {part.name}: {text(done)}")
            part.write_bytes(whole)
    for timeline in (folder / ".weir" / "timelines").iterdir():
        timeline.unlink()
    clear_exit(weir.run(folder, "verify"), 0)


def missing_part(weir, folder, rng):
    """A part that is gone is an error with its name."""
    good(folder, rng)
    weir.ingest(folder)
    part = rng.choice(sorted((folder / ".weir" / "parts").glob("*-events-*")))
    part.unlink()
    done = weir.run(folder, "funnel", "--funnel", "deals")
    clear_exit(done, 1)
    check(part.name.encode() in done.stderr, f"does not name the part: {text(done)}")
    clear_exit(weir.run(folder, "verify"), 1)


def damaged_timelines(weir, folder, rng):
    """Timelines are derived: damaged, cut or empty ones are made again."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED)
    file = next((folder / ".weir" / "timelines").iterdir())
    whole = file.read_bytes()
    for i in range(10):
        broken = bytearray(whole)
        if i == 0:
            broken = bytearray()
        elif i % 4 == 1:
            broken = broken[:rng.randrange(len(broken))]
        elif i % 4 == 2:
            broken += rng.randbytes(rng.randrange(1, 9000))
        else:
            at = rng.randrange(min(len(broken), 400)) if i % 2 else rng.randrange(len(broken))
            broken[at] ^= 1 << rng.randrange(8)
        file.write_bytes(bytes(broken))
        check_same(expected, workspaces.answers(weir, folder, ASKED[:3] if i else ASKED), f"damaged timelines ({i})") if i == 0 else check_same(
            {name: expected[name] for name in list(expected)[:3]}, workspaces.answers(weir, folder, ASKED[:3]), f"damaged timelines ({i})")


def damaged_manifest(weir, folder, rng):
    """A damaged manifest or control store: an error, never a crash, never a fresh start."""
    good(folder, rng)
    weir.ingest(folder)
    for name in ("manifest.json", "control.db"):
        path = folder / ".weir" / name
        whole = path.read_bytes()
        for i in range(12):
            broken = bytearray(whole)
            if i == 0:
                broken = bytearray()
            elif i == 1:
                broken = broken[:len(broken) // 2]
            else:
                broken[rng.randrange(min(len(broken), 4096))] ^= 1 << rng.randrange(8)
            path.write_bytes(bytes(broken))
            for verb in (("funnel", "--funnel", "deals"), ("ingest",), ("verify",), ("quarantine", "list")):
                done = weir.run(folder, *verb)
                clear_exit(done)
            if name == "manifest.json":
                parts = len(list((folder / ".weir" / "parts").iterdir()))
                check(parts >= 5, f"parts were removed under a damaged manifest: {parts} left")
            path.write_bytes(whole)
    weir.ingest(folder)


def two_writers(weir, folder, rng):
    """The second writer says who holds the lock; readers go on."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED[:2])
    with open(folder / ".weir" / "writer.lock", "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            check(False, f"the lock of an ended writer is still held: {error}")
        done = weir.run(folder, "ingest", timeout=60)
        clear_exit(done, 1)
        check(b"lock" in done.stderr.lower() or b"writ" in done.stderr.lower(), f"does not speak of the lock: {text(done)}")
        check_same(expected, workspaces.answers(weir, folder, ASKED[:2]), "beside a writer")
    both = [weir.start(folder, "ingest") for _ in range(4)]
    codes = [process.wait(timeout=60) for process in both]
    check(set(codes) <= {0, 1} and 0 in codes, f"four writers at once ended with {codes}")
    check_same(expected, workspaces.answers(weir, folder, ASKED[:2]), "after four writers")


def many_readers(weir, folder, rng):
    """Readers at once, all of which find no timelines, answer the same."""
    good(folder, rng)
    weir.ingest(folder)
    expected = weir.expect(folder, "funnel", "--funnel", "deals", "--json")
    for _ in range(3):
        for timeline in (folder / ".weir" / "timelines").iterdir():
            timeline.unlink()
        command = [weir.binary, "funnel", "--funnel", "deals", "--json", "-w", str(folder)]
        readers = [subprocess.Popen(command, env=weir.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)]
        for reader in readers:
            out, err = reader.communicate(timeout=60)
            check(reader.returncode == 0 and out == expected, f"a reader beside others: {reader.returncode} {err.decode()}")


def timelines_go_away(weir, folder, rng):
    """Readers answer while timelines are removed under their hands, as a process with newer parts does it."""
    good(folder, rng)
    weir.ingest(folder)
    expected = weir.expect(folder, "funnel", "--funnel", "deals", "--json")
    command = [weir.binary, "funnel", "--funnel", "deals", "--json", "-w", str(folder)]
    for _ in range(3):
        readers = [subprocess.Popen(command, env=weir.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        while any(reader.poll() is None for reader in readers):
            for timeline in (folder / ".weir" / "timelines").glob("*.timelines"):
                timeline.unlink(missing_ok=True)
        for reader in readers:
            out, err = reader.communicate(timeout=60)
            check(reader.returncode == 0 and out == expected, f"a reader whose timelines went away: {reader.returncode} {err.decode()}")


CONTEXT = ("features", "--funnel", "leads", "--versions", "--json")


def with_context(weir, folder, rng):
    """A workspace whose features read context, and what it says of leads."""
    world = generator.Generator(rng, 12).world()
    feature_laws.world_with_features(weir, folder, world, "sat, sun")
    return weir.expect(folder, *CONTEXT)


def kept_context(folder):
    return sorted((folder / ".weir" / "context").glob("*.context"))


def damaged_context(weir, folder, rng):
    """Context tables are derived: damaged, cut, swapped or lost ones are named, and computed again to the same answer."""
    expected = with_context(weir, folder, rng)
    weir.expect(folder, "features", "--funnel", "deals", "--json")
    check(weir.expect(folder, *CONTEXT) == expected, "read again")
    file, other = kept_context(folder)
    for path in (file, other):
        whole = path.read_bytes()
        for i in range(6):
            broken = bytearray(whole)
            if i == 0:
                broken = bytearray()
            elif i == 1:
                broken = broken[:rng.randrange(len(broken))]
            elif i == 2:
                broken = bytearray((other if path == file else file).read_bytes())
            elif i == 3:
                broken += rng.randbytes(rng.randrange(1, 9000))
            else:
                broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
            path.write_bytes(bytes(broken))
            done = weir.run(folder, "verify")
            clear_exit(done, 1)
            check(path.name.encode() in done.stdout, f"verify does not name {path.name} ({i}): {text(done)}")
            for funnel in ("leads", "deals"):
                done = weir.run(folder, "features", "--funnel", funnel, *CONTEXT[3:])
                check(done.returncode == 0, f"damaged context ({i}): {text(done)}")
                check(funnel != "leads" or done.stdout == expected, f"damaged context ({i}) changes the answer")
            clear_exit(weir.run(folder, "verify"), 0)
            check(path.read_bytes() == whole, f"damaged context ({i}) was not made again")
    for damage in (b"", b"{", b"{}", (folder / ".weir" / "derived.json").read_bytes().replace(b"leads", b"Leads")):
        (folder / ".weir" / "derived.json").write_bytes(damage)
        clear_exit(weir.run(folder, "verify"), 1)
        check(weir.expect(folder, *CONTEXT) == expected, "a damaged list of derived tables changes the answer")
        clear_exit(weir.run(folder, "verify"), 0)


def killed_context(weir, folder, rng):
    """Killed at any moment while it keeps context tables: the next answer is the same, and the state is whole."""
    expected = with_context(weir, folder, rng)
    began = time.monotonic()
    weir.expect(folder, *CONTEXT)
    takes = time.monotonic() - began
    for _ in range(12):
        for path in kept_context(folder):
            path.unlink()
        process = weir.start(folder, *CONTEXT)
        time.sleep(rng.random() * takes * 1.3)
        process.kill()
        process.wait()
        done = weir.run(folder, "verify")
        lost = [line for line in done.stdout.decode().splitlines() if not line.startswith(("good", "context/"))]
        check(done.returncode in (0, 1) and not lost, f"after a kill: {text(done)}")
        check(weir.expect(folder, *CONTEXT) == expected, "after a kill")
        clear_exit(weir.run(folder, "verify"), 0)
        check(len(list((folder / ".weir" / "context").iterdir())) == 1, "something is left of a killed process")


def context_at_once(weir, folder, rng):
    """Several that compute the same context at once, beside one who removes it, answer the same."""
    expected = with_context(weir, folder, rng)
    command = [weir.binary, *CONTEXT, "-w", str(folder)]
    for i in range(3):
        for path in kept_context(folder):
            path.unlink()
        readers = [subprocess.Popen(command, env=weir.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(5)]
        while i == 2 and any(reader.poll() is None for reader in readers):
            for path in kept_context(folder):
                path.unlink(missing_ok=True)
        for reader in readers:
            out, err = reader.communicate(timeout=120)
            check(reader.returncode == 0 and out == expected, f"one of several: {reader.returncode} {err.decode()}")
    check(weir.expect(folder, *CONTEXT) == expected, "after several at once")
    clear_exit(weir.run(folder, "verify"), 0)


def context_nowhere_to_keep(weir, folder, rng):
    """Where nothing can be kept the answer is the same."""
    expected = with_context(weir, folder, rng)
    state = folder / ".weir"
    for path in kept_context(folder):
        path.unlink()
    with open(state / "derived.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        check(weir.expect(folder, *CONTEXT) == expected, "beside somebody who keeps something")
        check(not kept_context(folder), "kept without the lock")
    (state / "derived.lock").unlink()
    (state / "derived.lock").mkdir()  # nobody can take it, as on a disk that is read-only
    check(weir.expect(folder, *CONTEXT) == expected, "without a lock")
    check(not kept_context(folder), "kept without a lock")
    (state / "derived.lock").rmdir()
    (state / "context").rmdir()
    (state / "context").write_text("no folder")
    check(weir.expect(folder, *CONTEXT) == expected, "without a folder")
    (state / "context").unlink()
    for blocks in (36, 48):  # fewer, and control.db cannot be read either
        limited = subprocess.run(["bash", "-c", f"trap '' XFSZ; ulimit -f {blocks}; exec {weir.binary} {' '.join(CONTEXT)} -w {folder} 2> /dev/null | cat"],
                                 env=weir.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        check(limited.stdout == expected, f"on a disk with {blocks} blocks left: {text(limited)}")
        check(not list((state / "context").glob("*.tmp")), "a full disk is kept full")
    check(weir.expect(folder, *CONTEXT) == expected, "with room again")
    clear_exit(weir.run(folder, "verify"), 0)


def ended_builds(weir, folder, rng):
    """What builds of timelines left that were ended goes with the next build; what is still being built stays."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED[:2])
    timelines = folder / ".weir" / "timelines"
    name = next(timelines.glob("*.timelines")).name
    (timelines / name).unlink()
    ended = [write(timelines, f"{name}.7.building{ending}", b"left") for ending in ("", ".tmp", ".rows.0", ".rows.12", ".lock")]
    running = [write(timelines, f"{name}.8.building{ending}", b"held") for ending in (".tmp", ".rows.0", ".lock")]
    with open(running[-1], "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        check_same(expected, workspaces.answers(weir, folder, ASKED[:2]), "beside builds that were ended")
        left = sorted(path.name for path in timelines.iterdir())
        check(left == sorted([name, *(path.name for path in running)]), f"{ended[0].name} and its kind: {left}")
    (timelines / name).unlink()
    check_same(expected, workspaces.answers(weir, folder, ASKED[:2]), "after the last build was ended")
    check([path.name for path in timelines.iterdir()] == [name], "something of ended builds is left")


def with_late_events(weir, folder, rng):
    """A workspace with timelines, to which late events have come; its state, and what everything at once answers."""
    world = good(folder / "plain", rng, 40)
    weir.ingest(folder / "plain")
    expected = workspaces.answers(weir, folder / "plain", ASKED[:3])
    place = folder / "late"
    workspaces.write_world(place, world)
    lines = (place / "events_0.csv").read_text().splitlines(keepends=True)
    cut = len(lines) * 9 // 10
    write(place, "events_0.csv", "".join(lines[:cut]))
    weir.ingest(place)
    weir.expect(place, *ASKED[0], "--json")
    write(place, "events_1.csv", lines[0] + "".join(lines[cut:]))
    weir.ingest(place)
    base = next((place / ".weir" / "timelines").glob("*.timelines"))
    return place, base, base.read_bytes(), expected


def damaged_base(weir, folder, rng):
    """Late events are not added to damaged timelines: verify names them, and all is built anew."""
    place, base, whole, expected = with_late_events(weir, folder, rng)
    timelines = place / ".weir" / "timelines"
    for i in range(8):
        for path in timelines.iterdir():
            path.unlink()
        broken = bytearray(whole)
        if i == 0:
            broken = broken[:rng.randrange(len(broken))]
        else:
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        base.write_bytes(bytes(broken))
        done = weir.run(place, "verify")
        clear_exit(done, 0, 1)  # 0: a byte between sections
        check(done.returncode == 0 or base.name.encode() in done.stdout + done.stderr, f"verify does not name {base.name}: {text(done)}")
        check_same(expected, workspaces.answers(weir, place, ASKED[:3]), f"late events beside damaged timelines ({i})")
        clear_exit(weir.run(place, "verify"), 0)


def killed_adding(weir, folder, rng):
    """Killed at any moment while late events are added: the next answer is right, and nothing is left."""
    place, base, whole, expected = with_late_events(weir, folder, rng)
    timelines = place / ".weir" / "timelines"
    began = time.monotonic()
    check_same(expected, workspaces.answers(weir, place, ASKED[:3]), "late events")
    takes = (time.monotonic() - began) / 2
    for _ in range(12):
        for path in timelines.iterdir():
            path.unlink()
        base.write_bytes(whole)
        process = weir.start(place, *ASKED[0])
        time.sleep(rng.random() * takes)
        process.kill()
        process.wait()
        clear_exit(weir.run(place, "verify"), 0)
        check_same(expected, workspaces.answers(weir, place, ASKED[:3]), "after a kill")
        left = sorted(path.name for path in timelines.iterdir())
        check(len(left) == 1 and left[0] != base.name, f"something is left of a killed process: {left}")


def damaged_bindings(weir, folder, rng):
    """What expressions were bound to is derived: damaged, it is bound again."""
    good(folder, rng)
    weir.ingest(folder)
    expected = workspaces.answers(weir, folder, ASKED[:2])
    file = folder / ".weir" / "bindings"
    whole = file.read_bytes()
    for broken in (b"", whole[:rng.randrange(len(whole))], whole + b"x", bytes([*whole[:-9], whole[-9] ^ 1, *whole[-8:]]), rng.randbytes(500)):
        file.write_bytes(broken)
        check_same(expected, workspaces.answers(weir, folder, ASKED[:2]), "damaged bindings")
        check(file.read_bytes() == whole, "damaged bindings were not written again")


TESTS = {test.__name__: test for test in (missing_file, file_goes_away, truncated_parquet, garbage_csv, json_testsuite, csv_spectrum, naughty_strings, full_disk,
                                          wrong_key, damaged_part, missing_part, damaged_timelines, damaged_manifest, two_writers, many_readers,
                                          timelines_go_away, damaged_context, killed_context, context_at_once, context_nowhere_to_keep, ended_builds,
                                          damaged_base, killed_adding, damaged_bindings)}

if __name__ == "__main__":
    sys.exit(main(TESTS, arguments(__doc__, 3 if os.environ.get("WEIR_LONG_TESTS") else 1).parse_args()))
