/** Modules of the kernel that the machine uses; those that a kernel has built in are passed over. */
export const modules = [
  ...[
    'virtio_pci',
    'virtio_blk',
    'ext4',
    'virtio_net',
    'virtio_rng',
    'button',
    'evdev',
    'af_packet',
    'nvme',
    'efivarfs',
    'pvpanic_mmio',
  ],
] as const;

/** The program of the ramdisk: loads the modules, that of UEFI where it is, and goes on from the root file system. */
export const ramdiskInit = `#!/bin/busybox sh
bb() { /bin/busybox "$@"; }
bb mount -t devtmpfs dev /dev
bb mount -t proc proc /proc
bb mount -t sysfs sys /sys
for module in $(bb cat /modules/order); do
  [ $module != efivarfs ] || [ -d /sys/firmware/efi ] || continue
  bb insmod /modules/$module.ko
done
bb umount /sys
root=/dev/vda1
for word in $(bb cat /proc/cmdline); do case $word in root=*) root=\${word#root=} ;; esac; done
tries=0
while [ ! -b $root ] && [ $tries -lt 100 ]; do bb usleep 100000; tries=$((tries + 1)); done
bb mount -t ext4 -o rw $root /new || { echo "mini: no root file system on $root"; exit 1; }
bb umount /proc
bb mount -o move /dev /new/dev
exec /bin/busybox switch_root /new /sbin/init
`;

const inittab = `::sysinit:/etc/mini/start
ttyS0::askfirst:-/bin/sh
tty1::askfirst:-/bin/sh
::ctrlaltdel:/sbin/reboot
::shutdown:/etc/mini/stop
`;

const start = `#!/bin/sh
. /etc/mini/words
mount -t proc proc /proc
mount -t sysfs sys /sys
by=legacy-bios
[ ! -d /sys/firmware/efi ] || { by=uefi; mount -t efivarfs efivarfs /sys/firmware/efi/efivars; }
acpid -c /etc/acpi -l /dev/null -p /dev/null
mkdir -p /dev/pts
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=755 run /run
mkdir /run/mini
say "up $(cat /sys/class/dmi/id/chassis_asset_tag) $(cat /sys/class/dmi/id/product_name) $by"
hostname -F /etc/hostname
ip link set lo up
[ -e /sys/class/net/eth0 ] || { say "no network interface"; exit 0; }
ip link set eth0 up
udhcpc -f -i eth0 -s /etc/mini/lease -t 10 -T 2 -A 5 -O mtu -O staticroutes > /dev/null 2>&1 &
`;

const stop = `#!/bin/sh
. /etc/mini/words
say "shutting down"
sync
umount -a -r > /dev/null 2>&1
`;

const words = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
say() { echo "mini: $*" > /dev/console; }
name() { hostname "$1"; echo "$1" > /etc/hostname; printf '127.0.0.1 localhost\\n127.0.1.1 %s\\n' "$1" > /etc/hosts; }
`;

/** What the DHCP client runs as its lease comes and goes. */
const lease = `#!/bin/sh
. /etc/mini/words
case $1 in
  deconfig) ip link set $interface up ;;
  bound | renew)
    [ -z "$mtu" ] || ip link set dev $interface mtu $mtu
    ip -4 -o addr show dev $interface | grep -q " $ip/$mask " || {
      ip -4 addr flush dev $interface
      ip addr add $ip/$mask dev $interface
    }
    for gateway in $router; do ip route replace default via $gateway dev $interface; break; done
    set -- $1 $staticroutes
    while [ $# -ge 3 ]; do
      if [ $3 = 0.0.0.0 ]; then ip route replace $2 dev $interface; else ip route replace $2 via $3 dev $interface; fi
      shift 2
    done
    { for server in $dns; do echo "nameserver $server"; done; [ -z "$domain" ] || echo "search $domain"; } > /etc/resolv.conf
    mkdir /run/mini/met 2> /dev/null || exit 0
    [ -z "$hostname" ] || name $hostname
    echo $ip > /run/mini/address
    /etc/mini/meet < /dev/null > /dev/null 2>&1 &
    ;;
esac
exit 0
`;

/**
 * Asks the metadata service, once a boot, when there is an address. HTTP is spoken by hand: the wget of Debian's static
 * busybox crashes.
 */
const meet = `#!/bin/sh
. /etc/mini/words
cd /run/mini
ask() {
  printf "$1 /latest/$2 HTTP/1.0\\r\\nHost: 169.254.169.254\\r\\n$3\\r\\n" | nc -w 3 169.254.169.254 80 > answer
  case $(head -n 1 answer) in *" 200"*) ;; *) return 1 ;; esac
  head=$(sed '/^\\r*$/q' answer | wc -c)
  tail -c +$((head + 1)) answer > body
  length=$(sed '/^\\r*$/q' answer | tr -d '\\r' | grep -i '^content-length:' | tr -cd 0-9)
  [ "\${length:-$(wc -c < body)}" -eq "$(wc -c < body)" ]
}
get() { ask GET "$1" "\${token:+X-aws-ec2-metadata-token: $token\\r\\n}"; }
id= tries=0
while [ -z "$id" ] && [ $tries -lt 30 ]; do
  [ $tries = 0 ] || sleep 2
  tries=$((tries + 1)) token=
  ask PUT api/token "X-aws-ec2-metadata-token-ttl-seconds: 21600\\r\\nContent-Length: 0\\r\\n" && token=$(cat body)
  get meta-data/instance-id && id=$(cat body)
