# Sourced by ./s3bench and ./test: `prepare base` or `prepare dev` sees to it that $root/.venv holds what is needed.
# POSIX sh. Set-up is redone where it was interrupted, and where pyproject.toml or the checkout's place has changed.

say() { printf 's3bench: %s\n' "$*" >&2; }

# Print the Python to use: $PYTHON where it is set, or else the newest that can make a virtual environment.
find_python() {
    too_bare=
    for candidate in ${PYTHON:+"$PYTHON"} ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
        too_bare=${too_bare:-$candidate}
    done
    if [ -n "$too_bare" ]; then
        version=$("$too_bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$too_bare cannot make virtual environments; install its venv module (Debian, Ubuntu: sudo apt-get install python$version-venv) and try again."
    elif [ -n "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON is not a Python 3.11 or newer."
    else
        say "no Python 3.11 or newer was found; install one, or say where it is: PYTHON=/path/to/python3 $0"
    fi
    return 1
}

prepare() {
    venv=$root/.venv
    stamp=$venv/.s3bench-stamp
    state="$(cksum <"$root/pyproject.toml") $root"
    found=
    [ -f "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null && found=$(cat "$stamp")
    case $found in
        "$state dev" | "$state $1") return 0 ;;
        *" dev") extra=dev ;;
        *) extra=$1 ;;
    esac

    if [ "$found" = "$state base" ]; then
        say "adding what tests need to $venv, once; this can take a minute ..."
    elif [ -n "$found" ]; then
        say "pyproject.toml has changed: updating $venv ..."
    else
        python=$(find_python) || return 1
        say "setting up $venv with $("$python" -V), once; this can take a minute ..."
    fi
    rm -f "$stamp"
    if [ -z "$found" ] && ! noise=$("$python" -m venv --clear "$venv" 2>&1); then
        printf '%s\n' "$noise" >&2
        say "making $venv failed; see above."
        return 1
    fi
    case $extra in dev) what='.[dev]' ;; *) what=. ;; esac
    if ! noise=$(cd "$root" && PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$venv/bin/python" -m pip install --no-input -e "$what" 2>&1 </dev/null); then
        printf '%s\n' "$noise" >&2
        say "installing packages into $venv failed; see above. Is there a network? The next call tries again."
        return 1
    fi
    printf '%s\n' "$state $extra" >"$stamp"
}
