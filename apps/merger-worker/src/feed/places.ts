/** How many may be open at once: streams, and requests that wait. */
export class Places {
  private count = 0;

  constructor(private readonly limit: number) {}

  get taken(): number {
    return this.count;
  }

  /** @returns what gives the place back, `undefined` if there is none */
  take(): (() => void) | undefined {
    if (this.count >= this.limit) return undefined;
    this.count += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.count -= 1;
    };
  }
}
