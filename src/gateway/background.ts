/** Work that goes on after its request was answered. */
export interface Background {
  add: (work: Promise<unknown>) => void;
  finished: () => Promise<void>;
}

export function createBackground(): Background {
  const running = new Set<Promise<unknown>>();
  return {
    add(work) {
      // Nobody waits for it: whatever it finds out shows at the next request.
      const done = work.catch(() => {}).finally(() => running.delete(done));
      running.add(done);
    },
    finished: async () => {
      await Promise.all(running);
    },
  };
}
