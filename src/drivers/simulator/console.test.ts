import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { callOf } from '../../../test/contract/driver/harness.ts';
import { createSeededRandom } from '../../../test/contract/driver/random.ts';
import { createMemoryShelf } from '../../../test/contract/driver/shelf.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import { createSimulator } from './driver.ts';
import { readSettings } from './settings.ts';

const id = 'i-0123456789abcdef0';
const call = callOf('us-east-1');
const gently = { force: false };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const spec: MachineSpec = {
  zone: 'us-east-1a',
  instanceType: 'm5.large',
  image: 'ami-00000000000000001',
  imageName: 'al2023-ami-2023.9.20251110.1-kernel-6.1-x86_64',
  architecture: 'x86_64',
  disks: [{ device: '/dev/xvda', volume: 'vol-00000000000000001' }],
  interfaces: [{ id: 'eni-1', privateIp: '172.31.16.5', mac: '02:00:00:00:00:05', subnet: 'subnet-1' }],
  hostName: 'ip-172-31-16-5.ec2.internal',
};

/** A machine that was just launched, with 1 s for the launch and 10 s for the boot. */
async function launched(more: Partial<MachineSpec> = {}) {
  const clock = createVirtualClock({ start: Date.UTC(2026, 10, 22, 3, 0, 0) });
  const settings = readSettings({ delays: { launch: 1000, boot: 10_000, stop: 1000, reboot: 1000 } });
  const driver = createSimulator({ shelf: createMemoryShelf(), clock, random: createSeededRandom(1), settings });
  await driver.compute.ensure(id, { ...spec, ...more }, call);
  const text = async (): Promise<string> => {
    const log = await driver.compute.consoleLog(id, call);
    return Buffer.from(log?.text ?? []).toString();
  };
  const tell = async (userData: string): Promise<string> => (await launched({ userData })).booted();
  const booted = async (): Promise<string> => {
    await clock.advance(20_000);
    return text();
  };
  return { clock, driver, text, booted, tell };
}

describe('the console of a Linux machine', () => {
  it('is empty before power on, and fills while the system boots', async () => {
    const { clock, driver, text } = await launched();
    await clock.advance(999);
    expect(await driver.compute.consoleLog(id, call)).toBeUndefined();
    await clock.advance(1);
    expect(await text()).toMatch(/^\[ {4}0\.000000\] Linux version \S+ \(x86_64\)/);
    expect(await text()).not.toContain('login:');
    const early = (await text()).length;
    await clock.advance(5_000);
    expect((await text()).length).toBeGreaterThan(early);
    await clock.advance(5_000);
    expect(await text()).toMatch(/ip-172-31-16-5 login: \r\n$/);
    expect((await driver.compute.consoleLog(id, call))?.at).toBe(Date.UTC(2026, 10, 22, 3, 0, 11));
  });

  it('tells what the machine is', async () => {
    const text = await (await launched()).booted();
    for (const fact of [id, 'm5.large', '2 vCPUs, 8192 MiB', 'us-east-1a', '172.31.16.5', spec.hostName]) {
      expect(text).toContain(fact);
    }
    expect(text).toContain(`image: ${spec.image} (${spec.imageName})`);
    expect(text).toContain('/dev/xvda: disk vol-00000000000000001');
    expect(text).toContain("Cloud-init v. 24.1 running 'init' at Sun, 22 Nov 2026 03:00:0");
  });

  it('is the same whenever and by whomever it is read', async () => {
    expect(await (await launched()).booted()).toBe(await (await launched()).booted());
  });

  it('shows the host keys between the marks that tools look for', async () => {
    const text = await (await launched()).booted();
    const keys = /-----BEGIN SSH HOST KEY KEYS-----\r\n([\s\S]*?)\r\n-----END SSH HOST KEY KEYS-----/.exec(text)?.[1];
    expect(keys?.split('\r\n').map((line) => line.split(' ')[0])).toEqual([
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
      'ssh-rsa',
    ]);
    expect(text).toMatch(
      /BEGIN SSH HOST KEY FINGERPRINTS-----\r\n.*256 SHA256:[\w+/]{43} root@ip-172-31-16-5 \(ECDSA\)/,
    );
    expect(text).toMatch(/<14>Nov 22 03:00:\d\d cloud-init: -----END SSH HOST KEY FINGERPRINTS-----/);
  });

  it('shows the key that may log in', async () => {
    const none = await (await launched()).booted();
    expect(none).toContain('no authorized SSH keys fingerprints found for user ec2-user');
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@home';
    const one = await (await launched({ publicKey, imageName: 'ubuntu/images/x' })).booted();
    expect(one).toMatch(/for user ubuntu\r\n.*ssh-ed25519 \| SHA256:[\w+/]{43} \| - \| me@home/);
  });

  it('shows disks that come and go', async () => {
    const { clock, driver, text } = await launched();
    await driver.volumes.ensure('vol-2', { zone: 'us-east-1a', sizeGiB: 1, type: 'gp3', encrypted: false }, call);
    await clock.advance(20_000);
    await driver.compute.attach(id, { device: '/dev/sdf', volume: 'vol-2' }, call);
    await clock.advance(1_000);
    expect(await text()).toContain('/dev/sdf: disk vol-2 attached');
    await driver.compute.reboot(id, call);
    await clock.advance(20_000);
    expect(await text()).toContain('/dev/sdf: disk vol-2\r\n');
  });

  it('goes on through a reboot, and keeps the last boot', async () => {
    const { clock, driver, text, booted } = await launched({ userData: base64('#!/bin/sh\necho once') });
    expect(await booted()).toContain('+ echo once');
    await driver.compute.reboot(id, call);
    await clock.advance(500);
    expect(await text()).toMatch(/\+ echo once[\s\S]*Stopping for a reboot at Sun, 22 Nov 2026/);
    await clock.advance(20_000);
    const after = await text();
    expect(after).toMatch(
      /^\[ {3}\d+\.\d+\] systemd\[1\]: Stopping for a reboot[\s\S]*reboot: Restarting system\r\n\[ {4}0\.000000\] Linux/,
    );
    expect(after).not.toContain('echo once');
    expect(after).toMatch(/login: \r\n$/);
  });

  it('ends with a stop, says nothing when the power is cut, and begins anew with a start', async () => {
    const { clock, driver, text, booted } = await launched();
    await booted();
    await driver.compute.power(id, 'off', gently, call);
    await clock.advance(20_000);
    expect(await text()).toMatch(/login: \r\n[\s\S]*reboot: Power down\r\n$/);
    await driver.compute.power(id, 'on', gently, call);
    const again = await booted();
    expect(again).not.toContain('Power down');
    expect(again).not.toContain('HOST KEY');
    await driver.compute.power(id, 'off', { force: true }, call);
    expect(await booted()).toBe(again);
  });

  it('keeps the newest 64 KiB', async () => {
    const lines = Array.from({ length: 3000 }, (_, at) => `echo ${'x'.repeat(40)} ${at}`);
    const text = await (await launched()).tell(base64(`#!/bin/sh\n${lines.join('\n')}`));
    expect(text).toHaveLength(64 * 1024);
    expect(text).toMatch(/login: \r\n$/);
  });
});

