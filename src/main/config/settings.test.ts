import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exits, Problem } from './problem.ts';
import { readSettingsFrom } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function file(text: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe('settings', () => {
  it('have defaults', () => {
    expect(readSettingsFrom({}, {})).toMatchObject({
      port: 4566,
      host: '127.0.0.1',
      memory: false,
      database: undefined,
      auth: 'open',
      regions: [],
      time: 'real',
      logLevel: 'info',
      quotas: {},
    });
  });

  it('come from the command line, the environment and the file, in this order', () => {
    const config = file('port: 1\nhost: a\ndata: /x\nkey-file: /k\nmemory:\nquotas: { instances: 7 }');
    const settings = readSettingsFrom(
      { config, port: '3' },
      { ELSEWHERE_PORT: '2', ELSEWHERE_HOST: 'b', ELSEWHERE_DATA: '' },
    );
    expect(settings).toMatchObject({
      port: 3,
      host: 'b',
      data: '/x',
      keyFile: '/k',
      memory: false,
      quotas: { instances: 7 },
    });
    expect(readSettingsFrom({}, { ELSEWHERE_CONFIG: config, ELSEWHERE_MEMORY: '1' })).toMatchObject({
      port: 1,
      memory: true,
    });
    expect(readSettingsFrom({ config: file('') }, {}).port).toBe(4566);
  });

  it('take regions as a list, a text and a mapping', () => {
    const two = [
      ['lab-1', 'simulator'],
      ['b', 'simulator'],
    ];
    expect(readSettingsFrom({ region: ['lab-1=simulator', 'b=simulator'] }, {}).regions).toEqual(two);
    expect(readSettingsFrom({}, { ELSEWHERE_REGION: 'lab-1=simulator,b=simulator' }).regions).toEqual(two);
    expect(readSettingsFrom({ config: file('region: { lab-1: simulator, b: simulator }') }, {}).regions).toEqual(two);
  });
});

it('a region of OpenStack has settings of its own', () => {
  const auth = '{ auth_url: "http://k:5000", username: u, password: p, project_name: demo }';
  const config = file(`region: { os-1: openstack }\nauth: keystone\nopenstack: { os-1: { auth: ${auth} } }`);
  const { openstack, regions, auth: mode } = readSettingsFrom({ config }, {});
  expect([regions, mode]).toEqual([[['os-1', 'openstack']], 'keystone']);
  expect(openstack['os-1']).toMatchObject({ auth: { type: 'password', url: 'http://k:5000/v3' } });
});

describe('a wrong setting is refused with the place where it was said', () => {
  it.each([
    [{ port: '1e3' }, "--port must be a whole number from 0 to 65535, not '1e3'"],
    [{ port: '-1' }, '--port must be a whole number'],
    [{ host: "x'y" }, '--host must be a name or an address'],
    [{ data: '' }, "--data must be a text, not ''"],
    [{ database: 'mysql://u:hunter2@h/d' }, "--database must be a URL postgres://…, not '…'"],
    [{ memory: true, database: 'postgres://h/d' }, '--memory and --database contradict each other'],
    [{ defaultRegion: "a'; rm" }, '--default-region must be the name of a region'],
    [{ time: 'fast' }, "--time must be one of real, virtual, not 'fast'"],
    [{ region: ['lab'] }, "--region must be NAME=DRIVER with a lower-case name, not 'lab'"],
    [{ region: ['Lab=simulator'] }, '--region must be NAME=DRIVER with a lower-case name'],
    [{ region: ['lab=cloud'] }, '--region must be NAME=DRIVER with a driver that exists (simulator, openstack, qemu)'],
    [{ region: ['a=simulator', 'a=simulator'] }, '--region must be a list of different names'],
    [{ config: '/no/such/file' }, 'the configuration file /no/such/file cannot be read'],
    [{ config: file('- a') }, 'is not a mapping'],
    [{ config: file('a: [') }, 'cannot be read'],
    [{ config: file('prot: 1') }, "has the unknown key 'prot'"],
    [{ config: file('config: x') }, "has the unknown key 'config'"],
    [{ config: file('port: true') }, "must be a whole number from 0 to 65535, not 'true'"],
    [{ config: file('host: [a]') }, 'must be a text, not \'["a"]\''],
    [{ config: file('quotas: [a]') }, 'must be a mapping'],
    [{ config: file('quotas: { unicorns: 1 }') }, "there is no quota 'unicorns'"],
    [{ config: file('quotas: { instances: "3" }') }, "must be a whole number, not '3'"],
    [{ config: file('simulator: { delays: { launch: soon } }') }, 'simulator in'],
    [{ auth: 'keystone' }, '--auth keystone needs a region whose driver is openstack'],
    [{ region: ['os-1=openstack'] }, 'the region os-1 needs settings below openstack.os-1'],
    [{ config: file('openstack: { os-1: {} }') }, "has 'os-1', which is no region whose driver is openstack"],
    [{ config: file('region: { os-1: openstack }\nopenstack: { os-1: { auth: 3 } }') }, 'openstack.os-1 in'],
    [{ config: file('region: { os-1: openstack }\nopenstack: [a]') }, 'must be a mapping of regions'],
  ])('%j', (flags, line) => {
    const refused = () => readSettingsFrom(flags, {});
    expect(refused).toThrow(Problem);
    expect(refused).toThrow(line);
    expect(refused).not.toThrow('hunter2');
    expect(refused).toThrow(expect.objectContaining({ exit: exits.usage }));
  });

  it('in the environment', () => {
    expect(() => readSettingsFrom({}, { ELSEWHERE_AUTH: 'none' })).toThrow(
      "ELSEWHERE_AUTH must be one of open, keys, keystone, not 'none'",
    );
  });
});
