import { copyFileSync, rmSync } from 'node:fs';

import type { INodeParameters } from 'n8n-workflow';

import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { CHARGE, OrdersFixture, withCustomKey } from '../../fixtures/ordersFixture';

const CHECK: INodeParameters = { resource: 'account', operation: 'checkLedger' };

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const charge = async (order: string, parameters: INodeParameters = {}) =>
	await fixture.run({ ...CHARGE, ...parameters }, [{ order }]);

async function check(parameters: INodeParameters = {}) {
	const { success, hints } = await fixture.run({ ...CHECK, ...parameters }, [{}]);
	return {
		unknown: success,
		notes: hints('Node')
			.map(({ message }) => message)
			.join(' '),
	};
}

/** The file as it was before what `act` does. */
async function restoreAfter(act: () => Promise<unknown>): Promise<void> {
	const { ledgerFile } = fixture;
	await SqliteStore.open(ledgerFile).close();
	copyFileSync(ledgerFile, `${ledgerFile}.backup`);
	await act();
	await SqliteStore.open(ledgerFile).close();
	for (const end of ['', '-wal', '-shm']) rmSync(`${ledgerFile}${end}`, { force: true });
	copyFileSync(`${ledgerFile}.backup`, ledgerFile);
}

it('a ledger that is complete is reported as such', async () => {
	await charge('1');
	await fixture.stripe.customers.create({ metadata: { n8n_entry: 'v1_of_another' } });
	const { unknown, notes } = await check();
	expect(unknown).toEqual([]);
	expect(notes).toContain(
		'This ledger knows all of what these nodes created in Stripe in the last 30 days (1).',
	);
});

it('a ledger restored from a backup is reported, with the missing payments', async () => {
	await charge('1');
	await restoreAfter(() => charge('2'));
	const { unknown, notes } = await check();
	expect(unknown).toEqual([
		expect.objectContaining({
			object: 'unknownObject',
			kind: 'payment_intent',
			entryId: expect.stringMatching(/^v1_/) as string,
			summary: expect.stringMatching(
				/^pi_\w+ of 19\.99 EUR, created on .* UTC: this ledger has no entry for it\.$/,
			) as string,
			dashboardUrl: expect.stringContaining('https://dashboard.stripe.com/test/payments/pi_') as string,
			likelyCause: expect.stringContaining('restored from a backup') as string,
			nextStep: expect.stringContaining('Adopt') as string,
		}),
	]);
	expect(notes).toContain('the ledger was probably restored from a backup, or lost');
	expect(fixture.simulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
});

it('a different ledger of the same account is reported, by the period in between', async () => {
	await charge('1', { ledgerFile: `${fixture.folder}/other.sqlite` });
	const { id } = (await fixture.stripe.paymentIntents.list()).data[0]!;
	fixture.simulator.advance(60_000);
	await charge('2');
	const { unknown, notes } = await check();
	expect(unknown).toMatchObject([{ id }]);
	expect(notes).toContain('another ledger is probably used for the same account');
});

it('a risk of losing entries is reported, even if the ledger is complete', async () => {
	const warning = 'The Postgres server runs with fsync = off. Turn it on.';
	const warnings = jest.spyOn(SqliteStore.prototype, 'durabilityWarnings').mockResolvedValue([warning]);
	const { unknown, notes } = await check();
	expect(unknown).toEqual([expect.objectContaining({ object: 'ledgerWarning', summary: warning })]);
	expect(notes).toContain('This ledger knows all of');
	expect(notes).toContain(warning);
	warnings.mockRestore();
});

it('looks only as far back as requested', async () => {
	await charge('1', { ledgerFile: `${fixture.folder}/other.sqlite` });
	expect((await check({ days: 1 })).unknown).toHaveLength(1);
	const { fix } = await fixture.run({ ...CHECK, days: 0 }, [{}]);
	expect(fix[0]!.error.message).toContain('Days is "0"');
});

it('a payment whose key Stripe has, and the ledger does not, is charged once, and the reason is reported', async () => {
	await charge('1');
	await restoreAfter(() => charge('2', withCustomKey('order-2')));
	const { success, hints } = await charge('2', withCustomKey('order-2'));
	expect(success[0]!.idempotency).toMatchObject({
		replayed: true,
		warning: expect.stringContaining('this ledger did not know it') as string,
	});
	expect(
		hints('Node')
			.map(({ message }) => message)
			.join(' '),
	).toContain('restored from a backup or replaced');
	expect(fixture.charges()).toBe(2);
});
