import type { Entry, Outcome, OutcomeKind } from '../../../ledger/model/entry';
import { Ledger } from '../../../ledger/ledger';
import type { ReconciliationResult } from '../../../ledger/rules/applyReconciliation';
import { needsReconciliation, applyReconciliation } from '../../../ledger/rules/applyReconciliation';
import type { ClaimDecision } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Grant } from '../../../ledger/rules/grant';
import type { SendReport } from '../../../ledger/rules/settle';
import { decideClaim } from '../../../ledger/rules/claim';
import { decideSettle } from '../../../ledger/rules/settle';
import { FakeClock, START_TIME as NOW } from '../fakeClock';
import { MapStore } from '../../model/mapStore';
import { buildRequest, DAY, HOUR, LEASE, buildOutcome, ENTRY_RETENTION_MS, buildReport } from '../requests';

const FOUND: ReconciliationResult = { kind: 'executed', outcome: { kind: 'succeeded', objectId: 'pi_1' } };
const DECLINED: ReconciliationResult = {
	kind: 'executed',
	outcome: { kind: 'rejected', code: 'card_declined' },
};
const ABSENT: ReconciliationResult = {
	kind: 'not_executed',
	outcome: { kind: 'unreachable', code: 'not_executed' },
};
const OPEN: ReconciliationResult = {
	kind: 'inconclusive',
	outcome: { kind: 'unknown', code: 'not_sent_inconclusive' },
};