done
[ -n "$id" ] || say "no metadata service answers"
get meta-data/local-hostname && name "$(cut -d. -f1 < body)"
known=$(cat /var/lib/mini/instance 2> /dev/null)
if [ -n "$id" ] && [ "$id" != "$known" ]; then
  rm -f /etc/dropbear/*_key $HOME/.ssh/authorized_keys
  get meta-data/public-keys/0/openssh-key && (umask 077; mkdir -p $HOME/.ssh; { cat body; echo; } > $HOME/.ssh/authorized_keys)
fi
key=/etc/dropbear/dropbear_ed25519_host_key
[ -s $key ] || dropbearkey -t ed25519 -f $key > /dev/null 2>&1
say "host key $(dropbearkey -y -f $key | grep -E '^(Fingerprint|ssh-)' | tr '\\n' ' ')"
dropbear -R -s -P /run/dropbear.pid
say "ready, log in by: ssh root@$(cat address)"
[ -n "$id" ] && [ "$id" != "$known" ] || exit 0
get user-data && cp body user-data
echo "$id" > /var/lib/mini/instance
sync
[ "$(head -c 2 user-data 2> /dev/null)" = '#!' ] || exit 0
cp user-data /var/lib/mini/user-data
chmod 700 /var/lib/mini/user-data
say "user data begins"
cd /
{ /var/lib/mini/user-data; echo $? > /run/mini/ended; } 2>&1 | tee /var/log/user-data.log > /dev/console
say "user data ended with $(cat /run/mini/ended)"
`;

const profile = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin
PS1='\\u@\\h:\\w# '
`;

export interface GuestFile {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

/** Files of the root file system that are no program of a package. */
export const files: readonly GuestFile[] = [
  { path: 'etc/inittab', text: inittab },
  { path: 'etc/mini/start', text: start, mode: 0o755 },
  { path: 'etc/mini/stop', text: stop, mode: 0o755 },
  { path: 'etc/mini/words', text: words },
  { path: 'etc/mini/lease', text: lease, mode: 0o755 },
  { path: 'etc/mini/meet', text: meet, mode: 0o755 },
  { path: 'etc/acpi/PWRF/00000080', text: '#!/bin/sh\nexec /sbin/poweroff\n', mode: 0o755 },
  { path: 'etc/hostname', text: 'mini\n' },
  { path: 'etc/hosts', text: '127.0.0.1 localhost\n' },
  { path: 'etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\n' },
  { path: 'etc/shadow', text: 'root:*:19000:0:99999:7:::\n', mode: 0o600 },
  { path: 'etc/group', text: 'root:x:0:\ntty:x:5:\n' },
  { path: 'etc/shells', text: '/bin/sh\n/bin/bash\n' },
  { path: 'etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
  { path: 'etc/profile', text: profile },
  // Scripts ask for it by name. Those that need more of it than a POSIX shell do not run here.
  { path: 'bin/bash', text: '#!/bin/sh\nexec /bin/sh "$@"\n', mode: 0o755 },
];

/** Folders that are there without a file in them, with their permissions. */
export const folders: readonly (readonly [path: string, mode: number])[] = [
  ...['dev', 'proc', 'sys', 'run', 'mnt', 'etc/dropbear', 'var/lib/mini', 'var/log'].map(
    (path) => [path, 0o755] as const,
  ),
  ['root', 0o700],
  ['tmp', 0o1777],
];
