import type { Entry } from '../../../ledger/model/entry';
import { keyOfAttempt } from '../../../ledger/identity/key';
import type { EntryLookup } from '../../../ledger/queries/lookup';
import { lookUp, MAX_RESULTS } from '../../../ledger/queries/lookup';
import { buildEntry, buildPaidEntry, buildReservedEntry } from '../entries';
import { FaultyStore } from '../faultyStore';
import { MapStore } from '../../model/mapStore';
import { row } from '../stores/conformance';

let store: MapStore;
beforeEach(() => (store = new MapStore()));

const insert = async <E extends readonly Entry[]>(...entries: E): Promise<E> => {
	await store.insertIfAbsent(entries);
	return entries;
};
const ids = (...entries: Entry[]) => entries.map(({ entryId }) => entryId);
const found = async (clue: EntryLookup) => {
	const answer = await lookUp(store, clue);
	return answer.kind === 'found' ? ids(...answer.entries) : answer.kind;
};
const byField = (value: string, name?: string): EntryLookup => ({ kind: 'field', value, name });
const byObject = (objectId: string): EntryLookup => ({ kind: 'object', objectId });

describe('an entry id or a key', () => {
	it('leads to its entry without reading any other', async () => {
		const [entry] = await insert(buildEntry(), buildEntry());
		const faulty = new FaultyStore(store);
		faulty.scan = () => {
			throw new Error('It was scanned');
		};
		await lookUp(faulty, { kind: 'entryId', entryId: ` ${entry.entryId}\n` });
		await lookUp(faulty, { kind: 'key', key: `${entry.key} ` });
		expect(faulty.calls).toEqual(['find', 'find']);
		expect(await found({ kind: 'key', key: entry.key })).toEqual(ids(entry));
	});

	it('the key of a later attempt leads to the entry, and so does that of an earlier one', async () => {
		const base = buildEntry();
		const [entry] = await insert({ ...base, attempt: 3, key: keyOfAttempt(base.entryId, 3) });
		for (const attempt of [1, 2, 3])
			expect(await found({ kind: 'key', key: keyOfAttempt(entry.entryId, attempt) })).toEqual(
				ids(entry),
			);
	});

	it('the key of an attempt that the entry has not reached is reported: Stripe may know more than the ledger', async () => {
		const [entry] = await insert(buildEntry());
		const answer = await lookUp(store, { kind: 'key', key: keyOfAttempt(entry.entryId, 2) });
		expect(answer).toEqual({ kind: 'attempt_unknown', entry });
	});

	it('a row that is not an entry, an unknown ID, and an empty text find nothing', async () => {
		await store.insertIfAbsent([row({ entryId: 'budget', state: 'budget' })]);
		for (const entryId of ['budget', 'v1_nobody', '', ' '])
			expect(await found({ kind: 'entryId', entryId })).toBe('none');
		for (const key of ['', 'n8n_', 'my-own-key', 'n8n_v1_short', keyOfAttempt(buildEntry().entryId, 1)])
			expect(await found({ kind: 'key', key })).toBe('none');
	});
});

