import { fail } from '../../kernel/errors.ts';
import { type Call, type Driver, DriverError } from '../../ports/driver.ts';
import type { Reading } from './reading.ts';

/** Probes have no operation behind them, and nobody waits for a probe after its request is gone. */
const { signal } = new AbortController();

/**
 * Asks the cloud a read-only question on behalf of a request. Trouble becomes EC2's refusal: a cloud that cannot be
 * reached is `Unavailable`, a question that it does not know `UnsupportedOperation`, one that it does not let us ask
 * `UnauthorizedOperation`.
 */
export async function probe<T>(cx: Reading, ask: (driver: Driver, call: Call) => Promise<T>): Promise<T> {
  try {
    return await ask(cx.here.driver, { account: cx.account, region: cx.region, operation: 'probe', signal });
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (error.trouble === 'unsupported')
      fail('UnsupportedOperation', 'The cloud behind this region does not offer this.', error);
    if (error.trouble === 'denied') {
      // Which account of the cloud it is, and what it lacks there, is its operator's to know.
      cx.world.log.warn(
        { account: cx.account, region: cx.region, error: error.message },
        'the cloud refuses an account',
      );
      fail(
        'UnauthorizedOperation',
        'You are not authorized to perform this operation in the cloud behind this region.',
        error,
      );
    }
    return fail('Unavailable', 'The cloud behind this region cannot be reached at the moment.', error);
  }
}
