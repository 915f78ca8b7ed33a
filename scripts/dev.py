#!/usr/bin/env python3
"""Sets contenthub up from nothing but Python 3.11+ and the package registries, then runs it.

    python3 scripts/dev.py run [--data DIR] [--port N] [more options of `contenthub up`]
    python3 scripts/dev.py test [pytest arguments] | lint | fix | browser | bench [NAME] | setup
    python3 scripts/dev.py mutants [words of a name] | fuzz

Standard library only, and readable by old Pythons, so that it can say what is missing.
"""

import hashlib
import json
import locale
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "contenthub-setup.json")
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
COMMANDS = ("run", "test", "lint", "fix", "browser", "bench", "mutants", "fuzz", "setup")
LAYERS = "lint-imports"
PAGES = ("python", "scripts/reference.py", "--check")
SHELL = "chromium-headless-shell"
"""Debian's Chromium without windows: the same pages for a third less of the processor."""
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
UNUSED = ("-p", "no:schemathesis")
"""A plugin that takes a second to load in each process."""


def say(text):
    """Print one line of progress."""
    sys.stderr.write("[contenthub] " + text + "\n")
    sys.stderr.flush()


def stop(text):
    """End with an explanation."""
    say(text)
    sys.exit(1)


def in_venv(name):
    """Return the path of a program of the project's own environment."""
    if os.name == "nt":
        return os.path.join(VENV, "Scripts", name + ".exe")
    return os.path.join(VENV, "bin", name)


def require_python():
    """Go on under Python 3.11 or newer; explain when there is none."""
    if sys.version_info[:2] >= OLDEST:
        return
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, os.path.abspath(__file__)] + sys.argv[1:])  # noqa: RUF005
    stop(
        "需要 Python 3.11 或更新的版本，现在是 {}.{}。\n"
        "  Debian 12、Ubuntu 24.04：apt-get install python3 python3-venv\n"
        "  macOS：brew install python@3.12，或从 python.org 安装\n"
        "  也可指定解释器：PYTHON=/path/to/python3.12 make run\n"
        "  (Python 3.11 or newer is needed; this one is too old.)".format(*sys.version_info[:2])
    )


def wanted_stamp():
    """Return what the environment must have been made from to be used as it is."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    # An environment does not survive being moved, nor another interpreter.
    digest.update(
        (ROOT + "|{}.{}".format(*sys.version_info[:2])).encode("utf-8", "surrogateescape")
    )
    return digest.hexdigest()


def read_stamp():
    """Return {hash, extra} of the finished environment, {} when there is none."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def setup(extra):
    """Make sure .venv holds the pinned packages of `extra` (standalone, or dev)."""
    stamp, found = wanted_stamp(), read_stamp()
    if found.get("hash") == stamp and found.get("extra") in (extra, "dev"):
        return
    if found.get("extra") == "dev":
        extra = "dev"  # never take the tools away from a developer
    began = time.time()
    say("准备运行环境（仅首次或依赖变化时；安装到 .venv，不影响系统）…")
    if not works(in_venv("python")):
        make_venv()
    if os.path.exists(STAMP):
        os.remove(STAMP)
    say("安装锁定版本的依赖…")
    install(extra)
    with open(STAMP, "w", encoding="utf-8") as file:
        json.dump({"hash": stamp, "extra": extra}, file)
    say("环境就绪，用时 {:.0f} 秒".format(time.time() - began))


def works(program):
    """Return whether `program --version` runs, with this Python's version for a Python."""
    try:
        done = subprocess.run(
            [program, "--version"], stdout=subprocess.PIPE, env=environment(), check=False
        )
    except OSError:
        return False
    is_python = os.path.basename(program).startswith("python")
    mine = "Python {}.{}.".format(*sys.version_info[:2])
    return done.returncode == 0 and (not is_python or done.stdout.decode().startswith(mine))


def make_venv():
    """Make .venv; Debian's Python without ensurepip is mended where that is allowed."""
    if os.path.isdir(VENV):
        shutil.rmtree(VENV)
    command = [sys.executable, "-m", "venv", VENV]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if apt_install([package]) and subprocess.run(command, check=False).returncode == 0:
        return
    sys.stderr.write(done.stdout.decode("utf-8", "replace"))
    stop(
        "这个 Python 不能建立虚拟环境（缺少 ensurepip）。请安装后重试：\n"
        "  Debian、Ubuntu：sudo apt-get install {} \n"
        "  或换用完整的 Python：PYTHON=/path/to/python3.12 make run".format(package)
    )


def apt_install(packages):
    """Install Debian packages when we may (root, or sudo without a password); return success."""
    if not shutil.which("apt-get"):
        return False
    prefix = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.call(["sudo", "-n", "true"]) != 0:
            return False
        prefix = ["sudo", "-n"]
    say("安装系统软件包：" + " ".join(packages))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    quiet = {"stdout": subprocess.DEVNULL, "env": env, "check": False}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], **quiet)
    command = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, **quiet).returncode == 0


