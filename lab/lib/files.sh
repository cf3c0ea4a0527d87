# shellcheck shell=bash
# Files into and out of hosts, and full disks.

# copy SRC NAME:DST or NAME:SRC DST, files or folders, like cp -r: into DST if it is a folder. What
# goes in belongs to root. Paths are resolved inside the host, so its links lead nowhere else.
files_copy() {
  local source=$1 target=$2 leader
  if [[ $target == *:* && $source != *:* ]]; then
    leader=$(need_leader "${target%%:*}")
    [ -e "$source" ] || die "cannot copy $source: no such file"
    tar -C "$(dirname "$source")" --owner=0 --group=0 -cf - -- "$(basename "$source")" |
      host_exec "$leader" dumb sh -c "$FILES_UNPACK" sh "$(basename "$source")" "${target#*:}" ||
      die "cannot copy $source to $target"
  elif [[ $source == *:* && $target != *:* ]]; then
    leader=$(need_leader "${source%%:*}")
    host_exec "$leader" dumb test -e "${source#*:}" || die "cannot copy $source: no such file in the host"
    host_exec "$leader" dumb tar -C "$(dirname "${source#*:}")" -cf - -- "$(basename "${source#*:}")" |
      sh -c "$FILES_UNPACK" sh "$(basename "${source#*:}")" "$target" || die "cannot copy $source to $target"
  else
    usage_error "cannot copy: exactly one of the two places is NAME:PATH"
  fi
}

# Unpacks a tar of one entry ($1) from stdin to $2: beside the target first, then renamed over it.
# shellcheck disable=SC2016 # it is expanded by the sh that runs it
FILES_UNPACK='set -e
case $2 in /*) target=$2 ;; *) target=$PWD/$2 ;; esac
[ ! -d "$target" ] || target=${target%/}/$1
mkdir -p "$(dirname "$target")"
beside=$(mktemp -d "$(dirname "$target")/.copy.XXXXXX")
trap "rm -rf \"\$beside\"" EXIT
tar -C "$beside" --no-same-owner -xf -
if [ -d "$target" ]; then cp -a "$beside/$1/." "$target/"; else mv -f "$beside/$1" "$target"; fi'

# ---- full disks ----
# A small file system of its own (tmpfs) is laid over DIR with what DIR holds, and filled to the last
# byte. unfill puts what DIR holds then back to where it was. A power-off does so too, but without
# what was written meanwhile.

files_fill() { # NAME DIR
  local leader
  leader=$(need_leader "$1")
  # shellcheck disable=SC2016
  host_exec "$leader" dumb bash -c '
    set -euo pipefail
    dir=$1
    fail() { echo "lab: cannot fill $dir: $1" >&2; exit 1; }
    [ "${dir#/}" != "$dir" ] || fail "it is not an absolute path"
    [ "$(stat -f -c %T "$dir" 2>/dev/null)" != tmpfs ] || fail "it lies on a tmpfs; is it full already?"
    mkdir -p "$dir"
    users=$(find /proc/[0-9]*/fd -lname "$dir/*" 2>/dev/null | cut -d/ -f3 | sort -un | tr "\n" " " || true)
    [ -z "$users" ] || fail "processes have files open below it (pids $users); stop them first"
    kib=$(($(du -sk "$dir" | cut -f1) * 5 / 4 + 4096))
    below=/run/davit-lab-fill/$(systemd-escape --path "$dir")
    mkdir -p "$below"
    mount --bind "$dir" "$below"
    mount --make-private "$below"
    mount -t tmpfs -o "size=${kib}k,mode=$(stat -c %a "$dir")" davit-lab-fill "$dir"
    chown --reference="$below" "$dir"
    cp -a "$below/." "$dir/"
    dd if=/dev/zero of="$dir/.fill" bs=64k status=none 2>/dev/null || true
    dd if=/dev/zero of="$dir/.fill" bs=1 oflag=append conv=notrunc count=65536 status=none 2>/dev/null || true
  ' bash "$2"
}

files_unfill() { # NAME DIR
  local leader
  leader=$(need_leader "$1")
  # shellcheck disable=SC2016
  host_exec "$leader" dumb bash -c '
    set -euo pipefail
    dir=$1
    below=/run/davit-lab-fill/$(systemd-escape --path "$dir")
    mountpoint -q "$below" || { echo "lab: cannot unfill $dir: it was not filled" >&2; exit 1; }
    rm -f "$dir/.fill"
    find "$below" -mindepth 1 -delete
    cp -a "$dir/." "$below/"
    umount "$dir" 2>/dev/null || umount -l "$dir"
    umount "$below"
    rmdir "$below"
  ' bash "$2"
}
