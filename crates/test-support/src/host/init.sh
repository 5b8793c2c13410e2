# The beginning of a lab host, as the first process in namespaces of its own.
# $1: its root; $2: its address; $3: its name; $4: "scripts" or "systemd".
# It ends when its standard input does, that is, when the test ends: all processes of the host end with it.
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs -o mode=755,nosuid run /run
hostname "$3"
ip link set lo up
# Both ends lie inside: the host has a card with an address and no way out.
ip link add eth0 type veth peer name cable
ip addr add "$2/24" dev eth0
ip link set eth0 up
ip link set cable up

if [ "$4" = systemd ]; then
    SYSTEMD_NSPAWN_LOCK=0 systemd-nspawn --quiet --boot --register=no --keep-unit --console=read-only \
        --resolv-conf=off --timezone=off --link-journal=no --machine="$3" --hostname="$3" --directory="$1" >/dev/null &
    echo ready
    exec cat
fi

groups=$(while read -r _ at kind options _; do case $kind,$at in *,*/cpuset) ;; cgroup*) echo "$kind $at $options" ;; esac; done </proc/mounts)
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
echo "$groups" | while read -r kind at options; do
    case $kind in
    cgroup2) mkdir -p ".$at" && mount -t cgroup2 cgroup2 ".$at" ;;
    cgroup)
        names=$(echo "$options" | sed 's/^rw,//; s/relatime,//; s/nosuid,//; s/nodev,//; s/noexec,//; s/^name=/none,name=/')
        mkdir -p ".$at" && mount -t cgroup -o "$names" cgroup ".$at"
        ;;
    esac
done
mount -t tmpfs -o mode=755,nosuid dev dev
# Nodes of its own: a chown in here must not reach the machine's.
for node in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
    mknod -m 666 "dev/${node% *}" c 1 "${node#* }"
done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=755,nosuid run run
mkdir -m 1777 run/lock
mount --move . /
# The kernel reaps the children of a first process that ignores their signal; a shell cannot ignore it.
exec chroot . /bin/sh -c 'echo ready; exec env --ignore-signal=CHLD cat'