def install(extra):
    """Install the project with `extra`, by uv (much quicker), else by pip."""
    target = ROOT + "[" + extra + "]"
    arguments = ["-c", os.path.join(ROOT, "constraints.txt"), "-e", target]
    python = in_venv("python")
    uv = find_uv()
    if uv:
        # Compiled now, once: otherwise the first start of every process would.
        options = ["-q", "--compile-bytecode", "--python", python]
        command = [uv, "pip", "install", *options, *arguments]
        if subprocess.run(command, env=uv_environment(), cwd=ROOT, check=False).returncode == 0:
            return
        say("uv 安装没有成功，改用 pip（较慢）…")
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode != 0:
        stop("依赖没有安装成功：请检查网络，或用 PIP_INDEX_URL 指向本行的软件源后重试")


def find_uv():
    """Return a uv to use: the environment's own, the machine's, or one installed now."""
    own = in_venv("uv")
    for candidate in (own, shutil.which("uv")):
        if candidate and works(candidate):
            return candidate
    python = in_venv("python")
    if not works_module(python, "pip"):  # an environment somebody made with uv
        subprocess.run([python, "-m", "ensurepip"], stdout=subprocess.DEVNULL, env=environment())
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "uv"]
    subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    return own if works(own) else None


def works_module(python, name):
    """Return whether that Python can import a module."""
    command = [python, "-c", "import " + name]
    return subprocess.call(command, stderr=subprocess.DEVNULL, env=environment()) == 0


def uv_environment():
    """Return the environment for uv with pip's configured sources: uv reads none of pip's files."""
    env = environment()
    # pip looks at all its sources together; uv's default would stop at the first that has a name.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    for key, value in pip_configuration().items():
        if key in names:
            separator = "," if key == "find-links" else " "
            env.setdefault(names[key], separator.join(value.split()))
    return env


def pip_configuration():
    """Return pip's settings (index-url, cert …) as pip itself reads them."""
    listed = b""
    for python in (in_venv("python"), sys.executable):
        command = [python, "-m", "pip", "config", "list"]
        if os.path.exists(python) and not listed:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
            )
            listed = done.stdout
    found = {}
    for line in listed.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in ("global", "install", ":env:") and value:
            # `pip config list` prints Python literals; \n separates several addresses.
            found[key] = value.strip("'\"").replace("\\n", " ")
    return found


def chromium():
    """Make sure a Chromium with Chinese fonts, and djpeg, are there for the tests."""
    if sys.platform != "linux":
        return
    missing = []
    if not shutil.which(SHELL):
        if is_offered(SHELL):
            missing.append(SHELL)
        elif not shutil.which("chromium"):
            missing.append("chromium")
    if shutil.which("fc-list") is None or not chinese_fonts():
        missing += ["fontconfig", "fonts-noto-cjk"]
    if shutil.which("djpeg") is None:  # the other reader of posters (tests/posters)
        missing.append("libjpeg-turbo-progs")
    if missing and not apt_install(missing):
        packages = " ".join(missing)
        if missing == [SHELL] and shutil.which("chromium"):
            say("用 chromium 做浏览器测试；apt-get install {} 会快三分之一".format(packages))
        else:
            say("缺少 {}，浏览器测试会失败；请执行 apt-get install {}".format(missing[0], packages))


def is_offered(package):
    """Return whether apt knows a package, without asking the network."""
    if not shutil.which("apt-cache"):
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.call(["apt-cache", "show", package], **quiet) == 0


def chinese_fonts():
    """Return whether fontconfig knows a font for Chinese."""
    done = subprocess.run(["fc-list", ":lang=zh-cn"], stdout=subprocess.PIPE, check=False)
    return bool(done.stdout.strip())


def environment():
    """Return the environment our own programs run in: UTF-8, and compiled modules are kept."""
    env = dict(os.environ, PYTHONUTF8="1")
    # Images set it to stay small; here each start of each process would compile everything anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # Python reads the environment's .pth file, which names ROOT, in the locale's encoding.
    if sys.platform == "linux" and not utf8_locale():
        env["LC_ALL"] = "C.UTF-8"
    return env


def utf8_locale():
    """Return whether the locale exists and is a UTF-8 one."""
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        return False
    return locale.nl_langinfo(locale.CODESET).lower() == "utf-8"


def each(*commands):
    """Run every command, also after a failure; return the worst exit code."""
    worst = 0
    for command in commands:
        say("$ " + " ".join([os.path.basename(command[0]), *command[1:]]))
        program = in_venv(command[0])
        code = subprocess.call([program, *command[1:]], cwd=ROOT, env=environment())
        worst = worst or code
    return worst


def together(first, second):
    """Run two commands at once, the second one's output kept until both end; worst exit code."""
    say("$ " + " ".join(second) + "   (at the same time; its output follows)")
    with tempfile.TemporaryFile() as kept:
        beside = subprocess.Popen(
            [in_venv(second[0]), *second[1:]],
            cwd=ROOT,
            env=environment(),
            stdout=kept,
            stderr=subprocess.STDOUT,
        )
        worst = each(first)
        worst = beside.wait() or worst
        kept.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(kept, sys.stdout.buffer)
        sys.stdout.flush()
    return worst


