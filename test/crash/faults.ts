import { DriverError, type Trouble } from '../../src/ports/driver.ts';

/** Which calls of the cloud fail, and how. Calls are counted from 0 since `begin`; questions are not counted. */
export interface Fault {
  readonly calls: readonly number[];
  readonly trouble: Trouble;
  /** The cloud did the work, and then said no. */
  readonly after: boolean;
}

export interface Faults {
  begin(fault?: Fault): void;
  /** The calls since the beginning, by verb. */
  readonly calls: readonly string[];
  tap<T>(verb: string, work: () => Promise<T>): Promise<T>;
}

const questions: readonly string[] = [
  ...['compute.room', 'compute.health', 'compute.consoleLog', 'compute.look'],
  ...['imageSharing.strangers', 'imageSharing.sharedWith'],
  ...['networks.home', 'networks.inUse', 'addresses.look', 'groups.look'],
];

export function newFaults(): Faults {
  const calls: string[] = [];
  let begun = false;
  let fault: Fault | undefined;
  return {
    begin(next) {
      begun = true;
      fault = next;
      calls.length = 0;
    },
    calls,
    async tap(verb, work) {
      if (!begun || questions.includes(verb)) return work();
      const strikes = fault?.calls.includes(calls.length) ? fault : undefined;
      calls.push(verb);
      if (strikes === undefined) return work();
      if (strikes.after) await work();
      throw new DriverError(strikes.trouble, `${verb} fails by order of the test`);
    },
  };
}
