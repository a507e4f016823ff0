import { type Call, DriverError, type StorageAsked } from '../../../ports/driver.ts';
import type { PlaceOf } from '../places.ts';
import { defaultVolumeType, snapshot, volume } from '../rest/cinder.ts';
import type { Volumes } from '../volumes.ts';
import type { VolumeTypes } from './volumeTypes.ts';

export interface AskedTypesParts {
  readonly placeOf: PlaceOf;
  readonly types: Pick<VolumeTypes, 'typeOf'>;
  readonly volumes: Pick<Volumes, 'nativeOf' | 'sourceOf'>;
}

/**
 * Cinder's volume type of what is asked about, by Cinder's rules: the type of that name or that it stands for, else that of the volume whose
 * snapshot it is made of, else the usual one. Undefined where it has none, and of things that are not there.
 */
export const askedTypes =
  ({ placeOf, types, volumes }: AskedTypesParts, call: Call) =>
  async (asked: StorageAsked): Promise<string | undefined> => {
    const place = await placeOf(call.account);
    const { session } = place;
    const ofVolume = async (native: string) => (await volume(session, native, call.signal))?.volume_type ?? undefined;
    try {
      if ('volume' in asked) return await ofVolume(await volumes.nativeOf(asked.volume, call));
      const named = await types.typeOf(place, asked.type);
      if (named !== undefined) return named;
      if (asked.snapshot === undefined) return (await defaultVolumeType(session, call.signal))?.name;
      const source = await snapshot(session, await volumes.sourceOf(asked.snapshot, call), call.signal);
      return source && (await ofVolume(source.volume_id));
    } catch (error) {
      if (error instanceof DriverError && error.trouble === 'invalid') return undefined;
      throw error;
    }
  };
