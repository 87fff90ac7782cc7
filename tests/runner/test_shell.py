"""What the agent's shell commands do to its work: which run the tests, and which change files. No process, no wire."""

import time

import pytest

from runner.shell.testing import one_run, runs_tests
from runner.shell.writing import writes_files

FOLDER = "/tmp/pods/one/workspace/acme__calc"
HERE = "<<'EOF'\nx = 1\nEOF"
WRITING = "from pathlib import Path\np = Path('calc.py')\np.write_text(p.read_text().replace('-', '+'))"


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q", "timeout 120 pytest", "timeout -k 5 120s xvfb-run -a npm test", "time pytest", "env CI=1 pytest",
        "/usr/bin/time -v pytest", "nice -n 10 pytest", "stdbuf -oL pytest | tee /tmp/x", ".venv/bin/pytest -q",
        "python3.12 -m pytest", "python -m unittest -v", "python manage.py test", "./manage.py test app",
        "DJANGO_SETTINGS_MODULE=x.y python -Wall manage.py test --keepdb", "python tests/test_calc.py",
        "python -m coverage run -m pytest", "coverage run -m pytest -q", "coverage run manage.py test",
        "./run_tests.sh", "bash run_tests.sh", "sh test.sh", "bundle exec rake test", "rake spec", "bin/rails test",
        "npm t", "npm --prefix web run test:unit", "pnpm --filter @x/web test", "yarn workspace app test", "yarn jest",
        "npx vitest run", "cd web && CI=1 npx -y jest --ci", "node --test", "deno test -A", "bun test",
        "hatch test", "hatch run test", "poetry run pytest", "uv run --extra dev pytest", "uv run python -m pytest",
        "tox -e py312", "tox run -e py", "bazel test //...", "cargo nextest run", "cargo +nightly test --workspace",
        "make check", "make unit-test", "make -C build -j4 test", "ninja -C build test", "meson test -C build", "ctest",
        "cmake --build . && ctest --output-on-failure", "dotnet test", "swift test", "go test ./...",
        "./gradlew test", "./gradlew :app:testDebugUnitTest", "mvn verify", "mvn -q -pl core -Dtest=FooTest test",
        'sbt "testOnly Foo"', "php artisan test", "vendor/bin/phpunit", "git diff --name-only | xargs pytest",
        "(cd lib; go test ./...) 2>&1 | tail", "bash -lc 'source .venv/bin/activate && pytest -q'",
        "if ! pytest -q; then echo no; fi", "for i in 1 2 3; do pytest -q tests/test_a.py || break; done",
    ],
)  # fmt: skip
def test_a_test_run_is_known_whatever_wraps_it(command: str) -> None:
    assert runs_tests(command)


