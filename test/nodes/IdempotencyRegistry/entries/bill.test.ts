import type { INodeParameters } from 'n8n-workflow';

import { RegistryFixture } from '../../fixtures/registryFixture';
import type { Bill } from '../../StripeIdempotent/bill/billFixture';
import { BillFixture } from '../../StripeIdempotent/bill/billFixture';

/** What can be done about a bill that stopped on its way, and about its steps. */

const HOUR = 3_600_000;
const [SUCCESS, FIX_OUTPUT, , REFUSED] = [0, 1, 2, 3];

let registry: RegistryFixture;
let bills: BillFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
	bills = new BillFixture(registry.fixture);
});
afterEach(() => registry.close());

const OPTIONS = { maxRetries: 0, timeoutSeconds: 60 };
const act = (operation: string, entryId: string, more: INodeParameters = {}) =>
	registry.one(
		{ resource: 'entry', operation, findBy: 'entryId', entry: entryId, options: { ...OPTIONS }, ...more },
		{},
	);

/** Stops at a step of which the answer is lost. @returns the entry IDs of the bill and of that step */
async function stopAt(path: RegExp, kind: 'resetAfter' | 'resetBefore', bill: Bill) {
	const { stripe } = registry.fixture;
	stripe.inject({ kind, match: { path, method: 'POST' } });
	const { failed } = await bills.run(bill);
	const entries = await registry.fixture.entries();
	const step = entries.find(({ state, operation }) => state === 'unknown' && operation !== OPERATION);
	return { bill: failed!.idempotency!.entryId as string, step: step!.entryId };
}
const OPERATION = 'invoice.billCustomer';

const unknown = async () =>
	(await registry.fixture.entries()).filter(({ state }) => state !== 'succeeded').map((e) => e.operation);

it.each([
	[/\/invoices$/, 'resetAfter'],
	[/\/invoices$/, 'resetBefore'],
	[/add_lines$/, 'resetAfter'],
	[/add_lines$/, 'resetBefore'],
	[/finalize$/, 'resetAfter'],
	[/pay$/, 'resetAfter'],
	[/pay$/, 'resetBefore'],
] as const)('Retry completes a bill that stopped at %s (%s)', async (path, kind) => {
	const bill = await bills.newBill();
	const stopped = await stopAt(path, kind, bill);
	const { through, json } = await act('retry', stopped.bill, { which: 'one' });
	expect([through, json.state]).toEqual([SUCCESS, 'succeeded']);
	expect((await bills.invoiceOf(bill)).status).toBe('paid');
	expect(await bills.paymentsOf(bill)).toBe(1);
	expect(await unknown()).toEqual([]);
	expect((await bills.run(bill)).done).toMatchObject({ idempotency: { replayed: true } });
});

it('Retry of a step leads to its bill, and Retry of all due entries completes the bill alone', async () => {
	const bill = await bills.newBill();
	const stopped = await stopAt(/add_lines$/, 'resetAfter', bill);
	const { through, json } = await act('retry', stopped.step, { which: 'one' });
	expect(through).toBe(REFUSED);
	expect(json.error).toMatchObject({ reason: 'step_of_bill' });
	expect(json.error.nextStep).toContain(stopped.bill);
	await act('retry', '', { which: 'due' });
	expect(await unknown()).toEqual([]);
});

it('Retry of a bill that was declined sends nothing new', async () => {
	const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
	const { failed } = await bills.run(bill);
	registry.fixture.stripe.requests.length = 0;
	const { entryId } = failed!.idempotency as { entryId: string };
	const { through, json } = await act('retry', entryId, { which: 'one' });
	expect(through).toBe(FIX_OUTPUT);
	expect(json.error).toMatchObject({ outcome: 'rejected' });
	expect(bills.sent()).toEqual([]);
});

