# shellcheck shell=bash
# What the tests on a fresh lab host share: a host, what they look at, how they say what they found. The one that sources it sets
# $host, and $leave_out: paths beyond those of running services that a comparison of the disk leaves out.

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
project=$(dirname "$(dirname "$here")")
lab=$project/lab/lab
checks=0

say() { printf '\n== %s\n' "$*"; }
on() { "$lab" exec "$host" "$@"; }
script() { "$lab" exec "$host" bash -euc "$1"; }

check() { # DESCRIPTION COMMAND...
  local what=$1
  shift
  checks=$((checks + 1))
  if "$@"; then
    printf 'ok   %s\n' "$what"
  else
    printf 'FAIL %s\n' "$what" >&2
    on journalctl --no-pager -n 20 -u davit-agent >&2 || true
    exit 1
  fi
}

not() { ! "$@"; }

same() { [ "$1" = "$2" ] || { diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") >&2; false; }; }

# Waits until a command succeeds; a condition with a deadline, never a fixed pause.
within() { # SECONDS COMMAND...
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    read -rt 0.2 <> <(:) || true
  done
}

refused() { # EXIT-CODE MESSAGE COMMAND...
  local code=0 out want=$1 text=$2
  shift 2
  out=$(on "$@" 2>&1) || code=$?
  [ $code = "$want" ] && grep -qF -- "$text" <<<"$out" || { printf 'exit %s: %s\n' $code "$out" >&2; false; }
}

# Whatever it finds: it says this.
answers() { # TEXT COMMAND...
  local text=$1 out
  shift
  out=$(on "$@" 2>&1) || true
  grep -qF -- "$text" <<<"$out" || { printf '%s\n' "$out" >&2; false; }
}

# Everything on the disk by type, mode, owner, link and content, but for what running services write by themselves and what
# useradd and userdel rewrite.
files() {
  script 'where="-path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log \
      -o -path /var/lib/systemd -o -path /var/cache -o '"$leave_out"'"
    find / -xdev \( $where \) -prune -o -printf "%y %m %U:%G %p %l\n"
    find / -xdev \( $where \) -prune -o -type f -exec sha256sum {} +' | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid)-? ?$' | sort
}

logged() { [[ $(on journalctl --no-pager -o cat -u davit-agent) == *"$1"* ]]; }

warm() { [[ $(on env JAVA_TOOL_OPTIONS=-Xlog:class+load davit version --client 2>&1) == *'io.davit.cli.Davit source: shared objects file'* ]]; }

# systemd-analyze verify only warns about keys that it does not know.
verified() {
  local said
  said=$(on systemd-analyze verify "$1" 2>&1) && [ -z "$said" ] || { printf '%s\n' "$said" >&2; false; }
}

# newest PATTERN: of what install/package and install/debs made.
newest() {
  local found
  # shellcheck disable=SC2012 # plain names
  found=$(ls -t "$project"/install/target/$1 2>/dev/null | head -n 1)
  [ -n "$found" ] || { echo "no $1 in install/target: run install/package and install/debs first" >&2; exit 1; }
  printf '%s\n' "$found"
}

clean() { "$lab" down --wipe; }
