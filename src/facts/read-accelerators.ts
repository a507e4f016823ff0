import type { AcceleratorDevice, Accelerators, NeuronDevice } from './hardware-types.ts';

/** What one chip of each Neuron device is (AWS Neuron's architecture guide): cores, their version, MiB of memory. */
const NEURON_CHIPS: Readonly<Record<string, Omit<NeuronDevice, 'count' | 'name'>>> = {
  Inferentia: { cores: 4, coreVersion: 1, memoryMiB: 8192 },
  Inferentia2: { cores: 2, coreVersion: 2, memoryMiB: 32768 },
  Trainium: { cores: 2, coreVersion: 2, memoryMiB: 32768 },
  Trainium2: { cores: 8, coreVersion: 3, memoryMiB: 98304 },
};

const KINDS = { g: 'gpus', i: 'inference', f: 'fpgas', m: 'media' } as const;
const NONE: Accelerators = Object.freeze({ gpus: [], inference: [], fpgas: [], media: [], neuron: [] });

/** Reads the last field of a type's line, such as `i1xAWS Inferentia2 32768;n1x Inferentia2`. */
export function readAccelerators(text: string): Accelerators {
  if (text === '') return NONE;
  const all = { gpus: [], inference: [], fpgas: [], media: [], neuron: [] } as {
    [Kind in keyof Accelerators]: Accelerators[Kind][number][];
  };
  for (const device of text.split(';')) {
    const [, letter, count, share, rest] = /^(\w)(\d+)(?:\/([\d.]+))?x(.*)$/.exec(device) ?? [];
    if (letter === 'n') all.neuron.push(readNeuron(Number(count), rest!.trim()));
    else all[KINDS[letter as keyof typeof KINDS]].push(readDevice(Number(count), Number(share ?? 1), rest!));
  }
  return all;
}

function readNeuron(count: number, name: string): NeuronDevice {
  return { name, count, ...NEURON_CHIPS[name]! };
}

/** `NVIDIA Tesla V100 32768`: the maker is the first word, the memory in MiB the last. */
function readDevice(count: number, share: number, words: string): AcceleratorDevice {
  const first = words.indexOf(' ');
  const last = words.lastIndexOf(' ');
  return {
    name: words.slice(first + 1, last),
    manufacturer: words.slice(0, first),
    count,
    share,
    memoryMiB: Number(words.slice(last + 1)),
  };
}
