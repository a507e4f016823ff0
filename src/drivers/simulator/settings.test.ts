import { describe, expect, it } from 'vitest';
import { defaultDelays, noDelays, readSettings, SettingsError } from './settings.ts';

describe('the settings of the simulator', () => {
  it('have defaults for everything', () => {
    const defaults = { delays: defaultDelays, capacity: [], failures: [], impaired: [] };
    expect(readSettings(undefined)).toEqual(defaults);
    expect(readSettings({})).toEqual(defaults);
    expect(Object.values(noDelays).every((delay) => delay === 0)).toBe(true);
  });

  it('are read member by member', () => {
    const failure = { verb: 'compute.*', zone: '*a', trouble: 'throttled', times: 2, probability: 0.5, after: 'work' };
    const given = {
      delays: { launch: 0 },
      capacity: [{ zone: 'us-east-1a', type: 't3.*', machines: 3 }, { machines: 9 }],
      failures: [failure, { verb: 'ping', trouble: 'unavailable', message: 'down' }],
      impaired: [{ machine: 'i-*' }, { type: 'm5.*', check: 'both', afterMs: 5 }],
    };
    expect(readSettings(given)).toEqual({
      ...given,
      delays: { ...defaultDelays, launch: 0 },
      impaired: [
        { machine: 'i-*', check: 'instance', afterMs: 0 },
        { type: 'm5.*', check: 'both', afterMs: 5 },
      ],
    });
  });

  it.each<[unknown, string]>([
    ['fast', 'the simulator settings must be a mapping'],
    [{ delay: {} }, '"delay" is not known; known here: delays, capacity, failures, impaired'],
    [{ delays: [] }, '"delays" must be a mapping'],
    [{ delays: { lunch: 1 } }, '"delays.lunch" is not known; known here: launch, '],
    [{ delays: { launch: -1 } }, '"delays.launch" must be a whole number, 0 or more'],
    [{ delays: { launch: '5' } }, '"delays.launch" must be a whole number'],
    [{ capacity: {} }, '"capacity" must be a list'],
    [{ capacity: [{ zone: 'a' }] }, '"capacity[0].machines" must be a whole number'],
    [{ capacity: [{ machines: 1 }, { machines: 1, zone: 7 }] }, '"capacity[1].zone" must be a text'],
    [{ failures: ['all'] }, '"failures[0]" must be a mapping'],
    [{ failures: [{ trouble: 'denied' }] }, '"failures[0].verb" must be one of compute.ensure, '],
    [{ failures: [{ verb: 'compute.fly', trouble: 'denied' }] }, '"failures[0].verb" must be one of'],
    [{ failures: [{ verb: 'ping', trouble: 'rain' }] }, '"failures[0].trouble" must be one of unavailable, '],
    [
      { failures: [{ verb: 'ping', trouble: 'bug', probability: 2 }] },
      '"failures[0].probability" must be a number from',
    ],
    [{ failures: [{ verb: 'ping', trouble: 'bug', after: 'lunch' }] }, '"failures[0].after" must be one of work'],
    [{ impaired: [{ check: 'none' }] }, '"impaired[0].check" must be one of system, instance, both'],
  ])('%j is refused in one line that names the key', (given, expected) => {
    const read = () => readSettings(given);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(expected);
    expect(read).not.toThrow('\n');
  });
});