@pytest.mark.parametrize(
    "command",
    [
        "grep pytest setup.cfg", "timeout 10 grep -rn pytest .", 'rg "make test"', "ls tests", "which pytest",
        "pip install pytest tox", "python -m pip install pytest", "npm install --save-dev jest", "npm ci",
        "pytest --version", "pytest --collect-only -q", "test -f tests/a.py && cat tests/a.py", "[ -f test.sh ]",
        "cat run_tests.sh", "echo 'a; pytest'", "git log -- tests", 'git commit -m "run pytest"', "# pytest",
        "cargo check", "cargo build", "go vet ./...", "make", "make -C tests", "npm run build", "npm run lint",
        "sed -n 1,20p tests/test_x.py", "find . -name 'test_*.py'", "mv tests/test_a.py tests/test_b.py",
        'python -c "import pytest; print(pytest.__version__)"', "cat <<'EOF'\npytest\nEOF", "ruff check tests", "",
    ],
)  # fmt: skip
def test_who_names_a_test_runner_runs_no_tests(command: str) -> None:
    assert not runs_tests(command)


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/a - b/a + b/' calc.py", "sed -Ei.bak -e 's/x/y/' a.py b.py", "perl -0pi -e 's/a/b/' x.rb",
        "timeout 10 sed -i 's/a/b/' a.py", f"cat > calc.py {HERE}", f"cd src && cat >> calc.py {HERE}",
        "cat <<EOF > calc.py\nx\nEOF", "echo 'x = 1' >> calc.py", "printf 'x' > Makefile", "> empty.py",
        "echo hi | tee -a README.md", f"tee calc.py {HERE}", "git show HEAD~1:calc.py > calc.py",
        "git apply fix.patch", "git apply <<'EOF'\n--- a\n+++ b\nEOF", "git -C sub apply x.patch", "git stash pop",
        "git checkout -- calc.py", "git mv a.py b.py", "patch -p1 < fix.patch", f"patch -p1 {HERE}",
        f"python - <<'EOF'\n{WRITING}\nEOF", "python3 -c \"open('a.py','w').write('x')\"",
        "python3 <<EOF\nwith open('a.py', 'a') as f:\n    f.write('x')\nEOF",
        "node -e \"require('fs').writeFileSync('a.js', 'x')\"", "mv a.py b.py", "cp a.py b.py", "rm src/old.py",
        "touch tests/__init__.py", "ruff check --fix .", "black .", "gofmt -w .", "npx prettier --write src",
        "cargo fmt", "find . -name '*.py' -exec sed -i 's/a/b/' {} +", "grep -rl foo src | xargs sed -i 's/foo/bar/g'",
        "bash -c \"sed -i 's/a/b/' x.py\"", f"cat > {FOLDER}/calc.py {HERE}", f"cd {FOLDER}/src && echo 1 > x",
    ],
)  # fmt: skip
def test_a_shell_command_that_changes_files_is_known(command: str) -> None:
    assert writes_files(command, FOLDER)


@pytest.mark.parametrize(
    "command",
    [
        "ls", "cat calc.py", "grep -n '>' calc.py", 'grep "a > b" calc.py', "awk '$1 > 3' data.txt", "git status",
        "pytest -q > out.log 2>&1", "pytest 2>&1 | tee out.log", "pytest > /dev/null", "make > build.log",
        f"cat > /tmp/try.py {HERE}", f"cd /tmp && cat > x.py {HERE}", "cp calc.py /tmp/calc.py", "rm -rf build",
        "python - <<'EOF'\nprint(open('a.py').read())\nEOF", "python3 -c 'import calc; print(calc.add(1, 2))'",
        "python -c 'a = 1 << 2; print(a)'", "sed -n 1,20p calc.py", "sed 's/i/j/' calc.py", "git diff > my.patch",
        "git apply --check fix.patch", "git checkout -b fix", "patch --dry-run -p1 < x.patch", "black --check .",
        "ruff check .", "perl -ne 'print if /i/' x", "[ 3 -gt 2 ] && echo yes", "mkdir -p build",
        "cat <<'EOF'\nsed -i s/a/b/ calc.py\nEOF", "diff a b > /tmp/d", "",
    ],
)  # fmt: skip
def test_who_looks_or_writes_elsewhere_changes_no_files(command: str) -> None:
    assert not writes_files(command, FOLDER)


def test_what_can_be_run_again_as_it_stands() -> None:
    assert one_run("cd lib && timeout 60 python3 -m pytest -x")
    for command in ("pytest | tail", "pytest; ls", "cargo test && curl x", "cd a && cd b && pytest", "pytest $(ls)"):
        assert not one_run(command)


@pytest.mark.parametrize(
    "command",
    [
        "'\"" * 4000, "\\" * 8000, "<<A " * 2000, "a\n<<B\n" * 200_000, "(" * 8000, "bash -c " * 2000, "x=$(" * 4000,
        "env " * 4000, "\"'" * 4000 + '\\"', "./" + "test_a" * 1300 + "!", "make " + "test:" * 1500 + "!",
        "make " + ("aTest" * 39 + "! ") * 40, "python -c '" + "open(a," * 3000 + "'", "a > " * 2000, "git " + "-C " * 2600,
    ],
)  # fmt: skip
def test_a_command_that_is_made_to_take_time_takes_none(command: str) -> None:
    began = time.process_time()
    runs_tests(command)
    writes_files(command, FOLDER)
    assert time.process_time() - began < 1.0
