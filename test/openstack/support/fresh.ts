import type { BedServer } from './server.ts';

/** How long the server leaves a cloud alone that did not answer in time, and a little more. */
const pauseMs = 5_600;

/**
 * Asks until the answer is one for which the server has waited for the cloud: on a computer with much to do, the cloud may
 * take longer than the server waits, and then answers come of what is known. The server says so in its log.
 */
export function freshly(server: () => BedServer): <T>(look: () => Promise<T>) => Promise<T> {
  let noted = 0;
  const settle = async (): Promise<boolean> => {
    // The log comes by another way than the answer.
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { behind } = server();
    if (behind === noted) return true;
    noted = behind;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return false;
  };
  return async (look) => {
    for (;;) {
      while (!(await settle()));
      const answer = await look();
      if (await settle()) return answer;
    }
  };
}
