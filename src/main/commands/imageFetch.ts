import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Where } from '../qemuFolder.ts';
import { fetchText } from './download.ts';
import { importFile } from './image.ts';
import { checksumOf, type ImageSource, imageSources } from './imageSources.ts';

export interface FetchFlags extends Where {
  /** A server with the same paths as the publisher's. */
  readonly mirror?: string;
}

/** `elsewhere image fetch NAME`: a distribution's own image, which must be what its publisher lists. Prints the image's id. */
export async function fetchImage(settings: Settings, name: string, flags: FetchFlags): Promise<void> {
  const source = Object.hasOwn(imageSources, name) ? imageSources[name] : undefined;
  if (source === undefined)
    throw new Problem(
      'usage',
      `there is no image '${name}' to fetch; there are ${Object.keys(imageSources).join(', ')}`,
    );
  const from = (url: string): string =>
    flags.mirror === undefined ? url : flags.mirror.replace(/\/$/, '') + new URL(url).pathname;
  const listed = checksumOf(await fetchText(from(source.checksums)), basename(source.url), source.algorithm);
  if (listed === undefined)
    throw new Problem('usage', `${from(source.checksums)} lists no checksum of ${basename(source.url)}`);
  const { description, bootMode } = source;
  const wanted = { ...flags, name: description, architecture: 'x86_64', bootMode, type: 'machine' };
  await importFile(settings, from(source.url), wanted, (file) => verify(file, source, listed));
}

async function verify(file: string, { algorithm, url }: ImageSource, listed: string): Promise<void> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== listed) throw new Problem('usage', `${basename(url)} has the ${algorithm} ${found}, not ${listed}`);
}
