import {
	ABSENT_AFTER_MS,
	absentAfterMs,
	causeOf,
	lastPossibleSend,
	mustLookFirst,
} from '../../ledger/rules/doubt';
import type { DoubtCause, Entry, Harmless, Outcome, SettledEntry } from '../../ledger/model/entry';
import { settledWithoutClaim } from '../../ledger/rules/withoutClaim';
import type { Grant, SendReport } from '../../ledger/rules/claim';
import { claim, inDoubtMeanwhile, settle } from '../../ledger/rules/claim';
import { NOON_ISH as NOW } from './fakeTime';
import { asking, DAY, HOUR, LEASE, MINUTE, outcome, RETENTION, told } from './requests';

const ALL: readonly DoubtCause[] = ['shed', 'lost', 'failed', 'replayed'];

function grantOf(standing?: Entry, now = NOW, asked = asking()): Grant {
	const decision = claim(standing, asked, now);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

const lost = (cause?: DoubtCause): Outcome => outcome('unknown', cause ? { cause } : {});
const reporting = (first: Outcome, ...more: Outcome[]): SendReport => ({
	...{ outcomes: [first, ...more], sends: 1 + more.length },
});

function settled(grant: Grant, report: SendReport, now = NOW): SettledEntry {
	const { entry } = settle(grant.entry, grant, report, now, RETENTION);
	if (entry === undefined || !('settledAt' in entry)) throw new Error('not settled');
	return entry;
}

describe('the cause of a doubt', () => {
	it.each(ALL.flatMap((one) => ALL.map((other) => [one, other] as const)))(
		'is the worst over all sends, in whatever order: %s, %s',
		(one, other) => {
			const worst = ALL[Math.max(ALL.indexOf(one), ALL.indexOf(other))];
			const inOneLoop = settled(grantOf(), reporting(lost(one), lost(other)));
			expect(inOneLoop.cause).toBe(worst);
			const first = settled(grantOf(), reporting(lost(one)));
			const second = grantOf(first, NOW + MINUTE);
			expect(settled(second, reporting(lost(other)), NOW + MINUTE).cause).toBe(worst);
		},
	);

	it('that nobody has given is as bad as a 500', () => {
		expect(settled(grantOf(), reporting(lost())).cause).toBe('failed');
		expect(settled(grantOf(), reporting(lost('shed'), outcome('busy'))).cause).toBe('failed');
	});

	it('of a claim that was left behind is as bad as a 500, also where it had written something better', () => {
		const grant = grantOf();
		const written = inDoubtMeanwhile(grant.entry, grant, lost('shed'), NOW)!;
		expect([causeOf(grant.entry), written.cause, causeOf(written)]).toEqual(['failed', 'shed', 'failed']);
		const takenOver = grantOf(written, NOW + LEASE);
		expect(settled(takenOver, reporting(lost('shed')), NOW + LEASE).cause).toBe('failed');
		expect(settledWithoutClaim(written, 'unknown', lost(), NOW + LEASE).cause).toBe('failed');
	});

	it('of a claim without a ledger is as bad as a 500', () => {
		expect(settled({ ...grantOf(), unwritten: true }, reporting(lost('shed'))).cause).toBe('failed');
	});

	it('gets worse by a late settle, and never better', () => {
		const grant = grantOf();
		const other = settled(grantOf(grant.entry, NOW + LEASE), reporting(lost('shed')), NOW + LEASE);
		const afterWorse = settle(other, grant, reporting(lost('replayed')), NOW + LEASE, RETENTION);
		expect(afterWorse).toMatchObject({ kind: 'late', entry: { doubt: true, cause: 'replayed' } });
		const afterBetter = settle(other, grant, reporting(lost('shed')), NOW + LEASE, RETENTION);
		expect(afterBetter.entry?.cause).toBe('failed');
	});

	it('stays when a look shows that nothing was done, and ends with the attempt', () => {
		const unknown = settled(grantOf(), reporting(lost('failed')));
		const later = NOW + 4 * DAY;
		const grant = grantOf(unknown, later);
		const again = settled(grant, { ...reporting(lost('shed')), wasAbsent: true }, later);
		expect(again).toMatchObject({ cause: 'failed', firstSentAt: later });
		const rejected = settled(grantOf(unknown, NOW + 1), told('rejected'), NOW + 1);
		const next = grantOf(rejected, NOW + 2, asking({ afterRejection: 'newAttempt' }));
		expect(next.entry).toMatchObject({ attempt: 2, doubt: false });
		expect(next.entry.cause).toBeUndefined();
	});

	it('is no worse for having been looked at', () => {
		const unknown = settled(grantOf(), reporting(lost('shed')));
		const look = grantOf(unknown, NOW + DAY);
		expect(settled(look, { outcomes: [lost()], sends: 0 }, NOW + DAY).cause).toBe('shed');
	});
});

describe('what is not there counts as absent', () => {
	const doubtful = (cause: DoubtCause, more: Partial<Entry> = {}) =>
		({ ...settled(grantOf(), reporting(lost(cause))), ...more }) as Entry;

	it('after an hour, a day, or three days, by the worst cause', () => {
		expect(ALL.map((cause) => absentAfterMs(doubtful(cause)))).toEqual([HOUR, DAY, 3 * DAY, 3 * DAY]);
		expect(ALL.map((cause) => ABSENT_AFTER_MS[cause])).toEqual([HOUR, DAY, 3 * DAY, 3 * DAY]);
	});

	it('later after the worst causes where the user wants it so, and never sooner', () => {
		const after = (settleMs: number) =>
			ALL.map((cause) => absentAfterMs(doubtful(cause, { settleMs })) / DAY);
		expect(after(7 * DAY)).toEqual([HOUR / DAY, 1, 7, 7]);
		expect(after(1)).toEqual([HOUR / DAY, 1, 3, 3]);
	});

	it.each<[Harmless, number[]]>([
		['twice', [0, 0, 0, 0]],
		['create', [HOUR, HOUR, HOUR, HOUR]],
		['email', [HOUR, DAY, DAY, DAY]],
		// Of these Stripe has to show that they are harmless.
		['wholeRefund', [HOUR, DAY, 3 * DAY, 3 * DAY]],
		['wordsOnly', [HOUR, DAY, 3 * DAY, 3 * DAY]],
	])('sooner for what does no harm when it is done twice: %s', (harmless, waits) => {
		expect(ALL.map((cause) => absentAfterMs(doubtful(cause, { harmless })))).toEqual(waits);
	});

	it('counted from the last send, not from a look, nor from a send that was answered by a replay', () => {
		const first = settled(grantOf(), reporting(lost('lost')), NOW);
		const look = settled(grantOf(first, NOW + DAY), { outcomes: [lost()], sends: 0 }, NOW + DAY);
		expect(lastPossibleSend(look, NOW + DAY)).toBe(NOW);
		const replay = settled(grantOf(look, NOW + DAY), reporting(lost('replayed')), NOW + DAY);
		expect(lastPossibleSend(replay, NOW + DAY)).toBe(NOW);
		const real = settled(grantOf(look, NOW + DAY), reporting(lost('lost'), lost('replayed')), NOW + DAY);
		expect(lastPossibleSend(real, NOW + DAY)).toBe(NOW + DAY);
	});

	it('and from the end of the lease where the sends were not written', () => {
		expect(lastPossibleSend(grantOf().entry, NOW + DAY)).toBe(NOW + LEASE);
	});
});

describe('a look is due', () => {
	const doubtful = (cause: DoubtCause, request = {}) =>
		settled(grantOf(undefined, NOW, asking({ request })), reporting(lost(cause)));
	const due = (entry: Entry, after: number) => mustLookFirst(entry, NOW + after);

	it.each(['shed', 'lost', 'failed'] as const)(
		'23 h after the first send, whatever the cause was: %s',
		(cause) => {
			expect(due(doubtful(cause), 23 * HOUR - 1)).toBe(false);
			expect(due(doubtful(cause), 23 * HOUR)).toBe(true);
		},
	);

	it('at once for a DELETE, also where the clock was ahead', () => {
		expect(due(doubtful('shed', { method: 'DELETE' }), -HOUR)).toBe(true);
		expect(due(doubtful('shed', { method: 'DELETE' }), 0)).toBe(true);
	});

	it('at once where the age is more than a minute negative, or not known', () => {
		expect(due(doubtful('shed'), -MINUTE)).toBe(false);
		expect(due(doubtful('shed'), -MINUTE - 1)).toBe(true);
		expect(due({ ...doubtful('shed'), firstSentAt: undefined }, 0)).toBe(true);
	});

	it('at once after a 500 that was a replay', () => {
		expect(due(doubtful('replayed'), 0)).toBe(true);
	});

	it('never where nothing is in doubt', () => {
		const released = settled(grantOf(), told('unauthorized'));
		expect(due(released, 365 * DAY)).toBe(false);
	});

	it('what a clock that was ahead has written does not become a time by being looked at', () => {
		const ahead = settled(grantOf(undefined, NOW + 365 * DAY), reporting(lost('lost')), NOW + 365 * DAY);
		const looked = settled(grantOf(ahead, NOW), { outcomes: [lost()], sends: 0 }, NOW);
		expect(looked.lastSentAt).toBe(NOW);
		expect(looked.firstSentAt).toBeUndefined();
		expect(grantOf(looked, NOW + MINUTE)).toMatchObject({ reconcileFirst: true });
	});
});

describe('a 500 that was a replay', () => {
	it('leads to a new attempt with a new key, once it is sure that the first one had no effect, and never before', () => {
		const unknown = settled(grantOf(), reporting(lost('failed'), lost('replayed')));
		const later = NOW + 3 * DAY;
		const look = grantOf(unknown, later);
		expect(look).toMatchObject({ reconcileFirst: true, entry: { attempt: 1, key: unknown.key } });
		const report: SendReport = { ...told('unreachable'), sends: 0, wasAbsent: true };
		const absent = settled(look, report, later);
		expect(absent).toMatchObject({ state: 'released', doubt: false, cause: 'replayed', attempt: 1 });
		const next = grantOf(absent, later);
		expect(next).toMatchObject({ reconcileFirst: false, entry: { attempt: 2, key: `${unknown.key}_2` } });
		expect(next.entry.cause).toBeUndefined();
		expect(next.entry.past).toMatchObject([{ attempt: 1, key: unknown.key }]);
	});
});

describe('a repeat that does no harm although the earlier send may still take effect', () => {
	it('is not taken for rejected: the refusal may be the work of the earlier one', () => {
		const unknown = settled(grantOf(), reporting(lost('lost')));
		const grant = grantOf(unknown, NOW + DAY);
		const refused = settled(grant, { ...told('rejected'), mayStillCome: true }, NOW + DAY);
		expect(refused).toMatchObject({ state: 'unknown', doubt: true });
	});
});
