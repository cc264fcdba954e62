import { FakeClock } from '../../ledger/fakeClock';

/** Time under the test's control, and chance, too. */
export class RandomClock extends FakeClock {
	/** @param chances what `random()` gives before the first sleep, before the second …; the last one for ever */
	constructor(
		private readonly chances: readonly number[] = [0.5],
		begin?: number,
	) {
		super(begin);
	}

	override random(): number {
		return this.chances[Math.min(this.slept.length, this.chances.length - 1)] ?? 0;
	}
}