function granted(decision: ClaimDecision): Grant {
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

const claimed = (claimRequest = buildRequest()) => granted(decideClaim(undefined, claimRequest, NOW)).entry;
const deleting = () =>
	buildRequest({ request: { method: 'DELETE', path: '/v1/customers/cus_1' }, params: {} });

function settled(claimRequest: ClaimRequest, report: SendReport, now = NOW): Entry {
	const grant = granted(decideClaim(undefined, claimRequest, now));
	return decideSettle(grant.entry, grant, report, now, ENTRY_RETENTION_MS).entry!;
}

const unknown = (facts: Partial<Outcome> = {}) =>
	settled(buildRequest(), { outcomes: [buildOutcome('unknown', facts)], sends: 1 });

function cancelled(entry: Entry): Entry {
	const {
		claimId: _claimId,
		leaseUntil: _until,
		outcome: _outcome,
		settledAt: _at,
		...facts
	} = {
		claimId: '',
		leaseUntil: 0,
		outcome: undefined,
		settledAt: 0,
		...entry,
	};
	return { ...facts, state: 'cancelled', cancellation: { reason: 'cancelled', at: NOW } };
}

describe('needsReconciliation is', () => {
	it.each<[string, boolean, () => Entry, number]>([
		['an entry in flight', false, claimed, NOW + LEASE - 1],
		['an entry interrupted while sending', true, claimed, NOW + LEASE],
		['an unknown entry', true, unknown, NOW],
		['a succeeded entry', false, () => settled(buildRequest(), buildReport('succeeded')), NOW],
		['a rejected entry', false, () => settled(buildRequest(), buildReport('rejected')), NOW],
		[
			'a released entry that was never sent',
			false,
			() => settled(buildRequest(), buildReport('unreachable')),
			NOW,
		],
		['a released entry in doubt', true, () => doubted(buildReport('unreachable')), NOW],
		[
			'a cancelled entry',
			false,
			() => cancelled(settled(buildRequest(), buildReport('unreachable'))),
			NOW,
		],
		['a cancelled entry in doubt', true, () => cancelled(unknown()), NOW],
	])('%s: %s', (_what, open, current, now) => {
		expect(needsReconciliation(current(), now)).toBe(open);
	});

	/** Another holder, who came late, may have done it. */
	function doubted(report: SendReport): Entry {
		const entry = settled(buildRequest(), report);
		return { ...entry, mayHaveExecuted: true };
	}
});

describe('a finding', () => {
	it('turns an unknown entry into what Stripe shows', () => {
		const done = applyReconciliation(unknown(), FOUND, NOW + HOUR)!;
		expect(done).toMatchObject({ state: 'succeeded', mayHaveExecuted: false, settledAt: NOW + HOUR });
		expect(decideClaim(done, buildRequest(), NOW + DAY).kind).toBe('replay');
		const declined = applyReconciliation(unknown(), DECLINED, NOW + HOUR);
		expect(
			decideClaim(declined, buildRequest({ afterRejection: 'newAttempt' }), NOW + DAY),
		).toMatchObject({
			grant: { entry: { attempt: 2 } },
		});
	});

	it('keeps the request whose response was lost', () => {
		const lostEntry = unknown({ requestId: 'req_2', originalRequestId: 'req_1' });
		for (const finding of [FOUND, ABSENT, OPEN]) {
			expect(applyReconciliation(lostEntry, finding, NOW)).toMatchObject({
				outcome: { ...finding.outcome, requestId: 'req_2', originalRequestId: 'req_1' },
			});
		}
	});

	it('not executed: the same attempt and key may be sent, and its key counts as new', () => {
		const lostEntry = unknown();
		const absent = applyReconciliation(lostEntry, ABSENT, NOW + 4 * DAY)!;
		expect(absent).toMatchObject({ state: 'released', mayHaveExecuted: false });
		const { entry, reconcileFirst } = granted(decideClaim(absent, buildRequest(), NOW + 5 * DAY));
		expect(entry).toMatchObject({ key: lostEntry.key, attempt: 1, firstSentAt: NOW + 5 * DAY });
		expect(reconcileFirst).toBe(false);
	});

	it('not executed: a DELETE too is no longer in doubt and can be cancelled', () => {
		const lostEntry = settled(deleting(), buildReport('unknown'));
		const absent = applyReconciliation(lostEntry, ABSENT, NOW + 4 * DAY)!;
		expect(absent).toMatchObject({ state: 'released', mayHaveExecuted: false });
		expect(needsReconciliation(absent, NOW + 4 * DAY)).toBe(false);
	});

	it('inconclusive: no new key, and no blind send after a day', () => {
		const lostEntry = unknown();
		const open = applyReconciliation(lostEntry, OPEN, NOW + DAY)!;
		expect(open).toMatchObject({
			state: 'unknown',
			mayHaveExecuted: true,
			lastSentAt: lostEntry.lastSentAt,
		});
		expect(granted(decideClaim(open, buildRequest(), NOW + DAY))).toMatchObject({
			entry: { key: lostEntry.key },
			reconcileFirst: true,
		});
		expect(decideClaim(open, buildRequest({ params: { amount: '1' } }), NOW + DAY).kind).toBe('conflict');
	});

	it('inconclusive: an interrupted claim may have sent until its lease expired', () => {
		const open = applyReconciliation(claimed(), OPEN, NOW + DAY)!;
		expect(open).toMatchObject({ state: 'unknown', sends: 1, lastSentAt: NOW + LEASE });
		expect(open).not.toHaveProperty('claimId');
		expect(open).not.toHaveProperty('leaseUntil');
	});

	it('never releases an entry that a person has cancelled', () => {
		const stopped = cancelled(unknown());
		expect(applyReconciliation(stopped, OPEN, NOW)).toBeUndefined();
		const absent = applyReconciliation(stopped, ABSENT, NOW)!;
		expect(absent).toMatchObject({ state: 'cancelled', mayHaveExecuted: false });
		expect(decideClaim(absent, buildRequest(), NOW).kind).toBe('blocked');
		expect(applyReconciliation(stopped, FOUND, NOW)).toMatchObject({ state: 'succeeded' });
		const declined = applyReconciliation(stopped, DECLINED, NOW)!;
		expect(declined).toMatchObject({
			state: 'cancelled',
			mayHaveExecuted: false,
			previousAttempts: [{ key: stopped.key }],
		});
		expect(decideClaim(declined, buildRequest({ afterRejection: 'newAttempt' }), NOW).kind).toBe(
			'blocked',
		);
	});

	it('extends the retention of the entry from the time of the finding', () => {
		for (const finding of [FOUND, DECLINED, ABSENT, OPEN]) {
			const once = applyReconciliation(unknown(), finding, NOW + 200 * DAY)!;
			expect(once.expiresAt).toBe(NOW + 200 * DAY + ENTRY_RETENTION_MS);
			expect(applyReconciliation(once, OPEN, NOW + 300 * DAY)!.expiresAt).toBe(
				NOW + 300 * DAY + ENTRY_RETENTION_MS,
			);
		}
	});
});

describe('a settle after a finding of not executed', () => {
	const after = (...kinds: [OutcomeKind]): Entry => {
		const grant = granted(decideClaim(unknown(), buildRequest(), NOW + 4 * DAY));
		expect(grant.reconcileFirst).toBe(true);
		const report: SendReport = { ...buildReport(...kinds), provedNotExecuted: true };
		return decideSettle(grant.entry, grant, report, NOW + 4 * DAY, ENTRY_RETENTION_MS).entry!;
	};

	it('takes only its own sends into account', () => {
		expect(after('unauthorized')).toMatchObject({ state: 'released', mayHaveExecuted: false });
		expect(after('unknown')).toMatchObject({ state: 'unknown', firstSentAt: NOW + 4 * DAY });
	});

	it('includes what was recorded in the meantime', () => {
		const grant = granted(decideClaim(unknown(), buildRequest(), NOW + 4 * DAY));
		const confirmed = { ...grant.entry, version: grant.entry.version + 1 };
		const report: SendReport = { ...buildReport('unauthorized'), provedNotExecuted: true };
		expect(decideSettle(confirmed, grant, report, NOW + 4 * DAY, ENTRY_RETENTION_MS).entry).toMatchObject(
			{
				state: 'unknown',
				mayHaveExecuted: true,
				firstSentAt: NOW,
			},
		);
	});

	it('belongs to the account that sent it: a different account must not repeat it blindly', () => {
		const ofPlatform = () => buildRequest({ request: { stripeAccount: 'acct_1' } });
		const grant = granted(decideClaim(unknown(), ofPlatform(), NOW + 4 * DAY));
		const report: SendReport = { ...buildReport('unknown'), provedNotExecuted: true };
		const { entry } = decideSettle(grant.entry, grant, report, NOW + 4 * DAY, ENTRY_RETENTION_MS);
		const now = NOW + 4 * DAY + HOUR;
		expect(granted(decideClaim(entry, ofPlatform(), now)).reconcileFirst).toBe(false);
		expect(granted(decideClaim(entry, buildRequest(), now)).reconcileFirst).toBe(true);
	});

	it('that never comes, because the process died after its send: the entry is reconciled again from then on', () => {
		const sent = granted(decideClaim(unknown(), buildRequest(), NOW + 4 * DAY)).entry;
		const later = NOW + 4 * DAY + LEASE;
		const grant = granted(decideClaim(sent, buildRequest(), later));
		expect(grant).toMatchObject({ reconcileFirst: true, entry: { key: sent.key, firstSentAt: NOW } });
		expect(applyReconciliation(sent, OPEN, later)).toMatchObject({ state: 'unknown', lastSentAt: later });
	});

	it('and of a DELETE nothing is certain except that the object is gone', () => {
		const grant = granted(
			decideClaim(settled(deleting(), buildReport('unknown')), deleting(), NOW + 4 * DAY),
		);
		const report: SendReport = { ...buildReport('rejected'), provedNotExecuted: true };
		expect(decideSettle(grant.entry, grant, report, NOW + 4 * DAY, ENTRY_RETENTION_MS).entry!.state).toBe(
			'unknown',
		);
	});

	it('does not restart the time in which Stripe may still execute it', () => {
		const grant = granted(decideClaim(unknown(), buildRequest(), NOW + DAY));
		const report: SendReport = { ...buildReport('unknown'), sends: 0 };
		expect(decideSettle(grant.entry, grant, report, NOW + DAY, ENTRY_RETENTION_MS).entry).toMatchObject({
			lastSentAt: NOW,
			sends: 1,
		});
	});
});

describe('Ledger.conclude', () => {
	const time = new FakeClock();
	let ledger: Ledger;
	let lostEntry: Entry;
	beforeEach(async () => {
		ledger = new Ledger(new MapStore(), time);
		const grant = granted(await ledger.claim(buildRequest(), 0));
		lostEntry = (await ledger.settle(grant, buildReport('unknown'), ENTRY_RETENTION_MS)).entry;
	});

	it('writes the finding', async () => {
		expect(await ledger.recordReconciliation(lostEntry, FOUND)).toMatchObject({ isWritten: true });
		expect(await ledger.find(lostEntry.entryId)).toMatchObject({ state: 'succeeded' });
	});

	it.each([FOUND, ABSENT, OPEN])(
		'does not write $kind over a claim made in the meantime: it may have sent',
		async (finding) => {
			const { entry } = granted(await ledger.claim(buildRequest(), 0));
			expect(await ledger.recordReconciliation(lostEntry, finding)).toEqual({
				isWritten: false,
				entry,
			});
			expect(await ledger.find(lostEntry.entryId)).toEqual(entry);
		},
	);

	it('returns success to two workers with the same finding', async () => {
		const both = await Promise.all([
			ledger.recordReconciliation(lostEntry, ABSENT),
			ledger.recordReconciliation(lostEntry, ABSENT),
		]);
		expect(both.map(({ isWritten, entry }) => [isWritten, entry?.state])).toEqual([
			[true, 'released'],
			[true, 'released'],
		]);
		expect((await ledger.find(lostEntry.entryId))!.version).toBe(lostEntry.version + 1);
	});

	it('does not take a late response of the meantime for the finding', async () => {
		await ledger.recordReconciliation(lostEntry, ABSENT);
		const unwritten = granted(await ledger.claimWithoutLedger(buildRequest()));
		const { entry: seen } = await ledger.settle(unwritten, buildReport('unknown'), ENTRY_RETENTION_MS);
		const doubtful = (await ledger.find(seen.entryId))!;
		expect(doubtful).toMatchObject({ state: 'released', mayHaveExecuted: true });
		await ledger.settle(unwritten, buildReport('succeeded'), ENTRY_RETENTION_MS);
		const { isWritten, entry } = await ledger.recordReconciliation(doubtful, ABSENT);
		expect(entry).toMatchObject({ state: 'released', mayHaveExecuted: true });
		expect(isWritten).toBe(false);
	});

	it('is never overwritten by a claim that the store did not know of', async () => {
		const unwritten = granted(await ledger.claimWithoutLedger(buildRequest()));
		await ledger.recordReconciliation(lostEntry, FOUND);
		await ledger.settle(unwritten, buildReport('unknown'), ENTRY_RETENTION_MS);
		expect(await ledger.find(lostEntry.entryId)).toMatchObject({
			state: 'succeeded',
			lateResponses: [{ outcome: { kind: 'unknown' } }],
		});
	});
});
