import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { INodeParameters } from 'n8n-workflow';

import { CHARGE, withCustomKey, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const ORDER = [{ order: '1001' }];
const WITH_SECRET: INodeParameters = { options: { includeClientSecret: true } };
const CREATED: INodeParameters = { ...CHARGE, simplify: false, confirm: false, ...WITH_SECRET };
const SECRET = /^pi_\w+_secret_\w+$/;

/** Everything that the ledger has written to its folder. */
function ledgerBytes(): string {
	return readdirSync(fixture.folder)
		.map((name) => readFileSync(join(fixture.folder, name), 'latin1'))
		.join('');
}

describe('Include Client Secret', () => {
	it('adds the secret to the item, and nowhere else', async () => {
		const { success, ...result } = await fixture.run(CREATED, ORDER);
		expect(success).toMatchObject([{ client_secret: expect.stringMatching(SECRET) as string }]);
		expect(ledgerBytes()).toContain(success[0]!.id);
		expect(/pi_\w+_secret_\w+/.exec(ledgerBytes())).toBeNull();
		expect(JSON.stringify(result.hints('Node'))).not.toContain('_secret_');
	});

	it('reads it from Stripe again for a replay, and sends nothing', async () => {
		const first = await fixture.run(CREATED, ORDER);
		fixture.forgetRequests();
		const { success } = await fixture.run(CREATED, ORDER);
		expect(success).toMatchObject([
			{ client_secret: first.success[0]!.client_secret, idempotency: { replayed: true } },
		]);
		expect(fixture.simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
			`GET /v1/payment_intents/${success[0]!.id as string}`,
		]);
		expect(/pi_\w+_secret_\w+/.exec(ledgerBytes())).toBeNull();
	});

	it('is also in a simplified item, and in what Get reads', async () => {
		const { success } = await fixture.run({ ...CREATED, simplify: true }, ORDER);
		expect(success).toMatchObject([{ client_secret: expect.stringMatching(SECRET) as string }]);
		const get: INodeParameters = { resource: 'paymentIntent', operation: 'get', ...WITH_SECRET };
		const read = await fixture.run(
			{ ...get, paymentIntent: toLocator('id', success[0]!.id as string) },
			ORDER,
		);
		expect(read.success).toMatchObject([{ client_secret: success[0]!.client_secret }]);
	});

	it('reads it in the connected account', async () => {
		const options = { includeClientSecret: true, stripeAccount: 'acct_branch' };
		const { success } = await fixture.run({ ...CREATED, options }, ORDER);
		expect(success).toMatchObject([{ client_secret: expect.stringMatching(SECRET) as string }]);
	});

	it('keeps the success a success if it cannot be read now, and reports it', async () => {
		fixture.simulator.inject({
			kind: 'error503',
			times: Infinity,
			match: { method: 'GET', path: /payment_intents/ },
		});
		const { success } = await fixture.run(CREATED, ORDER);
		expect(success).toMatchObject([
			{
				status: 'requires_confirmation',
				client_secret: '[hidden]',
				idempotency: {
					warning: expect.stringMatching(/client secret could not be read.*retry later/i) as string,
				},
			},
		]);
	});

	it('requests nothing for an object without one', async () => {
		const customer: INodeParameters = {
			resource: 'customer',
			operation: 'create',
			...withCustomKey('c1'),
		};
		const { success } = await fixture.run({ ...customer, ...WITH_SECRET }, ORDER);
		expect(success[0]).not.toHaveProperty('client_secret');
		expect(fixture.simulator.requests.map(({ path }) => path)).toEqual(['/v1/account', '/v1/customers']);
	});

	it('does not give it to a model', async () => {
		const { answers } = await fixture.asTool(
			{ ...CREATED, options: { includeClientSecret: true, requireToken: false } },
			{ order: '1001' },
		);
		expect(JSON.stringify(answers)).not.toMatch(/pi_\w+_secret_/);
		expect(JSON.stringify(answers)).toContain('Include Client Secret');
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('when off, no item has the secret', async () => {
		const { success } = await fixture.run({ ...CREATED, options: {} }, ORDER);
		expect(JSON.stringify(success)).not.toContain('_secret_');
	});
});
