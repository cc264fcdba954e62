import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { sentParamsOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { FakeClock } from './fakeClock';
import { MapStore } from '../model/mapStore';
import { buildRequest, HOUR, LEASE, OTHER_AMOUNT, ENTRY_RETENTION_MS, buildReport } from './requests';

let time: FakeClock;
let ledger: Ledger;
beforeEach(() => {
	time = new FakeClock();
	ledger = new Ledger(new MapStore(), time);
});

/** How many seats the subscription has when it is read; each reading is counted. */
let seats = 25;
let readings = 0;
beforeEach(() => {
	[seats, readings] = [25, 0];
});

const reading = (more: Parameters<typeof buildRequest>[0] = {}): ClaimRequest =>
	buildRequest({
		readFirst: () => {
			readings++;
			const quantity = String(seats);
			return Promise.resolve({ addParams: () => ({ items: [{ id: 'si_1', quantity }] }) });
		},
		readsParams: true,
		...more,
	});

async function granted(claimRequest: ClaimRequest) {
	const decision = await ledger.claim(claimRequest, 0);
	if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
	return decision.grant;
}

const addedOf = ({ request }: Entry) => request.added;
const WITH_25 = { items: [{ id: 'si_1', quantity: '25' }] };
const WITH_30 = { items: [{ id: 'si_1', quantity: '30' }] };

describe('data that was read to build a request', () => {
	it('is written into the entry by the claim, even if its parameters are not stored', async () => {
		const { entry } = await granted(
			reading({ paramsStored: false, request: { params: {} }, order: 'private' }),
		);
		expect(addedOf(entry)).toEqual(WITH_25);
		expect(addedOf((await ledger.find(entry.entryId))!)).toEqual(WITH_25);
	});

	it('is resent unchanged while the outcome is unknown, whatever Stripe shows by now, and is not read again', async () => {
		await ledger.settle(await granted(reading()), buildReport('unknown'), ENTRY_RETENTION_MS);
		seats = 30;
		const { entry } = await granted(reading());
		expect(addedOf(entry)).toEqual(WITH_25);
		expect(readings).toBe(1);
	});

	it.each(['rate_limited', 'unauthorized', 'unreachable'] as const)(
		'is read anew after %s, because nothing was executed',
		async (outcome) => {
			await ledger.settle(await granted(reading()), buildReport(outcome), ENTRY_RETENTION_MS);
			seats = 30;
			const { entry } = await granted(reading());
			// Under the same key, which Stripe knows if a lost ledger has sent it.
			expect(entry).toMatchObject({ attempt: 1, request: { added: WITH_30 } });
		},
	);

	it('is resent unchanged by a claim that takes over an abandoned entry', async () => {
		await granted(reading());
		seats = 30;
		time.advance(LEASE);
		expect(addedOf((await granted(reading())).entry)).toEqual(WITH_25);
	});

	it('is resent unchanged by Retry from the ledger', async () => {
		const first = await granted(reading());
		await ledger.settle(first, buildReport('unknown'), ENTRY_RETENTION_MS);
		const { entry } = await granted(buildRequest({ isRepeat: true }));
		expect(addedOf(entry)).toEqual(WITH_25);
	});

	it('stays unchanged when Retry sends the stored request as a new attempt: nothing is read', async () => {
		await ledger.settle(await granted(reading()), buildReport('rejected'), ENTRY_RETENTION_MS);
		seats = 30;
		const { entry } = await granted(buildRequest({ isRepeat: true, afterRejection: 'newAttempt' }));
		expect(entry).toMatchObject({ attempt: 2, request: { added: WITH_25 } });
	});

	it('is read anew for a new attempt', async () => {
		await ledger.settle(await granted(reading()), buildReport('rejected'), ENTRY_RETENTION_MS);
		seats = 30;
		const { entry } = await granted(reading({ afterRejection: 'newAttempt' }));
		expect(entry).toMatchObject({ attempt: 2, request: { added: WITH_30 } });
	});

	it.each([
		['replay', 'succeeded'],
		['stored_rejection', 'rejected'],
	] as const)('is not read for a %s', async (kind, outcome) => {
		await ledger.settle(await granted(reading()), buildReport(outcome), ENTRY_RETENTION_MS);
		expect((await ledger.claim(reading(), 0)).kind).toBe(kind);
		expect(readings).toBe(1);
	});

	it('is not a difference: data read anew does not make a different request, and a conflict does not name it', async () => {
		await ledger.settle(await granted(reading()), buildReport('succeeded'), ENTRY_RETENTION_MS);
		seats = 30;
		const decision = await ledger.claim(reading({ params: OTHER_AMOUNT }), 0);
		expect(decision).toMatchObject({
			kind: 'conflict',
			differences: [{ name: 'amount', stored: '1999', requested: '2999' }],
		});
	});

	it('is read again if the entry changed in the meantime, because it was read for an outdated entry', async () => {
		await ledger.settle(await granted(reading()), buildReport('rejected'), ENTRY_RETENTION_MS);
		const other = reading({ afterRejection: 'newAttempt', run: 'other' });
		const mine = reading({ afterRejection: 'newAttempt', run: 'mine' });
		const { readFirst } = mine;
		let isFirst = true;
		mine.readFirst = async (current) => {
			const read = await readFirst!(current);
			if (isFirst)
				await ledger.settle(await granted(other), buildReport('rejected'), ENTRY_RETENTION_MS);
			isFirst = false;
			return read;
		};
		const { entry } = await granted(mine);
		expect(entry.attempt).toBe(3);
		expect(readings).toBe(4);
	});

	it('leaves the entry unwritten if it cannot be read', async () => {
		const claimRequest = reading({ readFirst: () => Promise.reject(new Error('no answer')) });
		await expect(ledger.claim(claimRequest, 0)).rejects.toThrow('no answer');
		expect(await ledger.find(claimRequest.entryId)).toBeUndefined();
	});

	it('is not read while another run holds the entry', async () => {
		await granted(reading());
		expect((await ledger.claim(reading(), HOUR / 60)).kind).toBe('busy');
		expect(readings).toBe(1);
	});
});

describe('what is sent', () => {
	const sent = (params: ClaimRequest['request']['params'], added: ClaimRequest['request']['params']) =>
		sentParamsOf({ params, added });

	it('is the requested parameters with the added ones', () => {
		expect(sent({ metadata: { order: '1001' } }, { metadata: { n8n_entry: 'v1_x' } })).toEqual({
			metadata: { order: '1001', n8n_entry: 'v1_x' },
		});
	});

	it('merges what belongs to one line of a list', () => {
		expect(sent({ items: [{ price: 'price_2' }] }, WITH_25)).toEqual({
			items: [{ price: 'price_2', id: 'si_1', quantity: '25' }],
		});
	});

	it('is unchanged if nothing was added', () => {
		const params = { amount: '5' };
		expect(sentParamsOf({ params })).toBe(params);
	});
});
