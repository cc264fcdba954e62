import type { TimeSource } from '../../ledger/clock';

/** Tuesday 24 November 2026, 10:40:00 UTC. */
export const START_TIME = Date.UTC(2026, 10, 24, 10, 40, 0);

interface Sleeper {
	until: number;
	wake: () => void;
}

/**
 * Time under the test's control. It `jumps` to the next sleeper's end as soon as everybody who can run has run, or it
 * `stands` until the test moves it.
 */
export class FakeClock implements TimeSource {
	/** ms of every sleep that was asked for, in order. */
	readonly slept: number[] = [];
	private sleepers: Sleeper[] = [];
	private watchers: (() => void)[] = [];

	constructor(
		private current = START_TIME,
		private readonly moves: 'jumps' | 'stands' = 'jumps',
	) {}

	now(): number {
		return this.current;
	}

	monotonic(): number {
		return this.current;
	}

	random(): number {
		return 0.5;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		this.slept.push(ms);
		if (signal?.aborted) return Promise.resolve();
		return new Promise((resolve) => {
			const sleeper = { until: this.current + ms, wake: resolve };
			this.sleepers.push(sleeper);
			signal?.addEventListener('abort', () => this.wake(sleeper), { once: true });
			for (const seen of this.watchers.splice(0)) seen();
			if (this.moves === 'jumps') setImmediate(() => this.jump());
		});
	}

	/** Moves the clock, and wakes whoever has slept enough; also backwards, as clocks of hosts do. */
	advance(ms: number): void {
		this.current += ms;
		for (const sleeper of this.sleepers.filter(({ until }) => until <= this.current)) this.wake(sleeper);
	}

	/** Resolves when the next sleep begins. */
	nextSleep(): Promise<void> {
		return new Promise((resolve) => this.watchers.push(resolve));
	}

	private jump(): void {
		const [next] = this.sleepers.toSorted((a, b) => a.until - b.until);
		if (next) this.advance(Math.max(0, next.until - this.current));
	}

	private wake(sleeper: Sleeper): void {
		this.sleepers = this.sleepers.filter((other) => other !== sleeper);
		sleeper.wake();
	}
}

/** The same time on a host whose clock is wrong by `offsetMs`. */
export function onSkewedHost(time: TimeSource, offsetMs: number): TimeSource {
	return {
		now: () => time.now() + offsetMs,
		monotonic: () => time.monotonic(),
		sleep: (ms, signal) => time.sleep(ms, signal),
		random: () => time.random(),
	};
}

/** A host whose clock is wrong, and can be set while the true time goes on. Another one is another process. */
export class HostTime implements TimeSource {
	/** Befalls the host at its next pause. */
	atNextPause: () => void = () => {};

	constructor(
		private readonly real: TimeSource,
		private offsetMs = 0,
	) {}

	private pausedMs = 0;

	/** The host is paused for so many ms, as a virtual machine can be: both of its clocks stand still meanwhile. */
	pause(ms: number): void {
		this.pausedMs += ms;
		this.offsetMs -= ms;
	}

	/** Sets the clock by so many ms. */
	set(ms: number): void {
		this.offsetMs += ms;
	}

	now(): number {
		return this.real.now() + this.offsetMs;
	}

	monotonic(): number {
		return this.real.monotonic() - this.pausedMs;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		this.atNextPause();
		this.atNextPause = () => {};
		return this.real.sleep(ms, signal);
	}

	random(): number {
		return this.real.random();
	}
}
