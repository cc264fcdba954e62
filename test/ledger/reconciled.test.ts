import type { Entry, Outcome, OutcomeKind } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { FoundOut } from '../../ledger/rules/applyReconciliation';
import { isOpen, reconciled } from '../../ledger/rules/applyReconciliation';
import type { ClaimDecision, ClaimRequest, Grant, SendReport } from '../../ledger/rules/claim';
import { claim, settle } from '../../ledger/rules/claim';
import { FakeTime, NOON_ISH as NOW } from './fakeTime';
import { MapStore } from './model/mapStore';
import { asking, DAY, HOUR, LEASE, outcome, RETENTION, told } from './requests';

const FOUND: FoundOut = { kind: 'found', outcome: { kind: 'succeeded', objectId: 'pi_1' } };
const DECLINED: FoundOut = { kind: 'found', outcome: { kind: 'rejected', code: 'card_declined' } };
const ABSENT: FoundOut = { kind: 'absent', outcome: { kind: 'unreachable', code: 'absent' } };
const OPEN: FoundOut = { kind: 'open', outcome: { kind: 'unknown', code: 'unsent_not_found' } };

function granted(decision: ClaimDecision): Grant {
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

const claimed = (asked = asking()) => granted(claim(undefined, asked, NOW)).entry;
const deleting = () => asking({ request: { method: 'DELETE', path: '/v1/customers/cus_1' }, params: {} });

function settled(asked: ClaimRequest, report: SendReport, now = NOW): Entry {
	const grant = granted(claim(undefined, asked, now));
	return settle(grant.entry, grant, report, now, RETENTION).entry!;
}

const unknown = (facts: Partial<Outcome> = {}) =>
	settled(asking(), { outcomes: [outcome('unknown', facts)], sends: 1 });

function cancelled(entry: Entry): Entry {
	const {
		holder: _holder,
		leaseUntil: _until,
		outcome: _outcome,
		settledAt: _at,
		...facts
	} = {
		...{ holder: '', leaseUntil: 0, outcome: undefined, settledAt: 0 },
		...entry,
	};
	return { ...facts, state: 'cancelled', cancellation: { reason: 'cancelled', at: NOW } };
}

describe('open is', () => {
	it.each<[string, boolean, () => Entry, number]>([
		['what is being sent', false, claimed, NOW + LEASE - 1],
		['what was cut off while it was sent', true, claimed, NOW + LEASE],
		['what is unknown', true, unknown, NOW],
		['what has succeeded', false, () => settled(asking(), told('succeeded')), NOW],
		['what was rejected', false, () => settled(asking(), told('rejected')), NOW],
		['what was given up and never sent', false, () => settled(asking(), told('unreachable')), NOW],
		['what was given up and is in doubt', true, () => doubted(told('unreachable')), NOW],
		['what was stopped', false, () => cancelled(settled(asking(), told('unreachable'))), NOW],
		['what was stopped and is in doubt', true, () => cancelled(unknown()), NOW],
	])('%s: %s', (_what, open, standing, now) => {
		expect(isOpen(standing(), now)).toBe(open);
	});

	/** Another holder, who came late, may have done it. */
	function doubted(report: SendReport): Entry {
		const entry = settled(asking(), report);
		return { ...entry, doubt: true };
	}
});

describe('what is found out', () => {
	it('makes of an unknown entry what Stripe shows of it', () => {
		const done = reconciled(unknown(), FOUND, NOW + HOUR)!;
		expect(done).toMatchObject({ state: 'succeeded', doubt: false, settledAt: NOW + HOUR });
		expect(claim(done, asking(), NOW + DAY).kind).toBe('replay');
		const declined = reconciled(unknown(), DECLINED, NOW + HOUR);
		expect(claim(declined, asking({ afterRejection: 'newAttempt' }), NOW + DAY)).toMatchObject({
			grant: { entry: { attempt: 2 } },
		});
	});

	it('keeps the request whose answer was lost', () => {
		const lost = unknown({ requestId: 'req_2', originalRequestId: 'req_1' });
		for (const finding of [FOUND, ABSENT, OPEN]) {
			expect(reconciled(lost, finding, NOW)).toMatchObject({
				outcome: { ...finding.outcome, requestId: 'req_2', originalRequestId: 'req_1' },
			});
		}
	});

	it('absent: the same attempt and key may be sent, and its key is as new', () => {
		const lost = unknown();
		const absent = reconciled(lost, ABSENT, NOW + 4 * DAY)!;
		expect(absent).toMatchObject({ state: 'released', doubt: false });
		const { entry, reconcileFirst } = granted(claim(absent, asking(), NOW + 5 * DAY));
		expect(entry).toMatchObject({ key: lost.key, attempt: 1, firstSentAt: NOW + 5 * DAY });
		expect(reconcileFirst).toBe(false);
	});

	it('absent: also a DELETE, which is in doubt no more and can be stopped', () => {
		const lost = settled(deleting(), told('unknown'));
		const absent = reconciled(lost, ABSENT, NOW + 4 * DAY)!;
		expect(absent).toMatchObject({ state: 'released', doubt: false });
		expect(isOpen(absent, NOW + 4 * DAY)).toBe(false);
	});

	it('open: nothing gets a new key, and nobody may send blindly after a day', () => {
		const lost = unknown();
		const open = reconciled(lost, OPEN, NOW + DAY)!;
		expect(open).toMatchObject({ state: 'unknown', doubt: true, lastSentAt: lost.lastSentAt });
		expect(granted(claim(open, asking(), NOW + DAY))).toMatchObject({
			entry: { key: lost.key },
			reconcileFirst: true,
		});
		expect(claim(open, asking({ params: { amount: '1' } }), NOW + DAY).kind).toBe('conflict');
	});

	it('open: a claim that was cut off may have sent until its end', () => {
		const open = reconciled(claimed(), OPEN, NOW + DAY)!;
		expect(open).toMatchObject({ state: 'unknown', sends: 1, lastSentAt: NOW + LEASE });
		expect(open).not.toHaveProperty('holder');
		expect(open).not.toHaveProperty('leaseUntil');
	});

	it('never lets loose what a person has stopped', () => {
		const stopped = cancelled(unknown());
		expect(reconciled(stopped, OPEN, NOW)).toBeUndefined();
		const absent = reconciled(stopped, ABSENT, NOW)!;
		expect(absent).toMatchObject({ state: 'cancelled', doubt: false });
		expect(claim(absent, asking(), NOW).kind).toBe('blocked');
		expect(reconciled(stopped, FOUND, NOW)).toMatchObject({ state: 'succeeded' });
		const declined = reconciled(stopped, DECLINED, NOW)!;
		expect(declined).toMatchObject({ state: 'cancelled', doubt: false, past: [{ key: stopped.key }] });
		expect(claim(declined, asking({ afterRejection: 'newAttempt' }), NOW).kind).toBe('blocked');
	});

	it('is remembered as long as it was to be', () => {
		for (const finding of [FOUND, DECLINED, ABSENT, OPEN]) {
			const once = reconciled(unknown(), finding, NOW + 200 * DAY)!;
			expect(once.expiresAt).toBe(NOW + 200 * DAY + RETENTION);
			expect(reconciled(once, OPEN, NOW + 300 * DAY)!.expiresAt).toBe(NOW + 300 * DAY + RETENTION);
		}
	});
});

describe('a settle after a look that found nothing', () => {
	const after = (...kinds: [OutcomeKind]): Entry => {
		const grant = granted(claim(unknown(), asking(), NOW + 4 * DAY));
		expect(grant.reconcileFirst).toBe(true);
		const report: SendReport = { ...told(...kinds), wasAbsent: true };
		return settle(grant.entry, grant, report, NOW + 4 * DAY, RETENTION).entry!;
	};

	it('takes only its own sends into account', () => {
		expect(after('unauthorized')).toMatchObject({ state: 'released', doubt: false });
		expect(after('unknown')).toMatchObject({ state: 'unknown', firstSentAt: NOW + 4 * DAY });
	});

	it('but also what was heard meanwhile', () => {
		const grant = granted(claim(unknown(), asking(), NOW + 4 * DAY));
		const heard = { ...grant.entry, version: grant.entry.version + 1 };
		const report: SendReport = { ...told('unauthorized'), wasAbsent: true };
		expect(settle(heard, grant, report, NOW + 4 * DAY, RETENTION).entry).toMatchObject({
			...{ state: 'unknown', doubt: true, firstSentAt: NOW },
		});
	});

	it('belongs to the account that has sent it then: another one must not repeat it blindly', () => {
		const ofPlatform = () => asking({ request: { stripeAccount: 'acct_1' } });
		const grant = granted(claim(unknown(), ofPlatform(), NOW + 4 * DAY));
		const report: SendReport = { ...told('unknown'), wasAbsent: true };
		const { entry } = settle(grant.entry, grant, report, NOW + 4 * DAY, RETENTION);
		const now = NOW + 4 * DAY + HOUR;
		expect(granted(claim(entry, ofPlatform(), now)).reconcileFirst).toBe(false);
		expect(granted(claim(entry, asking(), now)).reconcileFirst).toBe(true);
	});

	it('that never comes, because the process died after its send: it is asked about again, from then on', () => {
		const sent = granted(claim(unknown(), asking(), NOW + 4 * DAY)).entry;
		const later = NOW + 4 * DAY + LEASE;
		const grant = granted(claim(sent, asking(), later));
		expect(grant).toMatchObject({ reconcileFirst: true, entry: { key: sent.key, firstSentAt: NOW } });
		expect(reconciled(sent, OPEN, later)).toMatchObject({ state: 'unknown', lastSentAt: later });
	});

	it('and of a DELETE nothing is ever sure but that it is gone', () => {
		const grant = granted(claim(settled(deleting(), told('unknown')), deleting(), NOW + 4 * DAY));
		const report: SendReport = { ...told('rejected'), wasAbsent: true };
		expect(settle(grant.entry, grant, report, NOW + 4 * DAY, RETENTION).entry!.state).toBe('unknown');
	});

	it('does not begin the time anew in which Stripe may still finish it', () => {
		const grant = granted(claim(unknown(), asking(), NOW + DAY));
		const report: SendReport = { ...told('unknown'), sends: 0 };
		expect(settle(grant.entry, grant, report, NOW + DAY, RETENTION).entry).toMatchObject({
			...{ lastSentAt: NOW, sends: 1 },
		});
	});
});

describe('Ledger.conclude', () => {
	const time = new FakeTime();
	let ledger: Ledger;
	let lost: Entry;
	beforeEach(async () => {
		ledger = new Ledger(new MapStore(), time);
		const grant = granted(await ledger.claim(asking(), 0));
		lost = (await ledger.settle(grant, told('unknown'), RETENTION)).entry;
	});

	it('writes what was found out', async () => {
		expect(await ledger.conclude(lost, FOUND)).toMatchObject({ isWritten: true });
		expect(await ledger.find(lost.entryId)).toMatchObject({ state: 'succeeded' });
	});

	it.each([FOUND, ABSENT, OPEN])(
		'but not $kind over a claim that came meanwhile: it may have sent',
		async (finding) => {
			const { entry } = granted(await ledger.claim(asking(), 0));
			expect(await ledger.conclude(lost, finding)).toEqual({ isWritten: false, entry });
			expect(await ledger.find(lost.entryId)).toEqual(entry);
		},
	);

	it('of two who found the same, both are told so', async () => {
		const both = await Promise.all([ledger.conclude(lost, ABSENT), ledger.conclude(lost, ABSENT)]);
		expect(both.map(({ isWritten, entry }) => [isWritten, entry?.state])).toEqual([
			...[
				[true, 'released'],
				[true, 'released'],
			],
		]);
		expect((await ledger.find(lost.entryId))!.version).toBe(lost.version + 1);
	});

	it('what came late meanwhile is not taken for what was found out', async () => {
		await ledger.conclude(lost, ABSENT);
		const unwritten = granted(await ledger.claimOnPaper(asking()));
		const { entry: seen } = await ledger.settle(unwritten, told('unknown'), RETENTION);
		const doubtful = (await ledger.find(seen.entryId))!;
		expect(doubtful).toMatchObject({ state: 'released', doubt: true });
		await ledger.settle(unwritten, told('succeeded'), RETENTION);
		const { isWritten, entry } = await ledger.conclude(doubtful, ABSENT);
		expect(entry).toMatchObject({ state: 'released', doubt: true });
		expect(isWritten).toBe(false);
	});

	it('is never written over by a claim that the store did not know of', async () => {
		const unwritten = granted(await ledger.claimOnPaper(asking()));
		await ledger.conclude(lost, FOUND);
		await ledger.settle(unwritten, told('unknown'), RETENTION);
		expect(await ledger.find(lost.entryId)).toMatchObject({
			...{ state: 'succeeded', evidence: [{ outcome: { kind: 'unknown' } }] },
		});
	});
});
