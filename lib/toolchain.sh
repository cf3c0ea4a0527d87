# shellcheck shell=bash
# What building needs: a JDK 25, Maven 3.9, a few OS packages. Sourced by verify and quickstart, from the project's root.

maven_version=3.9.11
tools=.tools

say() { printf '\n== %s\n' "$*"; }
die() {
    printf '%s\n' "$@" >&2
    exit 69
}

# os_packages NAME...: installs those that are missing.
os_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    command -v apt-get >/dev/null || die "cannot install ${missing[*]}: this is no Debian or Ubuntu; install them by hand"
    [ "$(id -u)" = 0 ] || die "cannot install ${missing[*]}: run as root once, or: apt-get install ${missing[*]}"
    say "Installing ${missing[*]}"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "${missing[@]}" >/dev/null
}

# Sets JAVA_HOME to a JDK 25: the one that is set, one in the usual places, else the OS's package.
jdk_ready() {
    local candidate
    for candidate in "${JAVA_HOME:-/nonexistent}" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
        if [ -x "$candidate/bin/javac" ] && "$candidate/bin/javac" -version 2>&1 | grep -q '^javac 25'; then
            export JAVA_HOME=$candidate
            return 0
        fi
    done
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get -qq update
        # No pipe into grep -q: it may leave before the other has written all, which pipefail takes for a failure.
        if [[ $(apt-cache policy openjdk-25-jdk-headless 2>/dev/null) == *'Candidate: 25'* ]]; then
            os_packages openjdk-25-jdk-headless binutils
            for candidate in /usr/lib/jvm/*25*; do
                [ -x "$candidate/bin/javac" ] && export JAVA_HOME=$candidate && return 0
            done
        fi
    fi
    die "cannot find a JDK 25: looked at JAVA_HOME, /usr/lib/jvm, /opt, and this OS has no package openjdk-25-jdk-headless" \
        "  → install Temurin 25 (adoptium.net) and set JAVA_HOME"
}

# Fetches Maven by its coordinates with the OS's own mvn, which is too old to build with.
maven_ready() {
    [ -x $tools/apache-maven-$maven_version/bin/mvn ] && return 0
    command -v mvn >/dev/null || os_packages maven
    say "Fetching Maven $maven_version"
    mkdir -p $tools
    local place=$PWD/$tools elsewhere
    elsewhere=$(mktemp -d) # no pom.xml and no .mvn above it: the old one would read ours, and fetch what it names
    (cd "$elsewhere" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact=org.apache.maven:apache-maven:$maven_version:tar.gz:bin -DoutputDirectory="$place") >&2
    rm -rf "$elsewhere"
    tar -xzf $tools/apache-maven-$maven_version-bin.tar.gz -C $tools
    rm -f $tools/apache-maven-$maven_version-bin.tar.gz
}

maven() { $tools/apache-maven-$maven_version/bin/mvn "$@"; }

toolchain_ready() {
    [ "$(uname -s)" = Linux ] || die "cannot build here: Linux is needed, this is $(uname -s)"
    command -v dpkg-query >/dev/null || die "cannot build here: Debian or Ubuntu is needed (dpkg-query was not found)"
    jdk_ready
    maven_ready
}

lab_packages_ready() {
    [ "$(id -u)" = 0 ] || die "cannot boot lab hosts: root is needed" "  → sudo $0"
    # shellcheck disable=SC2046 # one package a line
    os_packages $(lab/lab packages)
}

# manners_ready: the shells and readers that judge completion and manual pages. Without root their tests are left out, and say so.
manners_ready() {
    if [ "$(id -u)" = 0 ]; then
        os_packages zsh fish mandoc groff-base
    fi
}

# prometheus_ready: Prometheus and its promtool, unpacked below the tools and not installed, since the package would start a
# service. Since Debian 13 promtool is a package of its own. Says no where the machine's sources have none.
prometheus_ready() {
    command -v promtool >/dev/null && return 0
    local place=$PWD/$tools/prometheus
    if [ ! -x "$place/usr/bin/promtool" ]; then
        command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
        mkdir -p "$place"
        (
            cd "$place" && rm -f ./*.deb && apt-get -qq download prometheus 2>/dev/null || exit 1
            apt-get -qq download promtool 2>/dev/null || true
            for package in ./*.deb; do dpkg-deb -x "$package" . || exit 1; done
            rm ./*.deb
        ) || return 1
        [ -x "$place/usr/bin/promtool" ] || return 1
    fi
    PATH=$place/usr/bin:$PATH
}
