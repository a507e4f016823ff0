#!/bin/sh
# Builds a cloud image of Debian's packages: build.sh FILE.qcow2 [SUITE]. As root; it takes minutes, and 3 GiB of disk.
# Needs: apt-get install mmdebstrap grub-pc-bin grub-common e2fsprogs fdisk qemu-utils
set -eu
file=$1 suite=${2:-bookworm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages=linux-image-cloud-amd64,systemd-sysv,udev,dbus,cloud-init,cloud-guest-utils,openssh-server,sudo
packages=$packages,ifupdown,isc-dhcp-client,iproute2,netbase,e2fsprogs,ca-certificates,locales
# Nothing is said of data sources: cloud-init has Debian's own list of them, and looks for the one that is here.
mmdebstrap --variant=minbase --include="$packages" \
  --customize-hook='echo "/dev/vda1 / ext4 defaults 0 1" > "$1/etc/fstab"' \
  --customize-hook='echo localhost > "$1/etc/hostname"' \
  --customize-hook='echo LANG=C.UTF-8 > "$1/etc/default/locale"' \
  --customize-hook='rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/resolv.conf"; : > "$1/etc/machine-id"' \
  --customize-hook='ln -sf "$(cd "$1/boot" && ls vmlinuz-*)" "$1/boot/vmlinuz"' \
  --customize-hook='ln -sf "$(cd "$1/boot" && ls initrd.img-*)" "$1/boot/initrd"' \
  "$suite" "$work/tree"

truncate -s 2G "$work/disk"
echo '2048,,L,*' | sfdisk -q "$work/disk"
cat > "$work/boot.cfg" <<'END'
set root=(hd0,msdos1)
linux16 /boot/vmlinuz root=/dev/vda1 ro console=ttyS0 quiet
initrd16 /boot/initrd
boot
END
grub-mkimage -O i386-pc -c "$work/boot.cfg" -p '(hd0,msdos1)/boot/grub' -o "$work/core" biosdisk part_msdos ext2 linux16
dd if=/usr/lib/grub/i386-pc/boot.img of="$work/disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core" of="$work/disk" bs=512 seek=1 conv=notrunc status=none
mke2fs -q -F -t ext4 -b 4096 -d "$work/tree" -E offset=1048576 "$work/disk" 523776
qemu-img convert -q -f raw -O qcow2 -c "$work/disk" "$file"
