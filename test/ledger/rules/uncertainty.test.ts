import {
	NOT_EXECUTED_AFTER_MS,
	notExecutedAfterMs,
	uncertaintyCauseOf,
	lastPossibleSendAt,
	mayBeSentBefore,
	mustReconcileFirst,
	sentTimesOf,
} from '../../../ledger/rules/uncertainty';
import type {
	UncertaintyCause,
	Entry,
	HarmlessKind,
	Outcome,
	Renewal,
	SettledEntry,
} from '../../../ledger/model/entry';
import { resolveWithoutClaim } from '../../../ledger/rules/applyReconciliation';
import type { Grant } from '../../../ledger/rules/grant';
import type { SendReport } from '../../../ledger/rules/settle';
import { decideClaim } from '../../../ledger/rules/claim';
import { markUncertain, decideSettle } from '../../../ledger/rules/settle';
import { START_TIME as NOW } from '../fakeClock';
import {
	buildRequest,
	DAY,
	HOUR,
	LEASE,
	MINUTE,
	buildOutcome,
	ENTRY_RETENTION_MS,
	buildReport,
} from '../requests';

const ALL: readonly UncertaintyCause[] = ['shed', 'lost', 'failed', 'replayed', 'mismatched'];

function grantOf(current?: Entry, now = NOW, claimRequest = buildRequest()): Grant {
	const decision = decideClaim(current, claimRequest, now);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

const lost = (cause?: UncertaintyCause): Outcome =>
	buildOutcome('unknown', cause ? { uncertaintyCause: cause } : {});
const reporting = (first: Outcome, ...more: Outcome[]): SendReport => ({
	outcomes: [first, ...more],
	sends: 1 + more.length,
});

function settled(grant: Grant, report: SendReport, now = NOW): SettledEntry {
	const { entry } = decideSettle(grant.entry, grant, report, now, ENTRY_RETENTION_MS);
	if (entry === undefined || !('settledAt' in entry)) throw new Error('not settled');
	return entry;
}

describe('the cause of uncertainty', () => {
	it.each(ALL.flatMap((one) => ALL.map((other) => [one, other] as const)))(
		'is the worst over all sends, in any order: %s, %s',
		(one, other) => {
			const worst = ALL[Math.max(ALL.indexOf(one), ALL.indexOf(other))];
			const inOneLoop = settled(grantOf(), reporting(lost(one), lost(other)));
			expect(inOneLoop.uncertaintyCause).toBe(worst);
			const first = settled(grantOf(), reporting(lost(one)));
			const second = grantOf(first, NOW + MINUTE);
			expect(settled(second, reporting(lost(other)), NOW + MINUTE).uncertaintyCause).toBe(worst);
		},
	);

	it('counts as a 500 if it is missing', () => {
		expect(settled(grantOf(), reporting(lost())).uncertaintyCause).toBe('failed');
		expect(settled(grantOf(), reporting(lost('shed'), buildOutcome('busy'))).uncertaintyCause).toBe(
			'failed',
		);
	});

	it('counts as a 500 for an abandoned claim, even if it had recorded a better one', () => {
		const grant = grantOf();
		const written = markUncertain(grant.entry, grant, lost('shed'), NOW)!;
		expect([
			uncertaintyCauseOf(grant.entry),
			written.uncertaintyCause,
			uncertaintyCauseOf(written),
		]).toEqual(['failed', 'shed', 'failed']);
		const takenOver = grantOf(written, NOW + LEASE);
		expect(settled(takenOver, reporting(lost('shed')), NOW + LEASE).uncertaintyCause).toBe('failed');
		expect(resolveWithoutClaim(written, 'unknown', lost(), NOW + LEASE).uncertaintyCause).toBe('failed');
	});

	it('is stored with the time of the send, except for a stored error that Stripe replays: that was sent before', () => {
		const grant = grantOf();
		const failed = markUncertain(grant.entry, grant, lost('failed'), NOW + MINUTE)!;
		expect(failed.lastSentAt).toBe(NOW + MINUTE);
		const repeated = markUncertain(failed, grant, lost('replayed'), NOW + 2 * MINUTE)!;
		expect(repeated.lastSentAt).toBe(NOW + MINUTE);
	});

	it('counts as a 500 for a claim without a ledger', () => {
		expect(settled({ ...grantOf(), notPersisted: true }, reporting(lost('shed'))).uncertaintyCause).toBe(
			'failed',
		);
		const certain = settled({ ...grantOf(), notPersisted: true }, buildReport('succeeded'));
		expect(certain).not.toHaveProperty('uncertaintyCause');
	});

	it('can become worse through a late settle, but never better', () => {
		const grant = grantOf();
		const other = settled(grantOf(grant.entry, NOW + LEASE), reporting(lost('shed')), NOW + LEASE);
		const afterWorse = decideSettle(
			other,
			grant,
			reporting(lost('replayed')),
			NOW + LEASE,
			ENTRY_RETENTION_MS,
		);
		expect(afterWorse).toMatchObject({
			kind: 'late',
			entry: { mayHaveExecuted: true, uncertaintyCause: 'replayed' },
		});
		const afterBetter = decideSettle(
			other,
			grant,
			reporting(lost('shed')),
			NOW + LEASE,
			ENTRY_RETENTION_MS,
		);
		expect(afterBetter.entry?.uncertaintyCause).toBe('failed');
	});

	it('is kept when reconciliation shows that nothing was executed, and ends with the attempt', () => {
		const unknown = settled(grantOf(), reporting(lost('failed')));
		const later = NOW + 4 * DAY;
		const grant = grantOf(unknown, later);
		const again = settled(grant, { ...reporting(lost('shed')), provedNotExecuted: true }, later);
		expect(again).toMatchObject({ uncertaintyCause: 'failed', firstSentAt: later });
		const rejected = settled(grantOf(unknown, NOW + 1), buildReport('rejected'), NOW + 1);
		const next = grantOf(rejected, NOW + 2, buildRequest({ afterRejection: 'newAttempt' }));
		expect(next.entry).toMatchObject({ attempt: 2, mayHaveExecuted: false });
		expect(next.entry.uncertaintyCause).toBeUndefined();
	});

	it('starts anew with a claim that was proven not to be executed before, however late it is sent', () => {
		const later = NOW + 4 * DAY;
		const grant = grantOf(settled(grantOf(), reporting(lost('failed'))), later);
		const entry = markUncertain(grant.entry, grant, lost('failed'), later + MINUTE)!;
		const report = { ...reporting(lost('failed'), lost('failed')), provedNotExecuted: true as const };
		expect(settled({ ...grant, entry }, report, later + 2 * MINUTE)).toMatchObject({
			firstSentAt: later,
			lastSentAt: later + 2 * MINUTE,
		});
	});

	it('does not become better by being reconciled', () => {
		const unknown = settled(grantOf(), reporting(lost('shed')));
		const look = grantOf(unknown, NOW + DAY);
		expect(settled(look, { outcomes: [lost()], sends: 0 }, NOW + DAY).uncertaintyCause).toBe('shed');
	});
});

describe('an object that is not found counts as not executed', () => {
	const doubtful = (cause: UncertaintyCause, more: Partial<Entry> = {}) =>
		({ ...settled(grantOf(), reporting(lost(cause))), ...more }) as Entry;

	it('after an hour, a day, or three days, by the worst cause', () => {
		expect(ALL.map((cause) => notExecutedAfterMs(doubtful(cause)))).toEqual([
			HOUR,
			DAY,
			3 * DAY,
			3 * DAY,
			3 * DAY,
		]);
		expect(ALL.map((cause) => NOT_EXECUTED_AFTER_MS[cause])).toEqual([
			HOUR,
			DAY,
			3 * DAY,
			3 * DAY,
			3 * DAY,
		]);
	});

	it('later after the worst causes if the user chooses so, and never sooner', () => {
		const after = (settleMs: number) =>
			ALL.map((cause) => notExecutedAfterMs(doubtful(cause, { settleAfterMs: settleMs })) / DAY);
		expect(after(7 * DAY)).toEqual([HOUR / DAY, 1, 7, 7, 7]);
		expect(after(1)).toEqual([HOUR / DAY, 1, 3, 3, 3]);
	});

	it.each<[HarmlessKind, number[]]>([
		['twice', [0, 0, 0, 0, 0]],
		['create', [HOUR, HOUR, HOUR, HOUR, HOUR]],
		['email', [HOUR, DAY, DAY, DAY, DAY]],
		// Of these Stripe has to show that they are harmless.
		['wholeRefund', [HOUR, DAY, 3 * DAY, 3 * DAY, 3 * DAY]],
		['wordsOnly', [HOUR, DAY, 3 * DAY, 3 * DAY, 3 * DAY]],
	])('sooner for a request that is harmless when executed twice: %s', (harmless, waits) => {
		expect(ALL.map((cause) => notExecutedAfterMs(doubtful(cause, { harmless })))).toEqual(waits);
	});

	it('counted from the last send, not from a reconciliation or a replayed response', () => {
		const first = settled(grantOf(), reporting(lost('lost')), NOW);
		const look = settled(grantOf(first, NOW + DAY), { outcomes: [lost()], sends: 0 }, NOW + DAY);
		expect(lastPossibleSendAt(look, NOW + DAY)).toBe(NOW);
		const replay = settled(grantOf(look, NOW + DAY), reporting(lost('replayed')), NOW + DAY);
		expect(lastPossibleSendAt(replay, NOW + DAY)).toBe(NOW);
		const real = settled(grantOf(look, NOW + DAY), reporting(lost('lost'), lost('replayed')), NOW + DAY);
		expect(lastPossibleSendAt(real, NOW + DAY)).toBe(NOW + DAY);
	});

	it('and from the end of the lease if the sends were not recorded', () => {
		expect(lastPossibleSendAt(grantOf().entry, NOW + DAY)).toBe(NOW + LEASE);
	});
});

describe('reconciliation is required', () => {
	const doubtful = (cause: UncertaintyCause, request = {}) =>
		settled(grantOf(undefined, NOW, buildRequest({ request })), reporting(lost(cause)));
	const due = (entry: Entry, after: number) => mustReconcileFirst(entry, NOW + after);

	it.each(['shed', 'lost', 'failed'] as const)(
		'23 h after the first send, whatever the cause was: %s',
		(cause) => {
			expect(due(doubtful(cause), 23 * HOUR - 1)).toBe(false);
			expect(due(doubtful(cause), 23 * HOUR)).toBe(true);
		},
	);

	it('at once for a DELETE, even if the clock was ahead', () => {
		expect(due(doubtful('shed', { method: 'DELETE' }), -HOUR)).toBe(true);
		expect(due(doubtful('shed', { method: 'DELETE' }), 0)).toBe(true);
	});

	it('at once if the age is negative by more than a minute, or unknown', () => {
		expect(due(doubtful('shed'), -MINUTE)).toBe(false);
		expect(due(doubtful('shed'), -MINUTE - 1)).toBe(true);
		expect(due({ ...doubtful('shed'), firstSentAt: undefined }, 0)).toBe(true);
	});

	it('at once after a replayed 500, and if Stripe has the key with a different request', () => {
		expect(due(doubtful('replayed'), 0)).toBe(true);
		expect(due(doubtful('mismatched'), 0)).toBe(true);
	});

	it('never if nothing is in doubt', () => {
		const released = settled(grantOf(), buildReport('unauthorized'));
		expect(due(released, 365 * DAY)).toBe(false);
	});

	it('a time written by a clock that was ahead is not corrected by a reconciliation', () => {
		const ahead = settled(grantOf(undefined, NOW + 365 * DAY), reporting(lost('lost')), NOW + 365 * DAY);
		const looked = settled(grantOf(ahead, NOW), { outcomes: [lost()], sends: 0 }, NOW);
		expect(looked.lastSentAt).toBe(NOW);
		expect(looked.firstSentAt).toBeUndefined();
		expect(grantOf(looked, NOW + MINUTE)).toMatchObject({ reconcileFirst: true });
	});
});

describe('a replayed 500', () => {
	it('leads to a new attempt with a new key once the first one definitely had no effect, and never before', () => {
		const unknown = settled(grantOf(), reporting(lost('failed'), lost('replayed')));
		const later = NOW + 3 * DAY;
		const look = grantOf(unknown, later);
		expect(look).toMatchObject({ reconcileFirst: true, entry: { attempt: 1, key: unknown.key } });
		const report: SendReport = { ...buildReport('unreachable'), sends: 0, provedNotExecuted: true };
		const absent = settled(look, report, later);
		expect(absent).toMatchObject({
			state: 'released',
			mayHaveExecuted: false,
			uncertaintyCause: 'replayed',
			attempt: 1,
		});
		const next = grantOf(absent, later);
		expect(next).toMatchObject({ reconcileFirst: false, entry: { attempt: 2, key: `${unknown.key}_2` } });
		expect(next.entry.uncertaintyCause).toBeUndefined();
		expect(next.entry.previousAttempts).toMatchObject([{ attempt: 1, key: unknown.key }]);
	});
});

describe('a harmless repeat while the earlier send may still execute', () => {
	it('is not stored as rejected: the earlier send may have caused the refusal', () => {
		const unknown = settled(grantOf(), reporting(lost('lost')));
		const grant = grantOf(unknown, NOW + DAY);
		const refused = settled(grant, { ...buildReport('rejected'), mayStillExecute: true }, NOW + DAY);
		expect(refused).toMatchObject({ state: 'unknown', mayHaveExecuted: true });
	});
});

describe('a search for what an unknown request has created', () => {
	const unknown = settled(grantOf(), reporting(lost('failed')));
	const { notExecutedAt } = sentTimesOf(unknown, NOW);

	it('starts at the first send while a miss decides nothing', () => {
		expect(sentTimesOf(unknown, notExecutedAt - 1).searchFrom).toBe(unknown.firstSentAt);
	});

	it('starts seven days earlier once a miss leads to a new attempt', () => {
		expect(sentTimesOf(unknown, notExecutedAt).searchFrom).toBe(NOW - 7 * DAY);
	});

	it('starts seven days earlier once Stripe reports a different request under the key', () => {
		const mismatched = settled(grantOf(), reporting(lost('mismatched')));
		expect(sentTimesOf(mismatched, NOW).searchFrom).toBe(NOW - 7 * DAY);
	});
});

describe('a lost ledger may have sent the key before', () => {
	const RENEWAL = { cancels: [], previous: grantOf().entry } as unknown as Renewal;

	it.each<[string, number | undefined, Partial<Entry>, number, boolean]>([
		['an hour after the first send, in the first week of this ledger', NOW, {}, HOUR, true],
		['within an hour of the first send', NOW, {}, HOUR - 1, false],
		['in the last moment of the first week', NOW - 7 * DAY + 1, {}, HOUR, true],
		['after the first week', NOW - 7 * DAY, {}, HOUR, false],
		['if it is unknown when this ledger was created', undefined, {}, HOUR, true],
		['not after a decline, which is searched before the claim', NOW, { renewal: RENEWAL }, HOUR, false],
		['not after a decline, in whatever ledger', undefined, { renewal: RENEWAL }, HOUR - 1, false],
		[
			'where the first send is unknown, since the entry was created',
			NOW,
			{ firstSentAt: undefined },
			HOUR,
			true,
		],
	])('%s', (_when, beganAt, facts, later, may) => {
		const entry = { ...grantOf().entry, ...facts } as Entry;
		expect(mayBeSentBefore(entry, NOW + later, beganAt)).toBe(may);
	});
});

it.each([
	['in the first week of the ledger', NOW - 7 * DAY + 1, true],
	['later', NOW - 7 * DAY, undefined],
])('a repeat by its key alone is searched for in Stripe %s', (_when, ledgerBeganAt, verifyFirst) => {
	const unknown = settled(grantOf(), reporting(lost('lost')));
	const repeat = grantOf(unknown, NOW + 2 * HOUR, buildRequest({ ledgerBeganAt }));
	expect(repeat).toMatchObject({ reconcileFirst: false });
	expect(repeat.verifyFirst).toBe(verifyFirst);
	expect(grantOf(undefined, NOW, buildRequest({ ledgerBeganAt }))).not.toHaveProperty('verifyFirst');
});

describe('a v2 key that a lost ledger may have sent', () => {
	const sentTo = (path: string) => {
		const request = buildRequest();
		return grantOf(undefined, NOW, { ...request, request: { ...request.request, path } }).entry;
	};

	it.each([
		['/v2/core/accounts', 21 * DAY, false],
		['/v2/core/accounts', 22 * DAY, true],
	])('of %s is searched for in Stripe %i ms after its first send: %s', (path, ms, isSearched) => {
		expect(mayBeSentBefore(sentTo(path), NOW + ms, NOW)).toBe(isSearched);
	});
});
