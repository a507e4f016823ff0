import { processOf } from '../../drivers/qemu/machines/processes.ts';
import { hostPortsOf } from '../../drivers/qemu/network/hostPort.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Where } from '../qemuFolder.ts';
import { needInstance } from './instance.ts';
import { whyNotReached } from './reached.ts';

/** `elsewhere ports ID`: where this computer reaches the ports of a machine, a line each: `22 127.0.0.1:31007`, `53/udp 127.9.0.1:53`. */
export async function printPorts(settings: Settings, id: string, where: Where): Promise<void> {
  const { folder, folders, record } = await needInstance(settings, id, where);
  if ((await processOf(folder)) === undefined) throw new Problem('notReady', `${id} is off`);
  const ports = await hostPortsOf(record.spec, folders);
  if (typeof ports === 'string') throw new Problem('notReady', whyNotReached[ports](id));
  if (ports.length === 0)
    console.error(`elsewhere: no port of ${id} is open: no security group lets any in from outside`);
  for (const [port, at, protocol] of [...ports].sort(([one], [other]) => one - other)) {
    console.log(`${port}${protocol === undefined ? '' : `/${protocol}`} ${at.address}:${at.port}`);
  }
}
