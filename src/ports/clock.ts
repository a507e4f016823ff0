/** Time, as a port: a test run is a function of its seed, and the simulator can run in virtual time. */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number;
  /** Calls back once at or after `at` (epoch milliseconds). The timer never keeps the process alive. */
  at(at: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
