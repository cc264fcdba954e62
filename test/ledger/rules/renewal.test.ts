import type {
	Entry,
	InFlightEntry,
	PreviousAttempt,
	Renewal,
	Reservation,
	ReservedEntry,
	SettledEntry,
} from '../../../ledger/model/entry';
import { remainingRetentionMs } from '../../../ledger/rules/applyReconciliation';
import { applyConfirmation } from '../../../ledger/rules/confirmSuccess';
import {
	deriveCancelKey,
	earlierPaymentsOf,
	planAttemptRenewal,
	repeatRenewal,
	rollBackRenewal,
} from '../../../ledger/rules/renewal';
import { decideSettle } from '../../../ledger/rules/settle';
import { decideClaim } from '../../../ledger/rules/claim';
import { buildEntry, buildReservedEntry } from '../entries';
import { START_TIME as NOW } from '../fakeClock';
import { buildReport, buildRequest, DAY, ENTRY_RETENTION_MS } from '../requests';

const PREVIOUS = buildEntry({ state: 'rejected' }) as SettledEntry;
const RENEWAL: Renewal = {
	cancels: [{ id: 'pi_1', attempt: 1 }],
	confirms: { id: 'pi_2', attempt: 2 },
	previous: PREVIOUS,
};

it('the earlier payments of an attempt are those to cancel, plus the one to confirm', () => {
	const { confirms, ...cancelling } = RENEWAL;
	expect(earlierPaymentsOf({ renewal: RENEWAL })).toEqual([...RENEWAL.cancels, confirms]);
	expect(earlierPaymentsOf({ renewal: cancelling })).toEqual(RENEWAL.cancels);
	expect(earlierPaymentsOf({})).toEqual([]);
});

it('an attempt that begins like its predecessor returns to the predecessor', () => {
	const current = { ...PREVIOUS, renewal: RENEWAL, lateResponses: [] };
	const { lateResponses: _late, ...before } = current;
	expect(repeatRenewal(current)).toEqual({ ...RENEWAL, previous: before });
	expect(repeatRenewal(PREVIOUS)).toBeUndefined();
});

it('a new attempt confirms only the payment of the same request, and cancels the others', () => {
	const [samePayment, other] = ['same', 'other'] as const;
	const declined = (objectId: string, of: string) =>
		({ samePayment: of, outcome: { kind: 'rejected', objectId } }) as PreviousAttempt;
	const seen = (id: string, attempt: number) => ({ id, attempt, isCancelled: false, canBeConfirmed: true });
	const attempts = [declined('pi_1', samePayment), declined('pi_2', other)];
	const cancelled = { ...seen('pi_0', 0), isCancelled: true };
	const reads = { samePayment, preread: { earlier: [cancelled, seen('pi_1', 1), seen('pi_2', 2)] } };
	expect(planAttemptRenewal(PREVIOUS, attempts, reads).renewal).toMatchObject({
		confirms: { id: 'pi_1', attempt: 1 },
		cancels: [{ id: 'pi_2', attempt: 2 }],
	});
	const changed = planAttemptRenewal(PREVIOUS, attempts, { ...reads, samePayment: 'changed' }).renewal;
	expect(changed?.confirms).toBeUndefined();
	expect(changed?.cancels).toHaveLength(2);
	const none = planAttemptRenewal(PREVIOUS, attempts, { samePayment, preread: { earlier: [cancelled] } });
	expect(none).toEqual({});
});

describe('an attempt that an earlier payment blocks returns to the previous state', () => {
	const evidence = [{ fence: 1, key: 'n8n_v1_x', outcome: { kind: 'succeeded' as const }, at: NOW }];
	const { reservation } = buildReservedEntry({}, { reservation: { usedAmount: 300 } as Reservation });
	const rolledBack = (before: Renewal['previous']) =>
		rollBackRenewal(
			{ version: 7, fence: 3, lateResponses: evidence, reservation },
			{ ...RENEWAL, previous: before },
		);

	it('with its own version and fence, and with the late responses received since', () => {
		expect(rolledBack(PREVIOUS)).toEqual({
			...PREVIOUS,
			version: 8,
			fence: 3,
			lateResponses: evidence,
			reservation,
		});
		const without = { version: 7, fence: 3, lateResponses: undefined, reservation: undefined };
		expect(rollBackRenewal(without, RENEWAL)).toEqual({ ...PREVIOUS, version: 8, fence: 3 });
	});

	it('and uses nothing of the reservation if none of it was sent before', () => {
		const reserved = buildEntry({ state: 'reserved' }) as ReservedEntry;
		expect(rolledBack(reserved).reservation).toEqual({ ...reservation, usedAmount: undefined });
	});
});

it('no two claims cancel an earlier payment under the same key', () => {
	const [one, other] = [1, 2].map((fence) =>
		deriveCancelKey({ entryId: 'v1_x', fence }, { id: 'pi_1', attempt: 1 }),
	);
	expect(one).toBe('n8n_v1_x_cancel_1');
	expect(other).not.toBe(one);
});

it('the cancel key of a payment counts the payments of its own attempt only', () => {
	const cancels = [
		{ id: 'pi_1', attempt: 1 },
		{ id: 'pi_2', attempt: 2 },
		{ id: 'pi_3', attempt: 2 },
	];
	const renewal = { ...RENEWAL, cancels };
	expect(cancels.map((one) => deriveCancelKey({ entryId: 'v1_x', fence: 3, renewal }, one))).toEqual([
		'n8n_v1_x_cancel_3',
		'n8n_v1_x_2_cancel_3',
		'n8n_v1_x_2_cancel_3_2',
	]);
});

it.each([
	['unknown', true],
	['unauthorized', true],
	['succeeded', false],
	['rejected', false],
] as const)('an attempt that ended %s keeps its origin as long as it may be sent: %s', (kind, isKept) => {
	const decision = decideClaim(undefined, buildRequest(), NOW);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	const { grant } = decision;
	const entry: InFlightEntry = { ...grant.entry, renewal: RENEWAL };
	const settled = decideSettle(
		entry,
		{ ...grant, entry },
		buildReport(kind),
		NOW,
		ENTRY_RETENTION_MS,
	).entry;
	expect(settled?.renewal).toEqual(isKept ? RENEWAL : undefined);
});

it.each<[string, Entry, number]>([
	['as long as it says', { ...PREVIOUS, retentionMs: 5 }, 5],
	[
		'from when it was settled',
		{ ...PREVIOUS, retentionMs: undefined, settledAt: NOW, expiresAt: NOW + DAY },
		DAY,
	],
	['not if it was over', { ...PREVIOUS, settledAt: NOW, expiresAt: NOW - 1 }, 0],
	[
		'from when it was sent last',
		{ ...buildEntry({ state: 'in_flight' }), lastSentAt: NOW, expiresAt: NOW + DAY },
		DAY,
	],
])('an outcome that has just become known is recorded %s', (_how, entry, ms) => {
	expect(remainingRetentionMs(entry)).toBe(ms);
});

it.each(['succeeded', 'reserved'] as const)(
	'an entry that is %s is not changed by any proof of success',
	(state) => {
		const { mode, account, key, ...entry } = buildEntry({ state });
		const confirmation = { mode, account, key, outcome: { kind: 'succeeded' as const } };
		expect(applyConfirmation({ mode, account, key, ...entry }, confirmation, NOW)).toBeUndefined();
	},
);
