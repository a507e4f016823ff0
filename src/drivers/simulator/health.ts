import type { Health } from '../../ports/driver.ts';
import { type MachineParts, type MachineRecord, powerOf } from './machine.ts';
import type { Impairment, SimulatorSettings } from './settings.ts';
import { matches } from './wildcard.ts';

export interface Patient {
  readonly id: string;
  readonly region: string;
  readonly machine: MachineRecord;
  readonly reboots: MachineParts['reboots'];
}

/** What the status checks of a machine find: nothing while it is off, then initializing, then ok unless a rule says no. */
export function healthOf(patient: Patient, settings: SimulatorSettings, now: number) {
  const { machine, reboots } = patient;
  if (machine.goneAt !== undefined || machine.power === 'off') {
    return { system: 'not-applicable', instance: 'not-applicable' } as const;
  }
  if (powerOf(machine, now) === 'off') return { system: 'initializing', instance: 'initializing' } as const;
  const upSince = Math.max(machine.bootedAt, ...reboots.map(({ bootsAt }) => bootsAt));
  const rules = settings.impaired.filter((rule) => concerns(rule, patient) && now >= upSince + rule.afterMs);
  const verdict = (check: 'system' | 'instance', checkedAt: number): Health => {
    if (now < checkedAt) return 'initializing';
    return rules.some((rule) => rule.check === 'both' || rule.check === check) ? 'impaired' : 'ok';
  };
  return {
    // The host was checked when the machine was placed on it; a reboot changes nothing there.
    system: verdict('system', machine.bootedAt + settings.delays.checks),
    instance: verdict('instance', upSince + settings.delays.checks),
  };
}

function concerns(rule: Impairment, { id, region, machine }: Patient): boolean {
  const { zone, instanceType } = machine.spec;
  return (
    matches(rule.region, region) &&
    matches(rule.zone, zone) &&
    matches(rule.type, instanceType) &&
    matches(rule.machine, id)
  );
}
