import { copyFileSync, existsSync, rmSync } from 'node:fs';

import type { SettledEntry } from '../../../ledger/model/entry';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import type { Order, RunSetup } from '../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../fixtures/nodeFixture';

const DAY = 24 * ONE_HOUR_MS;
const VERIFY = { verifyNew: true };

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

/** n8n was restarted, nothing is left of it, and Stripe has forgotten the keys. */
async function lose(after = 3 * DAY): Promise<void> {
	await SqliteStore.open(fixture.ledgerFile).close();
	for (const end of ['', '-wal', '-shm']) rmSync(`${fixture.ledgerFile}${end}`, { force: true });
	fixture.time.advance(after);
}

/** The latest run was killed during its claim, whose lease has run out. */
async function cutOff(): Promise<void> {
	const [entry] = await fixture.entries();
	const { settledAt, outcome: _none, ...facts } = entry as SettledEntry;
	const claim = {
		state: 'in_flight',
		claimId: 'killed',
		grantedAt: settledAt,
		leaseUntil: settledAt,
	} as const;
	await fixture.rewrite({ ...facts, ...claim });
}

const verified = (order: Order = ANY_ORDER, how = {}) => fixture.run([order], { ...how, options: VERIFY });
const posts = () => fixture.stripe.sends().length;