describe('user data on the console', () => {
  it('is unpacked and shown as the shell would', async () => {
    const { tell } = await launched();
    const packed = gzipSync('#!/bin/bash\n# a comment\n\nyum install -y httpd\n').toString('base64');
    const text = await tell(packed);
    expect(text).toContain('cloud-init[803]: + yum install -y httpd\r\n');
    expect(text).not.toContain('a comment');
    expect(await tell(Buffer.of(0x1f, 0x8b, 1, 2).toString('base64'))).toContain('cannot be unpacked');
    expect(await tell(gzipSync(Buffer.alloc(2 ** 21)).toString('base64'))).toContain('cannot be unpacked');
  });

  it('tells a cloud-config by module', async () => {
    const config = '#cloud-config\npackage_update: true\npackages:\n  - nginx\nruncmd:\n  - [ls, -l]\n';
    const text = await (await launched()).tell(base64(config));
    expect(text).toContain('config-package-update-upgrade-install: package_update = true');
    expect(text).toMatch(/config-package-update-upgrade-install: packages\r\n\S+ {5}- nginx/);
    expect(text).toMatch(/config-runcmd: runcmd\r\n\S+ {5}- \[ls, -l\]/);
  });

  it('takes a MIME message apart', async () => {
    const part = (type: string, body: string) => `--XX\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
    const mime = `Content-Type: multipart/mixed; boundary="XX"\r\nMIME-Version: 1.0\r\n\r\n${part('text/cloud-config', '#cloud-config\nfqdn: a.b')}${part('text/x-shellscript', '#!/bin/sh\nuptime')}--XX--\r\n`;
    const text = await (await launched()).tell(base64(mime));
    expect(text).toContain('config-set-hostname: fqdn = a.b');
    expect(text).toContain('+ uptime');
  });

  it('is warned of when cloud-init knows nothing of it', async () => {
    expect(await (await launched()).tell(base64('{"my": "own"}'))).toContain('Unhandled non-multipart');
    expect(await (await launched()).tell(base64('#include\nhttp://x/y'))).toContain('http://x/y is not fetched');
  });
});

describe('the console of a Windows machine', () => {
  const imageName = 'Windows_Server-2022-English-Full-Base-2025.11.12';

  it('tells that Windows is ready', async () => {
    const text = await (await launched({ imageName })).booted();
    expect(text).toMatch(/2026\/11\/22 03:00:11Z: Message: Windows is Ready to use\r\n$/);
    expect(text).toContain(`Instance-ID: ${id}`);
    expect(text).toMatch(/RDPCERTIFICATE-THUMBPRINT: [0-9A-F]{40}\r\n/);
    expect(text).not.toContain('Linux');
  });

  it('shows the scripts of user data', async () => {
    const script = '<powershell>\nInstall-WindowsFeature Web-Server\n</powershell><persist>true</persist>';
    const shown = await (await launched({ imageName, userData: base64(script) })).booted();
    expect(shown).toContain('+ Install-WindowsFeature Web-Server');
    const odd = await (await launched({ imageName, userData: base64('dir') })).booted();
    expect(odd).toContain('no <powershell> or <script> tags found');
  });
});
