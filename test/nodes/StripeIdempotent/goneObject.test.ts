import type { IDataObject } from 'n8n-workflow';

import { stripeAt } from '../../simulator/client';
import type { FaultKind } from '../../simulator/fault';
import { runKilledAt } from '../fixtures/killedAt';
import { SECRET_KEY } from '../fixtures/ordersFixture';
import { RegistryFixture } from '../fixtures/registryFixture';

/** What was done once per object, and cannot be read any more, is still what happened: its money has moved. */

let registry: RegistryFixture;
beforeAll(async () => {
	registry = await RegistryFixture.open();
});
afterAll(() => registry.close());

const api = () => stripeAt(registry.fixture.stripe, SECRET_KEY);
const ON_THE_OBJECT = { keySource: 'object', amount: '', paymentMethod: '' };

function run(parameters: IDataObject) {
	registry.fixture.stripe.requests.splice(0);
	return registry.fixture.run([{}], {
		parameters: { ...ON_THE_OBJECT, ...parameters },
		credential: { secretKey: SECRET_KEY },
	});
}

/** Runs it while every request about its object meets a fault. */
async function runWith(kind: FaultKind, parameters: IDataObject) {
	const { stripe } = registry.fixture;
	const path = /\/(?:payment_intents|payment_methods)\/\w+/;
	for (const method of ['GET', 'POST']) stripe.inject({ kind, times: Infinity, match: { method, path } });
	const { success, fix, retry } = await run(parameters);
	stripe.clearFaults();
	return { success, error: [...fix, ...retry][0]?.json.error };
}

async function newCapture(): Promise<IDataObject> {
	const { id: paymentIntent } = await api().paymentIntents.create({
		amount: 1999,
		currency: 'eur',
		confirm: true,
		capture_method: 'manual',
		payment_method: 'pm_card_visa',
		return_url: 'https://example.com',
	});
	return { resource: 'paymentIntent', operation: 'capture', paymentIntent };
}

const newestEntry = async () =>
	(await registry.fixture.entries()).toSorted((one, other) => other.createdAt - one.createdAt)[0];
const readSums = async () => (await registry.one({ resource: 'entry', operation: 'summarize' })).json.money;
const sent = () => registry.fixture.stripe.requests.filter(({ method }) => method !== 'GET');

it('is not sent if it is not found, and its money stays in the sums', async () => {
	const capture = await newCapture();
	expect((await run(capture)).success).toHaveLength(1);
	const sums = await readSums();
	const { error } = await runWith('missing404', capture);
	expect(error).toMatchObject({
		outcome: 'conflict',
		retryable: false,
		message: expect.stringMatching(/was completed before.*No such object/s) as string,
	});
	expect(sent()).toEqual([]);
	expect(await newestEntry()).toMatchObject({ state: 'succeeded', attempt: 1 });
	expect(await readSums()).toEqual(sums);
	expect((await run(capture)).success[0]?.json.idempotency).toMatchObject({ replayed: true, attempt: 1 });
});

it.each<[FaultKind, outcome: string]>([
	['unauthorized401', 'unauthorized'],
	['forbidden403', 'unauthorized'],
	['error503', 'unreachable'],
])('is not sent if it cannot be read (%s), and its money stays in the sums', async (kind, outcome) => {
	const capture = await newCapture();
	await run(capture);
	const sums = await readSums();
	expect((await runWith(kind, capture)).error).toMatchObject({ outcome });
	expect(sent()).toEqual([]);
	expect(await newestEntry()).toMatchObject({ state: 'succeeded', attempt: 1 });
	expect(await readSums()).toEqual(sums);
});

it('is not sent either after a run that was killed in between', async () => {
	const capture = await newCapture();
	await run(capture);
	const sums = await readSums();
	await runKilledAt(registry.fixture, 'claimed', () => run(capture));
	expect((await runWith('missing404', capture)).error).toMatchObject({ outcome: 'conflict' });
	expect(sent()).toEqual([]);
	expect((await run(capture)).success).toHaveLength(1);
	expect(await readSums()).toEqual(sums);
});

it('is a success if that was the request: a payment method that was detached, and no longer exists', async () => {
	const { id: customer } = await api().customers.create();
	const { id: paymentMethod } = await api().paymentMethods.create({ type: 'card' });
	await api().paymentMethods.attach(paymentMethod, { customer });
	const detach = { resource: 'paymentMethod', operation: 'detach', paymentMethod };
	expect((await run(detach)).success).toHaveLength(1);
	expect((await runWith('missing404', detach)).success[0]?.json.idempotency).toMatchObject({
		alreadyDone: true,
		attempt: 1,
	});
	expect(sent()).toEqual([]);
});

it('is sent if it was never executed: Stripe reports its state', async () => {
	const { error } = await runWith('missing404', await newCapture());
	expect(error).toMatchObject({ outcome: 'rejected', statusCode: 404 });
	expect(sent()).toHaveLength(1);
});
