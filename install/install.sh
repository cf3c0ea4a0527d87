#!/bin/sh
# Puts Davit's controller, its agent, or both on this machine; or takes them away. Needs nothing from the network.
#
#   install.sh --agent [--controller-address HOST] [--token-file FILE] [--image]
#   install.sh --controller
#   install.sh --uninstall [--agent] [--controller] [--purge]
#
# --controller-address HOST  where the controller answers; the agent is enabled and started
# --token-file FILE          a join token (`davit token create`), copied to /etc/davit/token
# --image                    for an image that machines will boot from: the agent is enabled and not started. Address and
#                            token may come with the machine; /etc/machine-id is yours to empty before the image is taken
# --uninstall                takes programs, units and links away; configuration and state stay
# --purge                    with --uninstall: configuration, state and the user davit go too
#
# Running it again changes nothing; with another version it upgrades and restarts what runs.
set -eu
umask 022
LC_ALL=C
export LC_ALL

here=$(dirname "$(readlink -f "$0")")
created=/var/lib/davit/install.created

fail() { # what, remedy
  printf 'install.sh: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf '  → %s\n' "$2" >&2
  exit 1
}

usage() {
  [ $# -eq 0 ] || printf 'install.sh: %s\n' "$1" >&2
  sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
  exit 64
}

say() { printf '%s\n' "$@"; }

main() {
  agent=no controller=no uninstall=no purge=no image=no address='' token=''
  while [ $# -gt 0 ]; do
    case $1 in
      --agent) agent=yes ;;
      --controller) controller=yes ;;
      --uninstall) uninstall=yes ;;
      --purge) purge=yes ;;
      --image) image=yes ;;
      --controller-address) [ $# -ge 2 ] || usage "$1 needs a value"; address=$2; shift ;;
      --token-file) [ $# -ge 2 ] || usage "$1 needs a value"; token=$2; shift ;;
      -h | --help) usage ;;
      *) usage "unknown option $1" ;;
    esac
    shift
  done
  check_options
  check_machine
  check_no_package
  if [ $uninstall = yes ]; then
    uninstall
  else
    check_package
    [ $controller = no ] || install_controller
    [ $agent = no ] || install_agent
  fi
}

# ---- before anything is touched ----

check_options() {
  if [ $uninstall = yes ]; then
    [ -z "$address$token" ] || usage "--uninstall goes with neither --controller-address nor --token-file"
    [ $image = no ] || usage "--image does not go with --uninstall"
    [ $agent$controller != nono ] || { agent=yes controller=yes; }
    return
  fi
  [ $purge = no ] || usage "--purge goes with --uninstall only"
  [ $agent$controller != nono ] || usage "say what to install: --agent, --controller, or both"
  [ $agent = yes ] || [ -z "$address$token" ] || usage "--controller-address and --token-file go with --agent"
  [ $image = no ] || [ $agent$controller = yesno ] || usage "--image goes with --agent alone"
  [ $image = no ] || [ -z "$token" ] || usage "--image and --token-file do not go together: whoever has the image would have the token"
  if [ $image = yes ] && [ -e /var/lib/davit/agent/identity ]; then
    fail "cannot make this an image: the machine is enrolled, and each copy would have its identity in /var/lib/davit/agent" \
      "$0 --uninstall --purge, then install with --image"
  fi
  case $address in
    '') ;;
    *[!A-Za-z0-9.:-]* | -* | .*) fail "cannot use the controller address '$address'" "give a DNS name or an IP address, without a port" ;;
    *:*:*) address="[$address]" ;;
    *:*) fail "cannot use the controller address '$address': it has a port" "give the host alone; the ports are 7443 and 7444" ;;
  esac
  [ -z "$token" ] || [ -r "$token" ] || fail "cannot read the token file $token"
  [ -z "$token" ] || grep -Eqx 'dvt1\.[a-z2-7]{10}\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}(,[A-Za-z0-9_-]{43})?' "$token" ||
    fail "cannot use the token file $token: there is no token of the form dvt1.<id>.<secret>.<pin> in it" "\`davit token create\` makes one"
  [ -n "$address" ] || return 0
  case "$(named_controller)" in
    '' | "$address" | "$address:7443") ;;
    *) fail "cannot set the controller address $address: /etc/davit/agent.conf, or a file of agent.conf.d, names another ($(named_controller))" \
      "edit that file and run: systemctl restart davit-agent" ;;
  esac
}