describe('with Verify New, on a ledger that was lost', () => {
	it('an existing payment is found, and returned as succeeded: one charge', async () => {
		const [first] = (await fixture.run([ANY_ORDER])).success;
		await lose();
		const { success } = await verified();
		expect(success).toMatchObject([
			{ json: { id: first!.json.id, idempotency: { state: 'succeeded', replayed: true, sends: 0 } } },
		]);
		expect(fixture.charges()).toBe(1);
		// And it is known from then on.
		expect((await fixture.run([ANY_ORDER])).success).toMatchObject([
			{ json: { idempotency: { source: 'ledger' } } },
		]);
		expect(posts()).toBe(1);
	});

	it('a refund, which Search does not know, is found too: one refund', async () => {
		const [paid] = (await fixture.run([ANY_ORDER])).success;
		const parameters = {
			resource: 'refund',
			operation: 'create',
			refundOf: 'paymentIntent',
			paymentIntent: { __rl: true, mode: 'id', value: paid!.json.id },
			amount: '500',
		};
		await fixture.run([ANY_ORDER], { parameters });
		await lose();
		expect((await verified(ANY_ORDER, { parameters })).success).toMatchObject([
			{ json: { object: 'refund', idempotency: { replayed: true } } },
		]);
		expect(fixture.stripe.report().refunds).toHaveLength(1);
	});

	it('a payment made a moment ago, which Search does not show yet, is found by its key: one charge', async () => {
		await fixture.run([ANY_ORDER]);
		await lose(0);
		expect((await verified()).success).toMatchObject([{ json: { idempotency: { replayed: true } } }]);
		expect(fixture.charges()).toBe(1);
	});

	it('if Search refuses this key, lists and events find it: one charge', async () => {
		await fixture.run([ANY_ORDER]);
		await lose();
		fixture.stripe.inject({ kind: 'forbidden403', times: 9, match: { path: /\/search$/ } });
		expect((await verified()).success).toMatchObject([{ json: { idempotency: { replayed: true } } }]);
		expect(fixture.charges()).toBe(1);
	});

	it('a different amount under the same order is a conflict that says where to look, and nothing is sent', async () => {
		const [first] = (await fixture.run([ANY_ORDER])).success;
		await lose();
		const { fix } = await verified({ ...ANY_ORDER, amount: 2999 });
		expect(fix).toMatchObject([{ json: { error: { outcome: 'conflict', retryable: false } } }]);
		expect(fix[0]!.json.error!.message).toContain(first!.json.id as string);
		expect(posts()).toBe(1);
		expect((await verified()).success).toMatchObject([{ json: { id: first!.json.id } }]);
	});

	it('a decline is found as a decline, and is only tried again as a new attempt', async () => {
		const parameters = { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' };
		await fixture.run([ANY_ORDER], { parameters });
		await lose();
		expect((await verified(ANY_ORDER, { parameters })).fix).toMatchObject([
			{ json: { error: { outcome: 'rejected' }, idempotency: { state: 'rejected', sends: 0 } } },
		]);
		expect(posts()).toBe(1);
	});

	it('a backup that has only the decline does not pay again what was paid after it', async () => {
		const declined = { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' };
		await fixture.run([ANY_ORDER], { parameters: declined });
		const backup = `${fixture.folder}/backup.sqlite`;
		for (const end of ['', '-wal', '-shm'])
			if (existsSync(fixture.ledgerFile + end)) copyFileSync(fixture.ledgerFile + end, backup + end);
		expect((await fixture.run([ANY_ORDER])).success).toHaveLength(1);
		fixture.time.advance(3 * DAY);
		const { success } = await verified(ANY_ORDER, { parameters: { ledgerFile: backup } });
		expect(success).toMatchObject([{ json: { idempotency: { attempt: 2, replayed: true, sends: 0 } } }]);
		expect(fixture.charges()).toBe(1);
	});

	it('an action on an object, if it shows on it, is returned as succeeded; one that does not show is sent', async () => {
		const [held] = (await fixture.run([ANY_ORDER], { parameters: { confirm: false } })).success;
		const cancel = {
			resource: 'paymentIntent',
			operation: 'cancel',
			paymentIntent: { __rl: true, mode: 'id', value: held!.json.id },
		};
		const describe = {
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			path: `/v1/payment_intents/${held!.json.id as string}`,
			body: '{"description":"new"}',
		};
		expect((await verified(ANY_ORDER, { parameters: describe })).success).toMatchObject([
			{ json: { description: 'new', idempotency: { replayed: false, sends: 1 } } },
		]);
		await fixture.run([ANY_ORDER], { parameters: cancel });
		await lose();
		const sendCount = posts();
		for (const [parameters, how] of [
			[cancel, { alreadyDone: true }],
			[describe, { replayed: true }],
		] as const)
			expect((await verified(ANY_ORDER, { parameters })).success).toMatchObject([
				{ json: { status: 'canceled', idempotency: { ...how, sends: 0 } } },
			]);
		expect(posts()).toBe(sendCount);
	});

	it('a request that Stripe has nothing of is sent', async () => {
		expect((await verified()).success).toMatchObject([
			{ json: { idempotency: { replayed: false, sends: 1, state: 'succeeded' } } },
		]);
	});

	it.each(['error503', 'resetBefore'] as const)(
		'if Stripe cannot be queried (%s) nothing is sent, the item leaves through Retry, and the next run queries again',
		async (kind) => {
			await fixture.run([ANY_ORDER]);
			await lose();
			fixture.stripe.inject({
				kind,
				times: Infinity,
				match: { method: 'GET', path: /search|events|intents/ },
			});
			for (let run = 0; run < 2; run++) {
				const { retry } = await verified();
				expect(retry).toMatchObject([
					{
						json: {
							error: { outcome: 'unreachable', retryable: true },
							idempotency: { state: 'released' },
							retryBefore: null,
						},
					},
				]);
			}
			fixture.stripe.clearFaults();
			expect((await verified()).success).toMatchObject([{ json: { idempotency: { replayed: true } } }]);
			expect(fixture.charges()).toBe(1);
		},
	);

	it('a run that was killed while it queried is followed by one that queries: one charge', async () => {
		await fixture.run([ANY_ORDER]);
		await lose();
		fixture.stripe.inject({
			kind: 'error503',
			times: Infinity,
			match: { method: 'GET', path: /search/ },
		});
		await verified();
		await cutOff();
		fixture.stripe.clearFaults();
		expect((await verified()).success).toMatchObject([{ json: { idempotency: { replayed: true } } }]);
		expect(fixture.charges()).toBe(1);
	});
});

describe('without it, an order in doubt in the new ledger', () => {
	/** A lost ledger paid it, the new one sent its key 20 h later, and Stripe has forgotten the key by now. */
	async function doubt(): Promise<void> {
		await fixture.run([ANY_ORDER]);
		await lose(20 * ONE_HOUR_MS);
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		expect((await fixture.run([ANY_ORDER])).retry).toHaveLength(1);
		fixture.time.advance(5 * ONE_HOUR_MS);
	}

	it('is reconciled before it is resent: one charge', async () => {
		await doubt();
		const { success } = await fixture.run([ANY_ORDER], { options: { duplicates: 'output' } });
		expect(success).toMatchObject([{ json: { idempotency: { state: 'succeeded', sends: 1 } } }]);
		expect(fixture.charges()).toBe(1);
	});

	it('is reconciled again if n8n was killed during the reconciliation: one charge', async () => {
		await doubt();
		const match = { method: 'GET', path: /search/ } as const;
		fixture.stripe.inject({ kind: 'forbidden403', times: Infinity, match });
		fixture.stripe.inject({ kind: 'resetBefore', times: Infinity, match: { method: 'POST' } });
		await fixture.run([ANY_ORDER], { options: { maxRetries: 0 } });
		await cutOff();
		fixture.stripe.clearFaults();
		expect((await fixture.run([ANY_ORDER])).success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it.each(['error503', 'rateLimit429', 'resetBefore'] as const)(
		'is not resent while Stripe cannot be queried (%s), and reconciled once it can: one charge',
		async (kind) => {
			await doubt();
			const match = { method: 'GET', path: /search|events|payment_intents/ } as const;
			fixture.stripe.inject({ kind, times: Infinity, match });
			expect((await fixture.run([ANY_ORDER])).retry).toMatchObject([
				{
					json: {
						error: { outcome: 'unknown', retryable: true },
						idempotency: { state: 'unknown' },
					},
				},
			]);
			fixture.stripe.clearFaults();
			expect((await fixture.run([ANY_ORDER])).success).toHaveLength(1);
			expect(fixture.charges()).toBe(1);
		},
	);

	it('is not resent over a payment of another amount that a lost ledger made', async () => {
		await fixture.run([ANY_ORDER]);
		await lose(30 * ONE_HOUR_MS);
		const other = { ...ANY_ORDER, amount: 2500 };
		fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
		await fixture.run([other]);
		fixture.time.advance(2 * ONE_HOUR_MS);
		const { retry } = await fixture.run([other]);
		expect(retry).toMatchObject([{ json: { error: { outcome: 'unknown' } } }]);
		expect(retry[0]!.json.error!.message).toContain('names the entry, but its amount is 1999');
		expect(fixture.charges()).toBe(1);
	});

	// As with the key of a ledger that was not lost, and not held up for ever.
	it.each<[string, RunSetup]>([
		['the key cannot read payments', {}],
		[
			'Stripe has no list of it',
			{
				parameters: {
					resource: 'customApiCall',
					operation: 'request',
					method: 'POST',
					path: '/v1/customers/cus_1/sources',
					body: '{}',
				},
			},
		],
	])('is resent with its key if Stripe will never show it: %s', async (_why, how) => {
		fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
		const match = { method: 'GET', path: /search|events|payment_intents/ } as const;
		fixture.stripe.inject({ kind: 'forbidden403', times: Infinity, match });
		await fixture.run([ANY_ORDER], { ...how, options: { maxRetries: 0 } });
		const [sent] = fixture.stripe.sends();
		fixture.time.advance(ONE_HOUR_MS);
		await fixture.run([ANY_ORDER], how);
		expect(fixture.stripe.sends().map(({ key }) => key)).toEqual([sent!.key, sent!.key]);
	});

	it('is resent with its key if Stripe has nothing of it', async () => {
		fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success).toMatchObject([{ json: { idempotency: { attempt: 1, sends: 2 } } }]);
		expect(fixture.stripe.requests.filter(({ path }) => path.includes('search'))).toHaveLength(1);
	});

	it('is resent at once, with its key, within an hour', async () => {
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(ONE_HOUR_MS / 2);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success).toMatchObject([{ json: { idempotency: { replayed: true, sends: 2 } } }]);
		expect(fixture.stripe.requests.filter(({ path }) => path.includes('search'))).toEqual([]);
	});
});

it('without it nothing is queried before the first send', async () => {
	await fixture.run([ANY_ORDER]);
	expect(fixture.stripe.requests.filter(({ path }) => /search|events/.test(path))).toEqual([]);
});
