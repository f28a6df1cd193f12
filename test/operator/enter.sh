#!/bin/sh
# enter.sh PLACE COMMAND…: the command as root of a root of its own, below PLACE. Run it in namespaces of mounts, network
# and processes. Every write is laid over this machine's files, in memory; /test of the root is PLACE.
set -eu
place=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
mkdir -p "$place/layer"
mount -t tmpfs tmpfs "$place/layer"
mkdir "$place/layer/upper" "$place/layer/work" "$place/layer/root"
root=$place/layer/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/layer/upper,workdir=$place/layer/work" "$root"
# Nothing of what runs on this machine: its sockets, engine and processes stay outside.
for directory in run tmp var/tmp; do mount -t tmpfs tmpfs "$root/$directory"; done
mkdir -p "$root$checkout" "$root/test"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$checkout" "$root$checkout"
mount --bind "$place" "$root/test"
ip link set lo up
exec env -i PATH="$here/stand-ins:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LANG=C.UTF-8 \
  CC_CI_CHECKOUT="$checkout" chroot "$root" "$@"
