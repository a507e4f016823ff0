import { describe, expect, it } from 'vitest';
import { machineUuid } from '../../../ports/ids.ts';
import { type Asked, commandLine, deviceOf, ports, serialOf, thingOf } from './commandLine.ts';

const id = 'i-0123456789abcdef0';
const nic = { id: 'eni-0123456789abcdef1', privateIp: '172.31.0.4', mac: '02:00:00:00:00:01', subnet: 'subnet-1' };
const asked = (more: Partial<Asked> = {}): Asked => ({
  ...{ id, folder: '/data/machines/i-0123456789abcdef0', vcpus: 2, memoryMiB: 512, acceleration: 'tcg' },
  spec: {
    ...{ zone: 'local-1a', instanceType: 't3.nano', image: 'ami-1', imageName: 'x', architecture: 'x86_64' },
    ...{ disks: [], interfaces: [nic], hostName: 'ip-172-31-0-4' },
  },
  disks: [
    { device: '/dev/xvda', volume: 'vol-0123456789abcdef2', file: '/data/volumes/vol-0123456789abcdef2/disk.qcow2' },
  ],
  ...more,
});
/** The values of an option. */
const values = (args: readonly string[], option: string) => args.filter((_, at) => args[at - 1] === option);

describe('the command line of a machine', () => {
  it('has what the instance type says, a sandbox, and nothing that nobody asked for', () => {
    const args = commandLine(asked());
    expect([values(args, '-smp'), values(args, '-m')]).toEqual([['2,sockets=1'], ['512M']]);
    expect(values(args, '-sandbox')).toEqual([
      'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ]);
    expect(args).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']));
    expect(values(args, '-kernel')).toEqual([]);
    expect(values(args, '-device').filter((device) => device.startsWith('pcie-root-port'))).toHaveLength(ports);
  });

  it('has a screen, which is seen in its own folder and nowhere else', () => {
    const args = commandLine(asked());
    expect(values(args, '-device')).toContain('VGA,id=screen,vgamem_mb=8');
    expect([values(args, '-display'), values(args, '-vnc')]).toEqual([['none'], ['unix:vnc.sock,share=force-shared']]);
  });

  it('hears of a guest that panics, and lets it go on, so that it may restart itself', () => {
    const args = commandLine(asked());
    expect(values(args, '-device')).toContain('pvpanic');
    expect(values(args, '-action')).toEqual(['reboot=reset,shutdown=pause,panic=none']);
  });

  it('waits for the switch at a socket in its own folder, whose name is short', () => {
    const [netdev, ...others] = values(commandLine(asked()), '-netdev');
    expect([JSON.parse(netdev!), others]).toEqual([
      { type: 'stream', id: nic.id, server: true, addr: { type: 'unix', path: `${nic.id}.wire` } },
      [],
    ]);
  });

  it('shows a volume by its id without the dash, in a port of its own', () => {
    const [disk] = values(commandLine(asked()), '-device').filter((device) => device.includes('virtio-blk'));
    expect(JSON.parse(disk!)).toEqual({
      ...{ driver: 'virtio-blk-pci', id: 'vol-0123456789abcdef2.p1', bus: 'rp1', drive: 'vol-0123456789abcdef2' },
      ...{ serial: 'vol0123456789abcdef2', bootindex: 0 },
    });
    expect(serialOf('vol-0123456789abcdef2')).toHaveLength(20);
  });

  it('has the disks that come with its type behind its volumes, called as EC2 calls them', () => {
    const args = commandLine(asked({ ownDisks: [{ name: 'ephemeral0', file: '/m/ephemeral0.raw' }] }));
    const [, disk, none] = values(args, '-device').filter((device) => device.includes('virtio-blk'));
    expect(JSON.parse(disk!)).toEqual({
      ...{ driver: 'virtio-blk-pci', id: 'ephemeral0.p2', bus: 'rp2', drive: 'ephemeral0', serial: 'ephemeral0' },
    });
    expect(none).toBeUndefined();
    expect(JSON.parse(values(args, '-blockdev')[1]!)).toMatchObject({ driver: 'raw', 'node-name': 'ephemeral0' });
    expect(thingOf('ephemeral0.p2')).toEqual({ thing: 'ephemeral0', port: 2 });
  });

  it('gives a kernel without a ramdisk disks that it has a driver for', () => {
    const args = commandLine(asked({ boot: { kernel: '/k', commandLine: 'root=/dev/nvme0n1p1' } }));
    expect([values(args, '-kernel'), values(args, '-initrd')]).toEqual([['/k'], []]);
    expect(values(args, '-device').some((device) => device.includes('"driver":"nvme"'))).toBe(true);
  });

  it('has BIOS, or UEFI as flash memory: code for all, and variables of its own', () => {
    const [bios, uefi] = [undefined, { code: '/f/CODE,4M.fd', variables: '/data/nvram-VARS.fd' }].map((flash) =>
      commandLine(
        asked(
          flash && {
            firmware: {
              code: { file: flash.code, format: 'raw' },
              variables: { file: flash.variables, format: 'qcow2' },
            },
          },
        ),
      ),
    );
    expect(bios!.join(' ')).not.toMatch(/pflash|firmware/);
    expect(values(uefi!, '-machine')[0]).toBe(`${values(bios!, '-machine')[0]},pflash0=firmware,pflash1=nvram`);
    const nodes = values(uefi!, '-blockdev').map((node) => JSON.parse(node));
    expect(nodes.slice(0, 2)).toEqual([
      {
        driver: 'raw',
        'node-name': 'firmware',
        'read-only': true,
        file: { driver: 'file', filename: '/f/CODE,4M.fd' },
      },
      {
        ...{ driver: 'qcow2', 'node-name': 'nvram', 'read-only': false },
        file: { driver: 'file', filename: '/data/nvram-VARS.fd' },
      },
    ]);
    expect(nodes.slice(2)).toEqual(values(bios!, '-blockdev').map((node) => JSON.parse(node)));
  });

  it('says that the machine is one of EC2, as cloud-init looks for it', () => {
    const uuid = machineUuid(id);
    expect(uuid).toMatch(/^ec2[0-9a-f]{5}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(values(commandLine(asked()), '-smbios')[1]).toContain(`uuid=${uuid},serial=${uuid}`);
  });

  it('names devices so that they are known again', () => {
    expect(thingOf(deviceOf('vol-0a', 7))).toEqual({ thing: 'vol-0a', port: 7 });
    expect(thingOf('rp3')).toBeUndefined();
  });
});