# The controller that the files of the configuration name, the last one winning.
named_controller() {
  cat /etc/davit/agent.conf /etc/davit/agent.conf.d/*.conf 2>/dev/null | sed -n 's/^ *controller *= *//p' | tail -n 1
}

check_machine() {
  [ "$(id -u)" = 0 ] || fail "cannot install: root is needed" "sudo $0 …"
  [ "$(uname -s)" = Linux ] || fail "cannot install: this is $(uname -s), and Linux is needed"
  [ -d /run/systemd/system ] || fail "cannot install: systemd does not run this machine"
  systemd=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  [ "${systemd:-0}" -ge 247 ] || fail "cannot install: systemd ${systemd:-?} is too old, 247 is needed"
}

# Each would overwrite, and later take away, what the other put here.
check_no_package() {
  [ $agent = no ] || no_package agent
  [ $controller = no ] || no_package controller
}

no_package() { # PROGRAM
  [ "$(dpkg-query -W -f '${db:Status-Status}' "davit-$1" 2>/dev/null || true)" = installed ] || return 0
  [ $uninstall = no ] || fail "cannot take the $1 away: the package davit-$1 put it here" "apt-get remove davit-$1    (or purge)"
  fail "cannot install the $1: the package davit-$1 put it here" \
    "install the newer package; or first: apt-get remove davit-$1    (configuration and state stay)"
}

check_package() {
  for needed in SHA256SUMS VERSION runtime/bin/java; do
    [ -e "$here/$needed" ] || fail "cannot install: $here/$needed is missing" "unpack the whole archive and run install.sh from its folder"
  done
  "$here/runtime/bin/java" -version >/dev/null 2>&1 ||
    fail "cannot install: the Java runtime of this package does not start on $(uname -m) here" "take the archive for this architecture; the C library must be as new as the builder's"
  wrong=$(cd "$here" && sha256sum --check --quiet SHA256SUMS 2>&1) ||
    fail "cannot install: files differ from SHA256SUMS: $(printf %s "$wrong" | head -n 3 | tr '\n' ' ')" "fetch and unpack the archive again"
  version=$(cat "$here/VERSION")
}

# The same version built twice is two builds: the folder's name tells them apart. The agent has a list of its own contents, since
# it is also upgraded without this package.
build_of() { # PROGRAM
  sums=$here/$1/SHA256SUMS
  [ -e "$sums" ] || sums=$here/SHA256SUMS
  printf '%s-%s\n' "$version" "$(sha256sum "$sums" | cut -c1-12)"
}

# ---- common parts ----