def become(*command):
    """Replace this process, so that signals reach the program itself."""
    program = in_venv(command[0])
    os.execve(program, [program, *command[1:]], environment())


def run(arguments):
    """Start everything with two demo banks."""
    setup("standalone")
    become("python", "-m", "contenthub", "up", "--demo", *arguments)


def test(arguments):
    """Run every test, the browser's too; with arguments, just those pytest is given."""
    setup("dev")
    chromium()
    os.chdir(ROOT)
    if arguments:
        become("python", "-m", "pytest", *arguments)
    # The browser's stories mostly wait for pages and pushes; the other tests use that time.
    # `make fuzz`, which CI runs next, has the made-up requests.
    quiet = (*copies(one_more()), *UNUSED, "-m", "not fuzz", "--ignore=tests/browser")
    return together(("python", "-m", "pytest", *quiet), in_browsers())


def in_browsers():
    """Return the command of the tests that open pages in Chromium; two at a time."""
    return ("python", "-m", "pytest", *copies(2), *UNUSED, "-m", "not fuzz", "tests/browser")


def one_more():
    """Return a process more than processors: while two wait for the database a third works."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) + 1
    return (os.cpu_count() or 1) + 1


def copies(count):
    """Return the options by which that many processes run tests."""
    if sys.platform == "linux":  # elsewhere a process with threads is better begun anew
        return ("-p", "tests.forks", "--forks", str(count))
    return ("-n", str(count), *BY_FILE)


def browser(arguments):
    """Run the tests that open pages in Chromium, and keep pictures of the pages."""
    setup("dev")
    os.environ.setdefault("CONTENTHUB_TEST_PICTURES", "1")
    chromium()
    os.chdir(ROOT)
    become(*in_browsers(), *arguments)


def lint(_arguments):
    """Check style, types, layers and the generated pages; change nothing."""
    setup("dev")
    checks = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), (LAYERS,), PAGES)
    return each(*checks)


def fix(_arguments):
    """Mend what the linters can mend."""
    setup("dev")
    return each(("ruff", "check", "--fix"), ("ruff", "format"))


def bench(arguments):
    """Print one JSON line a figure; names of modules of bench/ choose some."""
    setup("dev")
    os.chdir(ROOT)
    become("python", "-m", "bench", *arguments)


def mutants(arguments):
    """Plant leaks between banks one at a time; each must turn a test red."""
    setup("dev")
    os.chdir(ROOT)
    become("python", "-m", "tests.mutants", *arguments)


def fuzz(arguments):
    """Send made-up requests to the API (FUZZ_CASES): no 5xx; and take all of what goes on long."""
    setup("dev")
    os.chdir(ROOT)
    os.environ.setdefault("FUZZ_CASES", "50000")
    os.environ.setdefault("POOL_TURNS", "10000")
    tests = ("tests/web/test_fuzz.py", "tests/house/test_pool.py")
    tests += ("tests/posters/test_equality.py", "tests/posters/test_starters.py")
    tests += ("tests/library/test_lint.py", "tests/library/test_soundfixes.py")
    tests += ("tests/library/test_abroad.py", "tests/library/test_disguise.py")
    tests += ("tests/library/test_folding.py", "tests/library/test_diff.py")
    tests += ("tests/library/test_sieve.py", "tests/library/test_numbers_found.py")
    tests += ("tests/customers/test_blocks.py", "tests/customers/test_seenphones.py")
    tests += ("tests/customers/test_tagexpr.py", "tests/customers/test_tagtree.py")
    tests += ("tests/customers/test_tagtext.py", "tests/customers/test_rowvalues.py")
    tests += ("tests/tenants/test_envelope.py", "tests/sharing/test_split.py")
    tests += ("tests/channels/test_wecom_requests.py",)
    tests += ("tests/customers/test_bitmaps.py", "tests/customers/test_snapshots.py")
    tests += ("tests/customers/test_actions_audience.py", "tests/library/test_item_verdicts.py")
    tests += ("tests/tenants/test_scope.py", "tests/house/test_duties.py")
    tests += ("tests/test_cli_serve.py",)
    made_up = ("python", "-m", "pytest", "-n", "auto", *tests, *arguments)
    if arguments:
        become(*made_up)
    chromium()
    pages = ("tests/browser/test_pages.py", "tests/browser/test_old_chromium.py")
    named = ("-k", "every_page or six_kills", *pages, "tests/browser/test_crash.py")
    return each(made_up, ("python", "-m", "pytest", *copies(2), *UNUSED, *named))


def main(arguments):
    """Do what the first argument says."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.stderr.write(__doc__)
        return 0 if arguments in ([], ["help"], ["-h"], ["--help"]) else 2
    require_python()
    name, rest = arguments[0], arguments[1:]
    if name == "setup":
        return setup("dev") or 0
    actions = {
        "run": run,
        "test": test,
        "lint": lint,
        "fix": fix,
        "browser": browser,
        "bench": bench,
        "mutants": mutants,
        "fuzz": fuzz,
    }
    return actions[name](rest) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
