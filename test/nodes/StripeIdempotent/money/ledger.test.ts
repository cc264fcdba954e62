import { DatabaseSync } from 'node:sqlite';

import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { ageLedger } from '../../fixtures/lostLedger';
import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

/** Takes the file away from everybody else, as a hanging backup does. */
function lock(file: string): () => void {
	const other = new DatabaseSync(file);
	other.exec('BEGIN IMMEDIATE');
	return () => {
		other.exec('ROLLBACK');
		other.close();
	};
}

describe("the ledger's database is down", () => {
	it('before the send: nothing is sent, and the item leaves through Retry', async () => {
		const { retry } = await fixture.run([ANY_ORDER], {
			parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
		});
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'ledger_unavailable', retryable: true });
		expect(retry[0]?.json.error?.message).toMatch(/\/dev\/null\/ledger\.sqlite/);
		expect(fixture.stripe.sends()).toHaveLength(0);
	});

	it('before the send, and the user relies on Stripe: sent with the derived key, and reported', async () => {
		const how = {
			parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
			options: { ledgerUnavailable: 'relyOnStripe' },
		};
		const first = await fixture.run([ANY_ORDER], how);
		const second = await fixture.run([ANY_ORDER], how);
		expect([first.success.length, second.success.length]).toEqual([1, 1]);
		expect(fixture.charges()).toBe(1);
		expect(second.hints.join()).toMatch(/Stripe recognizes a repeat for only 24 hours/);
	});

	it('after the send: the response is not lost, the item reports it, and the repeat is a replay', async () => {
		await ageLedger(fixture);
		let unlock = () => {};
		fixture.stripe.onPoint(({ name, request }) => {
			if (name === 'executed' && request.method === 'POST') unlock = lock(fixture.ledgerFile);
		});
		const first = await fixture.run([ANY_ORDER]);
		expect(first.success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { state: 'in_flight' },
		});
		expect(first.success[0]?.json.idempotency?.warning).toMatch(/locked/);
		expect(first.hints.join()).toMatch(/could not store the outcome/);
		unlock();

		fixture.time.advance(600_000);
		const second = await fixture.run([ANY_ORDER]);
		expect(second.success[0]?.json.idempotency).toMatchObject({
			replayed: true,
			source: 'stripe',
			state: 'succeeded',
		});
		expect(fixture.charges()).toBe(1);
	});
});

describe('Workflow Static Data', () => {
	const parameters = { ledger: 'staticData' };

	it('answers the second run from what n8n saved of the first', async () => {
		const first = await fixture.run([ANY_ORDER], { parameters });
		const second = await fixture.run([ANY_ORDER], {
			parameters,
			run: { staticData: first.result.staticData },
		});
		expect(second.success[0]?.json).toMatchObject({
			id: first.success[0]?.json.id,
			idempotency: { replayed: true, source: 'ledger' },
		});
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it('lets only one of two executions of one process send, though each began with the same static data', async () => {
		const order = { order: 'at once', amount: 5 };
		const runs = await Promise.all([1, 2, 3].map(() => fixture.run([order], { parameters })));
		expect(runs.map(({ success }) => success.length)).toEqual([1, 1, 1]);
		expect(fixture.charges()).toBe(1);
	});

	it('warns in a manual run that n8n saves nothing', async () => {
		const { hints } = await fixture.run([{ order: 'by hand', amount: 5 }], {
			parameters,
			run: { mode: 'manual' },
		});
		expect(hints.join()).toMatch(/does not save Workflow Static Data in manual runs/);
	});

	it('is saved also when the node stops the workflow', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		const order = { order: 'thrown', amount: 5 };
		const { result } = await fixture.run([order], { parameters, options: { serverErrors: 'throw' } });
		expect(result.status).toBe('error');
		expect(JSON.stringify(result.staticData)).toContain('"unknown"');
	});

	it('holds no parameters and no whole Stripe objects', async () => {
		const { result } = await fixture.run([{ order: 'slim', amount: 5 }], {
			parameters: { ...parameters, additionalFields: { description: 'private words' } },
		});
		const saved = JSON.stringify(result.staticData);
		expect(saved).toContain('n8n_v1_');
		expect(saved).not.toMatch(/private words|client_secret|payment_method_types/);
	});
});

it('a ledger that cannot report its durability costs no item: the charge leaves, with a hint', async () => {
	const risks = jest
		.spyOn(SqliteStore.prototype, 'durabilityWarnings')
		.mockRejectedValue(new TypeError('no answer'));
	const { success, hints } = await fixture.run([ANY_ORDER]);
	risks.mockRestore();
	expect(success[0]?.json.status).toBe('succeeded');
	expect(hints.join()).toMatch(/durability of the ledger could not be checked: TypeError: no answer/);
});
