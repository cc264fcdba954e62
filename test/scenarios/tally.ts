import type { RecordedRequest } from '../simulator/simulator';
import type { ReconciledItem } from './batch';
import { ALL_OPERATION_KINDS } from './operations';
import { FAULTS, CRASH_POINTS, SLOW_FAULTS } from './scenario';
import type { Truth } from './truth';

const each = (what: string, names: readonly string[], least: number) =>
	Object.fromEntries(names.map((name) => [`${what} ${name}`, least]));

/** What a thousand entries have to meet at least: so far below what they usually do that it is no matter of luck. */
const LEAST: Readonly<Record<string, number>> = {
	...each('operation', ALL_OPERATION_KINDS, 40),
	...each('troubles of', ALL_OPERATION_KINDS, 20),
	...each('send met', FAULTS, 10),
	...each('send met', SLOW_FAULTS, 1),
	...each('death at', CRASH_POINTS, 1),
	...each('begun:', ['nothing', 'rejected'], 2),
	...each('begun:', ['in_flight', 'in_flight, done'], 8),
	...each('begun:', ['released', 'unknown', 'unknown, done'], 20),
	...each('found out:', ['executed', 'not_executed', 'inconclusive'], 12),
	...each('found out:', ['stripe_unavailable'], 1),
	...each('ended', ['rejected', 'unknown'], 5),
	'heard of': 1,
	'second attempt': 1,
};

/** What has occurred, so that a proof in which it did not occur is none. */
export class Tally {
	private readonly counts = new Map<string, number>();
	private entries = 0;

	/** What stands after the first run, before anybody looks. */
	countInitial(truths: readonly Truth[]): void {
		this.entries += truths.length;
		for (const { decision, entry, effects } of truths) {
			this.count(`operation ${decision.kind}`);
			this.count(`begun: ${entry?.state ?? 'nothing'}${effects.length > 0 ? ', done' : ''}`);
		}
	}

	/** What the trigger has made known. */
	countConfirmed(before: readonly Truth[], after: readonly Truth[]): void {
		const isKnown = ({ entry }: Truth) => entry?.state === 'succeeded';
		this.count('heard of', after.filter(isKnown).length - before.filter(isKnown).length);
	}

	countFindings(seen: readonly ReconciledItem[]): void {
		for (const { reconciled } of seen) this.count(`found out: ${reconciled.finding}`);
	}

	countFinal(truths: readonly Truth[], sends: readonly RecordedRequest[]): void {
		for (const { decision, entry } of truths) {
			this.count(`troubles of ${decision.kind}`, decision.troubles);
			this.count(`ended ${entry?.state}`);
			if (entry && entry.attempt > 1) this.count('second attempt');
		}
		for (const { fault } of sends) if (fault) this.count(`send met ${fault}`);
	}

	countCrashes(places: ReadonlyMap<string, number>): void {
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