# Directories that were not there are written down, so that they can be taken away again.
make_directory() { # PATH MODE
  if [ ! -d "$1" ]; then
    case $1 in */*/*) [ -d "${1%/*}" ] || make_directory "${1%/*}" 0755 ;; esac
    install -d -m "$2" "$1"
    [ -d "${created%/*}" ] || make_directory /var/lib/davit 0755
    printf '%s\n' "$1" >>"$created"
  fi
}

# Installs a file if it differs; says yes in $changed when it did.
put_file() { # FROM TO MODE
  if ! cmp -s "$1" "$2"; then
    make_directory "${2%/*}" 0755
    install -m "$3" "$1" "$2.davit-new"
    mv "$2.davit-new" "$2"
    changed=yes
  fi
}

put_link() { # TARGET LINK
  if [ "$(readlink "$2" || true)" != "$1" ]; then
    if [ -e "$2" ] && [ ! -L "$2" ]; then
      fail "cannot link $2: a file that is not Davit's is there" "move it away"
    fi
    make_directory "${2%/*}" 0755
    ln -sfn "$1" "$2.davit-new"
    mv -T "$2.davit-new" "$2"
    changed=yes
  fi
}

# A program's own tree: /opt/davit/<program>/<build> with bin, lib and runtime, and the link `current`.
put_program() { # PROGRAM
  base=/opt/davit/$1
  build=$(build_of "$1")
  make_directory "$base" 0755
  if [ ! -d "$base/$build" ]; then
    rm -rf "$base"/.new
    mkdir "$base/.new"
    # With their times: a recorded start is used only while no jar is newer.
    cp -R --preserve=timestamps "$here/$1/bin" "$here/$1/lib" "$here/runtime" "$here/LICENSE" "$here/VERSION" "$base/.new/"
    [ ! -e "$here/$1/SHA256SUMS" ] || cp --preserve=timestamps "$here/$1/SHA256SUMS" "$base/.new/"
    chmod -R u=rwX,go=rX "$base/.new"
    sync -f "$base/.new"
    mv "$base/.new" "$base/$build"
    changed=yes
  fi
  previous=$(readlink "$base/current" || true)
  [ "$previous" != "$build" ] || return 0
  put_link "$build" "$base/current"
  # The version before this one stays, for going back; older ones go.
  for old in "$base"/*-*; do
    case ${old##*/} in "$build" | "${previous:-$build}") ;; *) rm -rf "$old" ;; esac
  done
}

# ---- agent ----

install_agent() {
  changed=no
  [ ! -e /var/lib/davit/agent/switch/pending ] ||
    fail "cannot install the agent: an upgrade of it is under way" "journalctl -fu davit-agent-switch shows its end, in two minutes at most"
  put_program agent
  agent_directories
  put_switch
  put_file "$here/tmpfiles/davit-agent.conf" /etc/tmpfiles.d/davit-agent.conf 0644
  put_link /opt/davit/agent/current/bin/davit-agent /usr/local/sbin/davit-agent
  unit_changed=$changed
  put_manual 8
  changed=no
  put_file "$here/units/davit-agent.service" /etc/systemd/system/davit-agent.service 0644
  [ $changed = no ] || systemctl daemon-reload
  [ $unit_changed = no ] || changed=yes
  if [ -n "$address" ] && [ -z "$(named_controller)" ]; then
    put_address
    changed=yes
  fi
  put_token
  start_agent
}

# What changes the agent's build when the controller upgrades it: outside of every build, so that it outlives a bad one.
put_switch() {
  switch_changed=$changed
  changed=no
  put_file "$here/share/agent-switch" /opt/davit/agent-switch 0755
  put_file "$here/units/davit-agent-switch.service" /etc/systemd/system/davit-agent-switch.service 0644
  [ $changed = no ] || systemctl daemon-reload
  systemctl is-enabled --quiet davit-agent-switch.service || systemctl --quiet enable davit-agent-switch.service
  changed=$switch_changed
}

# As tmpfiles.d does it at each boot; here for the directories that have to be taken away again.
agent_directories() {
  sed -n 's/^d \([^ ]*\) \([^ ]*\).*/\1 \2/p' "$here/tmpfiles/davit-agent.conf" | while read -r directory mode; do
    [ "$mode" != - ] || mode=0755
    make_directory "$directory" "$mode"
  done
}

# A file that is there and names no controller is a package's, or somebody's own: it stays as it is.
put_address() {
  conf=/etc/davit/agent.conf
  if [ -e $conf ]; then
    make_directory $conf.d 0755
    conf=$conf.d/controller.conf
  fi
  sed "s|@CONTROLLER@|$address|" "$here/share/agent.conf" >"$conf.davit-new"
  mv "$conf.davit-new" "$conf"
}

put_token() {
  [ -n "$token" ] || return 0
  if [ -e "/var/lib/davit/agent/identity" ]; then
    say "This host is enrolled already: the token is not needed and not copied."
    return 0
  fi
  [ "$(readlink -f "$token")" != "$(readlink -f "/etc/davit/token")" ] || return 0
  (umask 077 && cat "$token" >"/etc/davit/token.davit-new")
  mv "/etc/davit/token.davit-new" "/etc/davit/token"
}