it('Reconcile of a step finds it, and Reconcile of its bill reports its progress', async () => {
	const bill = await bills.newBill();
	const stopped = await stopAt(/add_lines$/, 'resetAfter', bill);
	expect((await act('reconcile', stopped.step, { which: 'one' })).json).toMatchObject({
		state: 'succeeded',
	});
	const { id } = await bills.invoiceOf(bill);
	const reconciledBill = await act('reconcile', stopped.bill, { which: 'one' });
	expect(reconciledBill.json).toMatchObject({
		state: 'unknown',
		reconciled: {
			finding: 'inconclusive',
			reason: `The bill is not finished: its invoice ${id} is draft.`,
		},
	});
});

it('Reconcile recognizes a bill whose invoice is paid, and one whose invoice was withdrawn', async () => {
	const [paid, withdrawn] = [await bills.newBill(), await bills.newBill()];
	const one = await stopAt(/pay$/, 'resetAfter', paid);
	expect((await act('reconcile', one.bill, { which: 'one' })).json).toMatchObject({ state: 'succeeded' });
	await act('reconcile', one.step, { which: 'one' });
	const other = await stopAt(/pay$/, 'resetBefore', withdrawn);
	const { id } = await bills.invoiceOf(withdrawn);
	await bills.api.invoices.voidInvoice(id);
	expect((await act('reconcile', other.bill, { which: 'one' })).json).toMatchObject({ state: 'rejected' });
});

it('a bill cannot be settled as never executed while its invoice exists', async () => {
	const bill = await bills.newBill();
	const stopped = await stopAt(/add_lines$/, 'resetBefore', bill);
	registry.time.advance(100 * 24 * HOUR);
	const manual = { verdict: 'notDone', by: 'A person' };
	const { json } = await act('settle', stopped.bill, manual);
	expect(json.error).toMatchObject({ reason: 'bill_unfinished' });
	const changed = await bills.run({ ...bill, lines: [{ amount: '1' }] });
	expect(changed.error).toMatchObject({ outcome: 'conflict' });
});

describe('a bill whose invoice was paid with an additional line', () => {
	const EXTRA = { lines: [{ amount: 700, description: 'Extra' }] };
	const payWithMore = async (options: INodeParameters = {}) => {
		const bill = await bills.newBill();
		registry.fixture.stripe.inject({ kind: 'resetBefore', match: { path: /finalize$/, method: 'POST' } });
		const { failed } = await bills.run(bill, {}, { options });
		const { id } = await bills.invoiceOf(bill);
		await bills.api.invoices.addLines(id, EXTRA);
		await bills.api.invoices.finalizeInvoice(id);
		await bills.api.invoices.pay(id);
		return { bill, id, entryId: failed!.idempotency!.entryId as string };
	};

	it('is not found as succeeded, until a person settles it', async () => {
		const { bill, id, entryId } = await payWithMore();
		const { json } = await act('reconcile', entryId, { which: 'one' });
		expect(json).toMatchObject({ state: 'unknown', reconciled: { finding: 'inconclusive' } });
		expect(json.reconciled).toMatchObject({
			reason: expect.stringContaining('a line that this bill did not add: Extra, 7.00 EUR') as string,
		});
		const other = await act('settle', entryId, { verdict: 'done', by: 'A person', objectId: 'in_other' });
		expect(other.json.error).toMatchObject({ reason: 'mismatch' });
		const never = await act('settle', entryId, { verdict: 'notDone', by: 'A person' });
		expect(never.json.error).toMatchObject({ reason: 'bill_unfinished' });
		const settled = await act('settle', entryId, { verdict: 'done', by: 'A person' });
		expect(settled.json).toMatchObject({ state: 'succeeded' });
		const { done } = await bills.run(bill);
		expect(done).toMatchObject({ id, idempotency: { replayed: true, paymentState: 'paid' } });
	});

	it('is not compared if the ledger did not store the request', async () => {
		const { entryId } = await payWithMore({ storeParameters: false });
		const { json } = await act('reconcile', entryId, { which: 'one' });
		expect(json.reconciled).toMatchObject({
			reason: expect.stringContaining('the ledger did not store the request of this bill') as string,
		});
	});
});
