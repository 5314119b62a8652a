/** What has been started and must end, whatever happens; the last one first. */
export type Closers = {
  add(name: string, close: () => Promise<void> | void): void;
  /** Ends everything; what cannot be ended is in the answer and keeps nothing else from it. */
  closeAll(): Promise<string[]>;
};

export function createClosers(): Closers {
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  return {
    add: (name, close) => void closers.push({ name, close }),
    async closeAll() {
      const problems: string[] = [];
      for (let last = closers.pop(); last !== undefined; last = closers.pop()) {
        try {
          await last.close();
        } catch (error) {
          problems.push(
            `${last.name} could not be ended: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
      return problems;
    },
  };
}
