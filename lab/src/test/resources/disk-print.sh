# Everything on a host's disk, one fact a line, sorted: type, mode, owner, link and content, of data directories too. Left out: what
# running services write by themselves, and what useradd, dpkg and a boot rewrite. /var/lib/kubelet is a mount point on hosts of the
# lab, so it is emptied and not removed, and has the mode that a kubelet gave it.
export LC_ALL=C
prune='-path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/systemd -o -path /var/lib/dpkg -o -path /root'
# shellcheck disable=SC2086
find / \( $prune \) -prune -o -printf 'path %p %y %m %u:%g %l\n' 2>/dev/null | grep -v '^path /var/lib/kubelet ' | sort
# shellcheck disable=SC2086
find / \( $prune -o -path /usr -o -path '/etc/passwd*' -o -path '/etc/shadow*' -o -path '/etc/group*' -o -path '/etc/gshadow*' -o -path '/etc/subuid*' -o -path '/etc/subgid*' -o -path /etc/ld.so.cache -o -path /etc/hosts \) -prune -o -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum 2>/dev/null
