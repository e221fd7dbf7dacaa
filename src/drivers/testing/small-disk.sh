#!/bin/sh
# Runs a server whose data lie on a small disk: small-disk.sh DATA BYTES UID GID COMMAND..., as root and in a mount namespace
# of its own (unshare -m), so that the disk is gone with the server, however that ends.
set -e
data=$1 bytes=$2 uid=$3 gid=$4
shift 4
mkdir -p "$data.small"
mount -t tmpfs -o "size=$bytes,mode=0700,uid=$uid,gid=$gid" none "$data.small"
cp -a "$data/." "$data.small/"
mount --bind "$data.small" "$data"
cd "$data"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"
