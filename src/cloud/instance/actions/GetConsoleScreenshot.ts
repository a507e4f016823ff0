import {
  GetConsoleScreenshot$,
  type GetConsoleScreenshotRequest,
  type GetConsoleScreenshotResult,
} from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { needRunning, probeConsole, whyNoConsole } from '../consoles.ts';

export default read<GetConsoleScreenshotRequest, GetConsoleScreenshotResult>(GetConsoleScreenshot$, {
  doc: 'Gives a picture of an instance’s screen, as a PNG.',
  async run(cx, { InstanceId, WakeUp = false, DryRun = false }) {
    const id = InstanceId ?? missing('InstanceId');
    await needRunning(cx, id);
    if (!cx.here.driver.can.screenshots)
      fail('UnsupportedOperation', 'The instances of this region have no screen that could be shown.');
    const how = { wakeUp: WakeUp && !DryRun };
    const picture = await probeConsole(cx, (consoles, call) => consoles.screenshot(id, how, call));
    if (typeof picture === 'string')
      return fail(picture === 'silent' ? 'Unavailable' : 'IncorrectInstanceState', whyNoConsole[picture](id));
    return { InstanceId: id, ImageData: Buffer.from(picture).toString('base64') };
  },
});