start_agent() {
  if [ $image = yes ]; then
    systemctl is-enabled --quiet davit-agent.service || systemctl --quiet enable davit-agent.service
    say "The agent $version is installed and starts with the machines that boot from this image." \
      "Next: empty /etc/machine-id, shut down, take the image."
    return 0
  fi
  if [ -z "$(named_controller)" ]; then
    say "The agent $version is installed." \
      "Next: $here/install.sh --agent --controller-address HOST --token-file FILE"
    return 0
  fi
  systemctl is-enabled --quiet davit-agent.service || systemctl --quiet enable davit-agent.service
  if ! systemctl is-active --quiet davit-agent.service; then
    systemctl start davit-agent.service
    say "The agent $version is installed and runs."
  elif [ $changed = yes ]; then
    systemctl restart davit-agent.service
    say "The agent $version is installed and was restarted."
  else
    say "The agent $version is installed and runs already: nothing was changed."
  fi
  say "Next: journalctl -fu davit-agent    and, where you use davit: davit hosts"
}

# ---- controller ----

install_controller() {
  changed=no
  put_program controller
  put_agent_for_hosts
  if ! grep -q '^davit:' "/etc/passwd"; then
    useradd --system --user-group --no-create-home --home-dir /var/lib/davit/controller \
      --shell /usr/sbin/nologin --comment "Davit controller" davit
  fi
  make_directory /etc/davit 0755
  make_directory /var/lib/davit 0755
  make_directory /var/lib/davit/controller 0700
  [ "$(stat -c %U /var/lib/davit/controller)" = davit ] || chown davit:davit /var/lib/davit/controller
  put_file "$here/tmpfiles/davit.conf" /etc/tmpfiles.d/davit.conf 0644
  put_link /opt/davit/controller/current/bin/davit /usr/local/bin/davit
  unit_changed=$changed
  put_manual 1
  put_completion
  changed=no
  put_file "$here/units/davit.service" /etc/systemd/system/davit.service 0644
  [ $changed = no ] || systemctl daemon-reload
  [ $unit_changed = no ] || changed=yes
  if [ $changed = yes ] && systemctl is-active --quiet davit.service; then
    systemctl restart davit.service
    say "The controller $version is installed and was restarted."
  elif [ -e "/etc/davit/controller.yaml" ]; then
    say "The controller $version is installed." \
      "Next: systemctl enable --now davit"
  else
    say "The controller $version is installed." \
      "Next: davit init --name $(uname -n)    then: systemctl enable --now davit"
  fi
}

# ---- manual pages and completion ----

# Of the controller's package: the davit command's. Where a shell looks for them is where its own package put its folder.
MANUAL=/usr/local/share/man
put_manual() { # SECTION
  for page in "$here/man/man$1"/*; do
    put_file "$page" "$MANUAL/man$1/${page##*/}" 0644
  done
}

put_completion() {
  [ ! -d /usr/share/bash-completion/completions ] ||
    put_file "$here/share/completion/davit.bash" /etc/bash_completion.d/davit 0644
  [ ! -d /usr/share/zsh/vendor-completions ] ||
    put_file "$here/share/completion/davit.zsh" /usr/local/share/zsh/site-functions/_davit 0644
  [ ! -d /usr/share/fish/vendor_completions.d ] ||
    put_file "$here/share/completion/davit.fish" /etc/fish/completions/davit.fish 0644
}

# The agent of this version as one file, for the hosts that this controller upgrades (`davit agents upgrade`).
put_agent_for_hosts() {
  to=/opt/davit/controller/$build/agents
  file=$to/$(build_of agent).tar.gz
  [ ! -e "$file" ] || return 0
  make_directory "$to" 0755
  tar --dereference --hard-dereference --sort=name --owner=0 --group=0 --numeric-owner --mode='u+rw,go=rX,u-s,g-s' --format=gnu \
    -cf - -C "$here/agent" SHA256SUMS bin lib -C "$here" LICENSE VERSION runtime | gzip -n -1 >"$file.new"
  sync -f "$file.new"
  mv "$file.new" "$file"
  changed=yes
}

