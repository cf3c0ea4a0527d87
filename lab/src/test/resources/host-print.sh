# Everything on a host that planning must leave as it is, one fact a line, sorted. Left out: what running services write by
# themselves (/proc, /sys, /run, /tmp, /var/log, the agent's journal and the output of what it ran, the data of etcd and k3s).
export LC_ALL=C
prune='-path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/lib/davit/agent/journal -o -path /var/lib/davit/agent/output -o -path /var/lib/etcd -o -path /var/lib/rancher -o -path /var/lib/kubelet -o -path /var/lib/systemd/timers'
# shellcheck disable=SC2086
find / \( $prune \) -prune -o -printf 'path %p %y %m %u:%g %T@ %l\n' 2>/dev/null
# shellcheck disable=SC2086
find / \( $prune -o -path /opt/davit/agent -o -path /usr \) -prune -o -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum 2>/dev/null | sed 's/^/hash /'
systemctl list-units --all --no-legend --plain --type=service,socket,timer,mount | awk '$1 !~ /^(run-|tmp-|apt-|systemd-tmpfiles-clean|man-db|logrotate|dpkg-db)/ {print "unit", $1, $2, $3}'
for unit in davit-agent etcd k3s k3s-agent; do
    systemctl show "$unit" -p InvocationID -p NRestarts -p ActiveEnterTimestampMonotonic 2>/dev/null | sed "s/^/unit $unit /"
done
systemctl list-unit-files --no-legend --plain | awk '{print "unit-file", $1, $2}'
sysctl -a 2>/dev/null | grep -vE '^(kernel\.random\.|kernel\.ns_last_pid|fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.)|net\.netfilter\.nf_conntrack_count|kernel\.(pty|threads|tainted)|vm\.|debug\.|kernel\.sched|dev\.|net\.ipv4\.tcp_fastopen_key|net\.core\.netdev|fs\.aio-nr|net\.ipv4\.(route|tcp_mem|udp_mem))' | sed 's/^/sysctl /'
nft list ruleset 2>/dev/null | sed -E 's/packets [0-9]+ bytes [0-9]+//' | grep -vE 'KUBE|CNI|FLANNEL' | sed 's/^/nft /'
iptables-save 2>/dev/null | grep -v '^#' | sed -E 's/\[[0-9]+:[0-9]+\]//' | grep -vE 'KUBE|CNI|FLANNEL' | sed 's/^/iptables /'
# Processes of pods come and go by themselves; so does this script.
for process in /proc/[0-9]*; do
    grep -qs -e kubepods "$process/cgroup" && continue
    line=$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)
    case $line in
    '' | *containerd-shim* | 'sh -s '* | 'sort ' | *systemd-tmpfiles* | *'(sd-pam)'*) ;;
    *) printf 'process %s\n' "$line" ;;
    esac
done | sort
