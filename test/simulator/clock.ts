export interface SimulatorClock {
	/** Milliseconds since the epoch. */
	now(): number;
}

/** The simulator's clock: wraps another clock, and can be moved forward so that 24 hours pass at once. */
export class MovableClock implements SimulatorClock {
	private offset = 0;

	constructor(private readonly base: SimulatorClock) {}

	now(): number {
		return this.base.now() + this.offset;
	}

	advance(ms: number): void {
		if (!Number.isFinite(ms) || ms < 0)
			throw new RangeError('Time only moves forward: ms must be 0 or more');
		this.offset += ms;
	}

	reset(): void {
		this.offset = 0;
	}
}
