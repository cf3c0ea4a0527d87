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

# debian_apt SUITE FOLDER STATUS-FILE ARGUMENT...: apt-get with folders of its own and the machine's sources for SUITE.
debian_apt() {
  local suite=$1 apt=$2 status=$3
  shift 3
  mkdir -p "$apt"/{etc/apt.conf.d,etc/preferences.d,state/lists/partial,cache/archives/partial}
  debian_sources "$suite" >"$apt/etc/debian.sources"
  apt-get -q -o "Dir::Etc::sourcelist=$apt/etc/debian.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::Etc::preferencesparts=$apt/etc/preferences.d" -o Dir::Etc::preferences=/dev/null \
    -o "Dir::State=$apt/state" -o "Dir::State::status=$status" -o "Dir::Cache=$apt/cache" \
    -o "APT::Architecture=$ARCH" -o APT::Architectures::="$ARCH" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any "$@"
}

# debian_fetch SUITE FOLDER PACKAGE...: downloads the packages' .deb files into FOLDER.
debian_fetch() {
  local suite=$1 folder=$2 apt=$STATE/apt/$1
  shift 2
  mkdir -p "$apt/state" "$folder"
  : >"$apt/state/status"
  if ! { debian_apt "$suite" "$apt" "$apt/state/status" update &&
    (cd "$folder" && debian_apt "$suite" "$apt" "$apt/state/status" download "$@"); } >"$apt/log" 2>&1; then
    tail -n 8 "$apt/log" >&2
    die "cannot fetch the Debian packages $* of $suite: apt-get failed (its last lines are above)" "see $apt/log"
  fi
}

# debian_repository SUITE FOLDER ROOT PACKAGE...: makes FOLDER a flat apt repository (served as debian/) of the packages and of everything that
# the system in ROOT lacks for them.
debian_repository() {
  local suite=$1 folder=$2 status=$3/var/lib/dpkg/status apt=$2.apt deb
  shift 3
  mkdir -p "$folder"
  if ! { debian_apt "$suite" "$apt" "$status" update &&
    debian_apt "$suite" "$apt" "$status" --yes --download-only --no-install-recommends install "$@"; } >"$folder.log" 2>&1; then
    tail -n 8 "$folder.log" >&2
    die "cannot fetch the Debian packages $* of $suite: apt-get failed (its last lines are above)" "see $folder.log"
  fi
  for deb in "$apt"/cache/archives/*.deb; do
    mv "$deb" "$folder/$(basename "${deb//%3a/:}")"
  done
  rm -rf "$apt" "$folder.log"
  (
    cd "$folder"
    for deb in *.deb; do
      dpkg-deb -f "$deb"
      printf 'Filename: debian/%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
    done >Packages
    printf 'Architectures: %s\nDate: %s\nSHA256:\n %s %s Packages\n' "$ARCH" "$(date -uR)" \
      "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" >Release
  )
}
