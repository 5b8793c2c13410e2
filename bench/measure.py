"""What the bench scripts share: where things are, and how a whole process is measured."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / "target" / "bench"
PATCHWARD = Path(os.environ.get("PATCHWARD", TOP / "target/release/patchward")).absolute()
# A copy, as an installation makes one: the file that the linker wrote lies in the page cache in small pieces, and starts
# a quarter slower.
INSTALLED = WORK / "patchward"
FEEDS = Path(os.environ.get("PATCHWARD_FEEDS", TOP / "../shared/feeds")).absolute()
CORPUS = Path(os.environ.get("PATCHWARD_CORPUS", TOP / "../shared/corpus")).absolute()
RUNS = int(os.environ.get("RUNS", "21"))


def skip(reason):
    """Ends the script: something that it needs is not here."""
    print(f"skipped: {reason}")
    sys.exit(0)


def patchward(*arguments, output="table"):
    """The command line of a scan by the whole knowledge base, without network and with no settings but these."""
    return [
        INSTALLED, "--quiet", "--offline", "--data-dir", WORK / "data", "--config", settings(),
        "scan", "--fail-on", "never", "--format", output, *arguments,
    ]  # fmt: skip


def settings():
    """An empty settings file, so that those of the machine do not count."""
    file = WORK / "patchward.toml"
    file.touch()
    return file


def knowledge():
    """Makes the knowledge base from all recorded feeds, once; remove target/bench/data to make it anew."""
    if not PATCHWARD.is_file():
        skip(f"no {PATCHWARD}: run `cargo build --release -p patchward`, or set PATCHWARD")
    if not FEEDS.is_dir():
        skip(f"no {FEEDS}: set PATCHWARD_FEEDS")
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copy(PATCHWARD, INSTALLED)
    made = WORK / "data.made-by"
    if not made.exists() or not (WORK / "data").exists():
        print(f"making the knowledge base from {FEEDS} …", flush=True)
        update = [PATCHWARD, "--quiet", "--data-dir", WORK / "data", "--config", settings()]
        done = subprocess.run([*update, "db", "update", "--mirror", FEEDS], stdout=subprocess.DEVNULL)
        if done.returncode not in (0, 4):  # 4: some feeds failed, the others are there
            sys.exit(f"`patchward db update` ended with {done.returncode}")
        made.write_text(f"{PATCHWARD}\n")
    print(f"patchward: {PATCHWARD}, knowledge base of {size(WORK / 'data') / 1e6:.1f} MB in {WORK / 'data'}")


def size(folder):
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Measured:
    """Wall and processor times (seconds, start to exit) and the largest resident memory (bytes) of runs of one command.

    Processor time is user and system time of all its threads. It is what a process of a few milliseconds is judged by:
    most of its wall time is the fork of this script, and other work on the machine shows in it.

    The kernel counts the memory of this script at the moment of the fork as the child's: a child that needs less
    than that (about 15 MiB) shows that.
    """

    def __init__(self, command, runs=RUNS, ends=(0,), folder=None):
        self.command, self.ends, self.folder = command, ends, folder
        self.times, self.processor, self.peak = [], [], 0
        self._once()  # warms the page cache and is not counted
        for _ in range(runs):
            self.count()

    def count(self):
        """One more run that counts."""
        taken, usage = self._once()
        self.times.append(taken)
        self.processor.append(usage.ru_utime + usage.ru_stime)
        self.peak = max(self.peak, usage.ru_maxrss * 1024)

    @property
    def median(self):
        return statistics.median(self.times)

    @property
    def cpu(self):
        return statistics.median(self.processor)

    def _once(self):
        # Output goes to a file, as in `patchward scan … > report`: writing it is part of what is measured.
        WORK.mkdir(parents=True, exist_ok=True)
        with open(WORK / "output", "wb") as out, open(WORK / "errors", "wb") as errors:
            start = time.perf_counter()
            command = [str(argument) for argument in self.command]
            child = subprocess.Popen(command, stdout=out, stderr=errors, cwd=self.folder)
            _, status, usage = os.wait4(child.pid, 0)
            taken = time.perf_counter() - start
        code = child.returncode = os.waitstatus_to_exitcode(status)
        if code not in self.ends:
            text = (WORK / "errors").read_text(errors="replace")
            sys.exit(f"{' '.join(command)} ended with {code}:\n{text}")
        return taken, usage

    def __str__(self):
        low, high = min(self.times) * 1e3, max(self.times) * 1e3
        return (
            f"processor time median {self.cpu * 1e3:.1f} ms, wall min {low:.1f}  median {self.median * 1e3:.1f}  max {high:.1f} ms"
            f"  ({len(self.times)} runs, at most {self.peak / 2**20:.1f} MiB)"
        )


def in_turn(*sides, runs=RUNS):
    """Runs the sides of a comparison one after the other, again and again, so that a slow minute of the machine hits all."""
    for _ in range(runs):
        for side in sides:
            side.count()


def last_json():
    """What the last measured command wrote."""
    with open(WORK / "output", "rb") as file:
        return json.load(file)


def verdict(text, good):
    """Prints whether a figure is as required, and returns it."""
    print(f"  {'ok    ' if good else 'MISSED'}  {text}")
    return good
