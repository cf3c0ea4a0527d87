# shellcheck shell=bash
# Debian packages, taken from where the machine takes its own, without touching the machine's apt.

# The suite that the machine's sources are written for.
debian_sources() { # SUITE: the machine's sources for that suite, in deb822 form
  local own
  own=$(machine_suite)
  python3 "$LAB_HOME/lib/apt-sources" "${own:-bookworm}" "$1" ||
    die "cannot find Debian packages: no source in /etc/apt serves suite '${own:-bookworm}' (main)" \
      "the lab needs a Debian 12 or 13 machine with its sources in /etc/apt/sources.list or sources.list.d/*.sources"
}

# debian_fetch SUITE FOLDER PACKAGE...: downloads the packages' .deb files into FOLDER.
debian_fetch() {
  local suite=$1 folder=$2 apt=$STATE/apt/$1
  shift 2
  mkdir -p "$apt"/{etc/apt.conf.d,etc/preferences.d,state/lists/partial,cache/archives/partial} "$folder"
  debian_sources "$suite" >"$apt/etc/debian.sources"
  : >"$apt/state/status"
  local options=(
    -q -o "Dir::Etc::sourcelist=$apt/etc/debian.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::Etc::preferencesparts=$apt/etc/preferences.d" -o Dir::Etc::preferences=/dev/null
    -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache"
    -o "APT::Architecture=$ARCH" -o APT::Architectures::="$ARCH" -o APT::Sandbox::User=root
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any
  )
  if ! { apt-get "${options[@]}" update && (cd "$folder" && apt-get "${options[@]}" download "$@"); } >"$apt/log" 2>&1; then
    tail -n 8 "$apt/log" >&2
    die "cannot fetch the Debian packages $* of $suite: apt-get failed (its last lines are above)" "see $apt/log"
  fi
}
