import type { Entry, Expectation, Renewal, Reservation } from '../../../ledger/model/entry';
import { decideClaim } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { EntryFacts } from '../entries';
import { buildEntry, buildReservedEntry, THEN as NOW } from '../entries';
import { buildRequest, HOUR } from '../requests';

const EXPECTATION: Expectation = { spend: { operation: 'refund.create', amount: 500, currency: 'eur' } };
const OTHER_EXPECTATION: Expectation = { spend: { ...EXPECTATION.spend, amount: 700 } };
const ONLY_ONE = { owner: 'cus_1', values: ['price_1'] };
const readFirst = async () => ({});

function existing(state: Entry['state'], facts: EntryFacts = {}): Entry {
	const { entryId, fingerprint } = buildRequest();
	return buildEntry({ order: '1001', entryId, fingerprint, createdAt: NOW - HOUR, state, ...facts });
}

describe('an attempt that was not executed', () => {
	const decide = (current: Entry, request: Partial<ClaimRequest>) => {
		const preread = { version: current.version, expectation: OTHER_EXPECTATION };
		return decideClaim(current, { ...buildRequest({ preread }), ...request }, NOW);
	};

	it.each<[string, EntryFacts]>([
		['its amount was read', { expectation: EXPECTATION }],
		['at most one may exist', { onlyOne: ONLY_ONE }],
		['both', { expectation: EXPECTATION, onlyOne: ONLY_ONE }],
	])('keeps its key, and is read again, if %s', (_why, facts) => {
		const current = existing('released', facts);
		const again = { attempt: 1, key: current.key, expectation: OTHER_EXPECTATION };
		expect(decide(current, { readFirst })).toMatchObject({ grant: { entry: again } });
		expect(decide(current, { readFirst, preread: undefined }).kind).toBe('unread');
	});

	it.each<[string, EntryFacts, Partial<ClaimRequest>]>([
		['nothing was read for it', {}, { readFirst }],
		['nothing can be read', { expectation: EXPECTATION }, {}],
		['it may have been executed', { expectation: EXPECTATION, mayHaveExecuted: true }, { readFirst }],
	])('is resent unchanged if %s', (_why, facts, request) => {
		const current = existing('released', facts);
		const again = { attempt: 1, key: current.key, expectation: facts.expectation };
		expect(decide(current, request)).toMatchObject({ grant: { entry: again } });
	});

	it('is followed by a new one with fresh reads if Stripe executes nothing more under its key', () => {
		const current = existing('released', { expectation: EXPECTATION, uncertaintyCause: 'replayed' });
		expect(decide(current, { readFirst })).toMatchObject({
			grant: { entry: { attempt: 2, expectation: OTHER_EXPECTATION } },
		});
	});
});

it('a new attempt stores what was read for it with its request', () => {
	const read = {
		sentPath: '/v1/customers/cus_1',
		sentMethod: 'POST',
		seen: { path: '/v1/invoices/in_1', state: { status: 'open' } },
	} as const;
	const request = buildRequest({ readFirst, onlyOne: ONLY_ONE, preread: { version: undefined, ...read } });
	expect(decideClaim(undefined, request, NOW)).toMatchObject({
		grant: { entry: { onlyOne: ONLY_ONE, request: read } },
	});
});

describe('a token whose amount is read from Stripe', () => {
	const reserved = (facts: EntryFacts = {}) =>
		buildReservedEntry({}, { ...facts, reservation: { approval: { state: 'approved' } } as Reservation });

	function claim(current: Entry | undefined, entry: Entry, given: Partial<ClaimRequest>) {
		const { entryId, operation, fields, mode, account, fingerprint, request, reservation } = entry;
		const token = { hash: reservation!.tokenHash };
		const same = { entryId, operation, fields, mode, account, fingerprint, request, token };
		return decideClaim(current, { ...buildRequest(), ...same, ...given }, NOW);
	}

	it('is compared with what was read for the current version of the entry', () => {
		const entry = reserved();
		const { version } = entry;
		const read = (expectation: Expectation) => ({ readFirst, preread: { version, expectation } });
		expect(claim(entry, entry, read(EXPECTATION))).toMatchObject({
			kind: 'granted',
			grant: { entry: { reservation: { usedAmount: 500 } } },
		});
		expect(claim(entry, entry, read(OTHER_EXPECTATION))).toMatchObject({ reason: 'request_mismatch' });
	});

	it('is read again if that was for another version, or if nothing of it was sent', () => {
		const unread = { kind: 'unread', previousAttempts: [] };
		const entry = reserved({ expectation: EXPECTATION });
		const old = { version: entry.version + 1, expectation: OTHER_EXPECTATION };
		expect(claim(entry, entry, { readFirst, preread: old })).toMatchObject(unread);
		expect(claim(entry, entry, { readFirst })).toMatchObject(unread);
	});

	it('is compared with what was read for the attempt that is repeated', () => {
		const sent = { expectation: EXPECTATION, firstSentAt: NOW - HOUR, mayHaveExecuted: true };
		const entry = reserved({ ...sent, state: 'unknown' });
		expect(claim(entry, entry, {}).kind).toBe('granted');
		const other = reserved({ ...sent, state: 'unknown', expectation: OTHER_EXPECTATION });
		expect(claim(other, other, {})).toMatchObject({ reason: 'request_mismatch' });
		const unsure = reserved({ ...sent, state: 'released' });
		expect(claim(unsure, unsure, { readFirst }).kind).toBe('granted');
	});

	it('cannot be claimed with reads that leave its amount out', () => {
		const entry = reserved();
		expect(() => claim(entry, entry, { readFirst, preread: { version: entry.version } })).toThrow(
			'What the token would move was not read',
		);
	});

	it('opens nothing if there is no entry', () => {
		const request = { readFirst, preread: { version: undefined, expectation: EXPECTATION } };
		expect(claim(undefined, reserved(), request)).toMatchObject({ kind: 'blocked' });
	});
});

describe('an attempt that is resent', () => {
	const renewal = { cancels: [{ id: 'pi_1', attempt: 1 }], previous: {} } as unknown as Renewal;

	it('keeps its origin, and which payment it is for', () => {
		const current = existing('unknown', { renewal, samePayment: 'the same' });
		expect(decideClaim(current, buildRequest(), NOW)).toMatchObject({
			grant: { entry: { renewal, samePayment: 'the same', expectation: undefined } },
		});
	});
});
