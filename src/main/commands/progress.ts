/** Tells on standard error how far something is: a bar on a terminal, a line every quarter otherwise. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr) {
  let last = { stage: '', step: -1 };
  let open = false;
  return {
    show(stage: string, percent: number): void {
      const whole = Math.max(0, Math.min(100, Math.floor(percent)));
      const step = stream.isTTY ? whole : Math.floor(whole / 25) * 25;
      if (last.stage === stage && step <= last.step) return;
      if (open && last.stage !== stage) stream.write('\n');
      last = { stage, step };
      open = stream.isTTY;
      if (!stream.isTTY) stream.write(`${stage} ${step} %\n`);
      else stream.write(`\r${stage.padEnd(12)} [${'='.repeat(whole / 4).padEnd(25)}] ${String(whole).padStart(3)} %`);
    },
    /** Leaves the line of the bar. */
    end(): void {
      if (open) stream.write('\n');
      open = false;
    },
  };
}

export type Progress = ReturnType<typeof createProgress>;