# ---- away ----

uninstall() {
  if [ $agent = yes ]; then
    remove_link /opt/davit/agent/current/bin/davit-agent /usr/local/sbin/davit-agent
    rm -f "$MANUAL/man8/davit-agent.8"
    remove_program agent davit-agent.service davit-agent.conf
    remove_program agent davit-agent-switch.service davit-agent.conf
    rm -f /opt/davit/agent-switch
  fi
  if [ $controller = yes ]; then
    remove_link /opt/davit/controller/current/bin/davit /usr/local/bin/davit
    rm -f "$MANUAL"/man1/davit.1 "$MANUAL"/man1/davit-*.1
    rm -f /etc/bash_completion.d/davit /usr/local/share/zsh/site-functions/_davit /etc/fish/completions/davit.fish
    remove_program controller davit.service davit.conf
  fi
  [ $purge = no ] || purge_state
  remove_empty_directories
  if [ $purge = no ]; then
    say "Davit's programs are gone. Configuration and state stay in /etc/davit and /var/lib/davit; --purge removes them too."
  else
    say "Davit is gone."
  fi
  if [ -d "/opt/davit/artifacts" ]; then
    say "/opt/davit/artifacts stays: services on this host run from there (take the host out of its cluster first: out of the file, and davit apply)."
  fi
}

remove_link() { # TARGET LINK: if it is ours
  [ "$(readlink "$2" || true)" != "$1" ] || rm "$2"
}

remove_program() { # PROGRAM UNIT TMPFILES
  if [ -e "/etc/systemd/system/$2" ]; then
    systemctl --quiet disable --now "$2" || fail "cannot stop $2" "systemctl status $2"
    rm -f "/etc/systemd/system/$2" "/etc/systemd/system/multi-user.target.wants/$2"
    systemctl daemon-reload
    systemctl reset-failed "$2" 2>/dev/null || true
  fi
  rm -f "/etc/tmpfiles.d/$3"
  rm -rf "/opt/davit/$1"
}

purge_state() {
  if [ $agent = yes ]; then
    rm -f "/etc/davit/agent.conf" "/etc/davit/token"
    rm -rf /etc/davit/agent.conf.d
    if grep -qs '"role"' /var/lib/davit/agent/ledger; then
      say "Roles of a cluster are on this host. Their services go on, and /var/lib/davit/agent stays: it has the list of what is theirs." \
        "To end them install the agent again and remove the host from its cluster; or, for good: rm -rf /var/lib/davit/agent"
    else
      rm -rf "/var/lib/davit/agent"
    fi
  fi
  if [ $controller = yes ]; then
    rm -rf "/var/lib/davit/controller"
    rm -f "/etc/davit/controller.yaml" "/etc/davit/controller.key" "/etc/davit/monitoring.token"
    if grep -q '^davit:' "/etc/passwd"; then
      userdel davit
    fi
  fi
  # A package that was removed, and purged after this was installed, has left it.
  dpkg-query -S /etc/davit >/dev/null 2>&1 || rmdir /etc/davit 2>/dev/null || true
}

# Deepest first; those that hold something, and those that were here before us, stay.
remove_empty_directories() {
  [ -e "$created" ] || return 0
  sort -ru "$created" >"$created.sorted"
  while read -r directory; do
    [ "$directory" != /var/lib/davit ] || continue
    rmdir "$directory" 2>/dev/null || true
  done <"$created.sorted"
  : >"$created.left"
  while read -r directory; do
    [ ! -d "$directory" ] || printf '%s\n' "$directory" >>"$created.left"
  done <"$created.sorted"
  rm "$created.sorted"
  if grep -vqx /var/lib/davit "$created.left"; then
    mv "$created.left" "$created"
  else
    rm -f "$created" "$created.left"
    rmdir "/var/lib/davit" 2>/dev/null || true
  fi
}

main "$@"
