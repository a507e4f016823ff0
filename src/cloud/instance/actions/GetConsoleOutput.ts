import { GetConsoleOutput$, type GetConsoleOutputRequest, type GetConsoleOutputResult } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { probe } from '../../context/probe.ts';
import { instance } from '../instance.ts';

/** EC2 keeps the last 64 KB of what a machine writes (API reference, GetConsoleOutput). */
const kept = 64 * 1024;

export default read<GetConsoleOutputRequest, GetConsoleOutputResult>(GetConsoleOutput$, {
  doc: 'Gives what an instance wrote on its console.',
  async run(cx, input) {
    const row = await cx.need(instance, input.InstanceId ?? missing('InstanceId'));
    const { can, catalogue } = cx.here.driver;
    if (!can.consoleLog) fail('UnsupportedOperation', 'The cloud behind this region keeps no console output.');
    const newest = can.latestConsole || catalogue.instanceType(row.instanceType, cx.account)?.Hypervisor === 'nitro';
    if (input.Latest && !newest) {
      fail(
        'UnsupportedOperation',
        'This instance type does not support retrieving the latest console logs. Please disable the Latest flag and try again.',
      );
    }
    const log = await probe(cx, (driver, call) => driver.compute.consoleLog(row.id, call));
    if (log === undefined) return { InstanceId: row.id, Timestamp: new Date(row.terminatedAt ?? row.launchedAt) };
    const text = log.text.subarray(Math.max(0, log.text.length - kept));
    return { InstanceId: row.id, Timestamp: new Date(log.at), Output: Buffer.from(text).toString('base64') };
  },
});