describe('an object in Stripe', () => {
	it('leads to the entry that created it and to everything done to it, the newest first', async () => {
		const all = await insert(
			buildPaidEntry('pi_1', { latest_charge: 'ch_1' }),
			buildPaidEntry('pi_1', {}, { operation: 'paymentIntent.capture pi_1' }),
			buildPaidEntry('re_1', { object: 'refund', payment_intent: 'pi_1', charge: 'ch_1' }),
			buildEntry({ state: 'unknown', params: { payment_intent: 'pi_1' } }),
			buildReservedEntry({ object: 'pi_1' }),
			buildEntry({
				state: 'rejected',
				request: { method: 'POST', path: '/v1/payment_intents/pi_1/cancel', params: {} },
			}),
		);
		await insert(buildPaidEntry('pi_11'), buildEntry());
		expect(await found(byObject(' pi_1 '))).toEqual(ids(...all.toReversed()));
	});

	it('is found if only another object refers to it: people see the charge', async () => {
		const [byId, whole] = await insert(
			buildPaidEntry('pi_1', { latest_charge: 'ch_1' }),
			buildPaidEntry('pi_2', { latest_charge: { id: 'ch_1', object: 'charge' } }),
		);
		expect(await found(byObject('ch_1'))).toEqual(ids(whole, byId));
	});

	it('is found in previous attempts, and in late responses', async () => {
		const outcome = { kind: 'succeeded', objectId: 'pi_late' } as const;
		const [late, previousAttempts] = await insert(
			buildEntry({ state: 'unknown', lateResponses: [{ fence: 1, key: 'k', outcome, at: 1 }] }),
			buildEntry({
				previousAttempts: [
					{ attempt: 1, key: 'k', settledAt: 1, outcome: { ...outcome, kind: 'rejected' } },
				],
			}),
		);
		expect(await found(byObject('pi_late'))).toEqual(ids(previousAttempts, late));
	});

	it('a customer leads to what was done to the customer, not to all of their payments', async () => {
		const [made] = await insert(
			buildPaidEntry('cus_1', { object: 'customer' }),
			buildPaidEntry('pi_1', { customer: 'cus_1' }),
		);
		expect(await found(byObject('cus_1'))).toEqual(ids(made));
	});

	it('is not found by a collection, an action or a part of an ID', async () => {
		await insert(
			buildEntry({ request: { method: 'POST', path: '/v1/payment_intents/pi_1/capture', params: {} } }),
		);
		for (const id of ['payment_intents', 'capture', 'v1', 'pi_', ''])
			expect(await found(byObject(id))).toBe('none');
	});
});

describe('a business field', () => {
	it('is found by its value, in any field or in a named one', async () => {
		const [order, invoice] = await insert(
			buildEntry({ fields: [['order', '1001']] }),
			buildEntry({ fields: [['invoice.number', '1001']] }),
		);
		expect(await found(byField('1001'))).toEqual(ids(invoice, order));
		expect(await found(byField(' 1001 ', ' order '))).toEqual(ids(order));
		expect(await found(byField('1001', 'customer'))).toBe('none');
		expect(await found(byField('100'))).toBe('none');
		expect(await found(byField('order'))).toBe('none');
	});

	it('a number is found in every notation, unless another entry is written exactly so', async () => {
		const [number] = await insert(buildEntry({ fields: [['order', '123']] }));
		expect(await found(byField('00123.0'))).toEqual(ids(number));
		const [text] = await insert(buildEntry({ fields: [['order', '00123']] }));
		expect(await found(byField('00123'))).toEqual(ids(text));
		expect(await found(byField('123'))).toEqual(ids(number));
	});

	it('a time is found in every notation', async () => {
		const [paid] = await insert(buildEntry({ fields: [['paid at', '2026-11-24T10:40:00Z']] }));
		expect(await found(byField('2026-11-24 12:40:00.000+02:00'))).toEqual(ids(paid));
	});

	it('that matches too many entries says so', async () => {
		await insert(
			...Array.from({ length: MAX_RESULTS }, () => buildEntry({ fields: [['currency', 'eur']] })),
		);
		expect(await lookUp(store, byField('eur'))).toMatchObject({ kind: 'found', isMore: false });
		await insert(buildEntry({ fields: [['currency', 'eur']] }));
		const answer = await lookUp(store, byField('eur'));
		expect(answer).toMatchObject({ kind: 'found', isMore: true });
		expect(answer.kind === 'found' && answer.entries).toHaveLength(MAX_RESULTS);
	});

	it('is found in every language', async () => {
		const [entry] = await insert(buildEntry({ fields: [['name', 'Zo\u00eb \u0647\u062f\u064a\u0629']] }));
		expect(await found(byField('Zoe\u0308 \u0647\u062f\u064a\u0629'))).toEqual(ids(entry));
	});
});
