// @ts-check
/** Keeps a process that npm started from outliving npm. */

/** Milliseconds between two looks. */
const interval = 250;

/**
 * npm passes SIGTERM on to the shell that it runs a script in. Some shells (dash, Debian's) do not pass it further: they
 * end, npm ends, and the script would run on as nobody's child. The process gets the signal then that was meant for it.
 */
export function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, interval);
  timer.unref();
}
