import type { Entry, Outcome } from '../../../ledger/model/entry';
import { entryOfKey, keyOfAttempt } from '../../../ledger/identity/key';
import type { SuccessConfirmation } from '../../../ledger/rules/confirmSuccess';
import { applyConfirmation } from '../../../ledger/rules/confirmSuccess';
import type { Grant } from '../../../ledger/rules/grant';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import { decideClaim } from '../../../ledger/rules/claim';
import { decideSettle } from '../../../ledger/rules/settle';
import { START_TIME } from '../fakeClock';
import {
	buildRequest,
	DAY,
	HOUR,
	LEASE,
	MINUTE,
	OTHER_AMOUNT,
	ENTRY_RETENTION_MS,
	buildReport,
} from '../requests';

const PAID = { kind: 'succeeded', objectId: 'pi_1', body: { id: 'pi_1' } } as const;

function granted(current?: Entry, request = buildRequest(), now = START_TIME): Grant {
	const decision = decideClaim(current, request, now);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

function settled(kind: Outcome['kind'], grant = granted()): Entry {
	return decideSettle(grant.entry, grant, buildReport(kind), START_TIME, ENTRY_RETENTION_MS).entry!;
}

function testimony(
	{ key, mode, account }: Entry,
	given: Partial<SuccessConfirmation> = {},
): SuccessConfirmation {
	return { mode, account, key, outcome: PAID, ...given };
}

const NEVER: Partial<SuccessConfirmation>[] = [
	{ mode: 'live' },
	{ account: 'acct_other' },
	{ key: 'n8n_other' },
];

describe('with the key of the attempt', () => {
	it.each(['unknown', 'unauthorized', 'rate_limited', 'unreachable', 'busy', 'rejected'] as const)(
		'what was %s becomes succeeded',
		(kind) => {
			const current = settled(kind);
			const next = applyConfirmation(current, testimony(current), START_TIME + HOUR);
			expect(next).toMatchObject({
				state: 'succeeded',
				outcome: PAID,
				mayHaveExecuted: false,
				settledAt: START_TIME + HOUR,
			});
			expect(next!.version).toBe(current.version + 1);
			expect(next!.fence).toBe(current.fence);
			expect(applyConfirmation(next, testimony(current), START_TIME + 2 * HOUR)).toBeUndefined();
			expect(decideClaim(next, buildRequest(), START_TIME + DAY)).toMatchObject({
				kind: 'replay',
				entry: { outcome: PAID },
			});
		},
	);

	it('a claim whose lease has expired becomes succeeded, and a late settle of its worker changes nothing', () => {
		const grant = granted();
		const next = applyConfirmation(grant.entry, testimony(grant.entry), START_TIME + LEASE)!;
		expect(next).toMatchObject({ state: 'succeeded', sends: 1 });
		expect(next).not.toHaveProperty('claimId');
		expect(next).not.toHaveProperty('leaseUntil');
		const late = decideSettle(
			next,
			grant,
			buildReport('unknown'),
			START_TIME + LEASE + 1,
			ENTRY_RETENTION_MS,
		);
		expect(late).toMatchObject({ kind: 'late', outcome: PAID, entry: { state: 'succeeded' } });
	});

	it('a cancelled entry turns out to have been executed', () => {
		const current: Entry = { ...granted().entry, state: 'cancelled' };
		expect(applyConfirmation(current, testimony(current), START_TIME)).toMatchObject({
			state: 'succeeded',
		});
	});

	it('an entry that was never sent is not changed', () => {
		const current: Entry = { ...granted().entry, state: 'reserved' };
		expect(applyConfirmation(current, testimony(current), START_TIME)).toBeUndefined();
		expect(applyConfirmation(undefined, testimony(current), START_TIME)).toBeUndefined();
	});
});

describe('while another claim holds the lease', () => {
	it('the confirmation is recorded once as a late response, and nothing else changes', () => {
		const { entry } = granted();
		const next = applyConfirmation(entry, testimony(entry), START_TIME + MINUTE)!;
		expect(next).toMatchObject({
			state: 'in_flight',
			claimId: entry.claimId,
			leaseUntil: entry.leaseUntil,
		});
		expect(getProvenOutcome(next)).toEqual(PAID);
		expect(applyConfirmation(next, testimony(entry), START_TIME + MINUTE)).toBeUndefined();
	});

	it.each(['unknown', 'unauthorized', 'rejected', 'unreachable'] as const)(
		'a claim whose response was %s settles by the confirmation',
		(kind) => {
			const grant = granted();
			const confirmed = applyConfirmation(grant.entry, testimony(grant.entry), START_TIME + MINUTE);
			const { entry } = decideSettle(
				confirmed,
				grant,
				buildReport(kind),
				START_TIME + 2 * MINUTE,
				ENTRY_RETENTION_MS,
			);
			expect(entry).toMatchObject({ state: 'succeeded', outcome: PAID, mayHaveExecuted: false });
		},
	);

	it('the next claim finds the confirmation if the current one never settles', () => {
		const { entry } = granted();
		const confirmed = applyConfirmation(entry, testimony(entry), START_TIME + MINUTE);
		const next = granted(confirmed, buildRequest(), START_TIME + LEASE);
		expect(next.reconcileFirst).toBe(true);
		expect(getProvenOutcome(next.entry)).toEqual(PAID);
	});
});

describe('by the object alone', () => {
	const byObject = (current: Entry) => testimony(current, { key: undefined });

	it('the first attempt becomes succeeded if nothing better is known', () => {
		for (const kind of ['unknown', 'unauthorized'] as const) {
			const current = settled(kind);
			expect(applyConfirmation(current, byObject(current), START_TIME)).toMatchObject({
				state: 'succeeded',
			});
		}
	});

	it('a rejection is kept: the object of a declined payment may be paid later by other means', () => {
		const current = settled('rejected');
		expect(applyConfirmation(current, byObject(current), START_TIME)).toBeUndefined();
	});

	it('proves none of several attempts', () => {
		const second = granted(settled('rejected'), buildRequest({ params: OTHER_AMOUNT }));
		const current = settled('unknown', second);
		expect(current.attempt).toBe(2);
		expect(applyConfirmation(current, byObject(current), START_TIME)).toBeUndefined();
		expect(applyConfirmation(current, testimony(current), START_TIME)).toMatchObject({
			state: 'succeeded',
		});
	});
});

it.each(NEVER)('an object of a different request changes nothing: %j', (given) => {
	for (const current of [granted().entry, settled('unknown'), settled('rejected')]) {
		expect(applyConfirmation(current, testimony(current, given), START_TIME + LEASE)).toBeUndefined();
	}
});

it('a success that is confirmed late has the same retention as an immediate one', () => {
	const current = settled('unknown');
	const now = START_TIME + 2 * ENTRY_RETENTION_MS;
	expect(applyConfirmation(current, testimony(current), now)?.expiresAt).toBe(now + ENTRY_RETENTION_MS);
});

it('an entry is found again from the key of each of its attempts, and from no other key', () => {
	for (let order = 0; order < 200; order++) {
		const { entryId } = buildRequest({ order: String(order) });
		for (const attempt of [1, 2, 10]) expect(entryOfKey(keyOfAttempt(entryId, attempt))).toBe(entryId);
	}
	for (const key of [
		'',
		'n8n_',
		'n8n_v1_short',
		'order-1001',
		`x${keyOfAttempt(buildRequest().entryId, 1)}`,
	]) {
		expect(entryOfKey(key)).toBeUndefined();
	}
});

it('a success that is confirmed while a claim is held is stored beside it, and it counts as executed', () => {
	const current = granted().entry;
	const next = applyConfirmation(current, testimony(current), START_TIME + MINUTE);
	expect(next).toMatchObject({ state: 'in_flight', mayHaveExecuted: true, version: current.version + 1 });
	expect(next && getProvenOutcome(next)).toEqual(PAID);
});
