import type { RecordedRequest } from '../simulator/simulator';
import type { Looked } from './batch';
import { ALL_KINDS } from './deeds';
import { FAULTS, PLACES_OF_DEATH, SLOW_FAULTS } from './fate';
import type { Truth } from './verdict';

const each = (what: string, names: readonly string[], least: number) =>
	Object.fromEntries(names.map((name) => [`${what} ${name}`, least]));

/** What a thousand entries have to meet at least: so far below what they usually do that it is no matter of luck. */
const LEAST: Readonly<Record<string, number>> = {
	...each('deed', ALL_KINDS, 40),
	...each('troubles of', ALL_KINDS, 20),
	...each('send met', FAULTS, 10),
	...each('send met', SLOW_FAULTS, 1),
	...each('death at', PLACES_OF_DEATH, 1),
	...each('begun:', ['nothing', 'rejected'], 2),
	...each('begun:', ['in_flight', 'in_flight, done'], 8),
	...each('begun:', ['released', 'unknown', 'unknown, done'], 20),
	...each('found out:', ['found', 'absent', 'cannot_tell'], 12),
	...each('found out:', ['not_answered'], 1),
	...each('ended', ['rejected', 'unknown'], 5),
	...{ 'heard of': 1, 'second attempt': 1 },
};

/** What has occurred, so that a proof in which it did not occur is none. */
export class Tally {
	private readonly counts = new Map<string, number>();
	private entries = 0;

	/** What stands after the first run, before anybody looks. */
	begun(truths: readonly Truth[]): void {
		this.entries += truths.length;
		for (const { decision, entry, effects } of truths) {
			this.count(`deed ${decision.kind}`);
			this.count(`begun: ${entry?.state ?? 'nothing'}${effects.length > 0 ? ', done' : ''}`);
		}
	}

	/** What the trigger has made known. */
	heard(before: readonly Truth[], after: readonly Truth[]): void {
		const isKnown = ({ entry }: Truth) => entry?.state === 'succeeded';
		this.count('heard of', after.filter(isKnown).length - before.filter(isKnown).length);
	}

	looked(seen: readonly Looked[]): void {
		for (const { reconciled } of seen) this.count(`found out: ${reconciled.finding}`);
	}

	ended(truths: readonly Truth[], sends: readonly RecordedRequest[]): void {
		for (const { decision, entry } of truths) {
			this.count(`troubles of ${decision.kind}`, decision.troubles);
			this.count(`ended ${entry?.state}`);
			if (entry && entry.attempt > 1) this.count('second attempt');
		}
		for (const { fault } of sends) if (fault) this.count(`send met ${fault}`);
	}

	died(places: ReadonlyMap<string, number>): void {
		for (const [place, times] of places) this.count(`death at ${place}`, times);
	}

	figures(): Record<string, number> {
		return Object.fromEntries([...this.counts].sort(([a], [b]) => a.localeCompare(b)));
	}

	/** What has occurred too seldom to prove anything. */
	missing(): string[] {
		const share = this.entries / 1_000;
		return Object.entries(LEAST)
			.filter(([what, least]) => (this.counts.get(what) ?? 0) < least * share)
			.map(([what]) => what);
	}

	private count(what: string, times = 1): void {
		this.counts.set(what, times + (this.counts.get(what) ?? 0));
	}
}
