import { subscribe as listen, unsubscribe } from 'node:diagnostics_channel';

import type { IDataObject } from 'n8n-workflow';

import type { TraceMessage, TracePoint } from '../../../../ledger/tracing';
import { customerResource } from '../../../../nodes/StripeIdempotent/operations/customer';
import { CrashPlan } from '../../../scenarios/crashPlan';
import { stripeAt } from '../../../simulator/client';
import { NodeFixture, ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import type { NodeRun, RunSetup } from '../../fixtures/nodeFixture';

/** Create or Update: one customer per e-mail address, or per value of their metadata, whoever comes first. */

const JOURNEY = 'n8n-nodes-stripe-idempotent';

let fixture: NodeFixture;
const api = () => stripeAt(fixture.stripe, 'sk_test_operations');
beforeAll(async () => {
	fixture = await NodeFixture.start();
});
afterAll(() => fixture.stop());
afterEach(() => fixture.stripe.clearFaults());

let last = 0;
const newEmail = () => `customer${(last += 1)}@example.com`;
const newChange = () => `change ${(last += 1)}`;

function upsert(items: IDataObject[], more: IDataObject = {}, how: RunSetup = {}) {
	const parameters = {
		resource: 'customer',
		operation: 'upsert',
		amount: '',
		paymentMethod: '',
		matchBy: 'email',
		matchEmail: '={{ $json.email }}',
		keyFields: { field: [{ path: 'change', treatAs: 'text' }] },
		additionalFields: { name: '={{ $json.name }}' },
		...more,
	};
	return fixture.run(items, { parameters, ...how });
}

const BY_NUMBER = {
	matchBy: 'metadata',
	matchKey: 'number',
	matchValue: '={{ $json.number }}',
	additionalFields: { name: '={{ $json.name }}' },
};

const having = async (email: string) => (await api().customers.list({ email })).data;
const numbered = async (number: string) =>
	(await api().customers.list({ limit: 100 })).data.filter(({ metadata }) => metadata.number === number);
const why = ({ fix, retry }: NodeRun) => [...fix, ...retry][0]?.json.error?.message as string | undefined;
const idOf = ({ success }: NodeRun) => success[0]?.json.id;

it('creates a customer, and updates the same one with the next change', async () => {
	const email = newEmail();
	const first = await upsert([{ email, change: newChange(), name: 'Ann' }]);
	const second = await upsert([{ email, change: newChange(), name: 'Anne' }]);
	expect(idOf(second)).toBe(idOf(first));
	const [customer, ...others] = await having(email);
	expect(others).toEqual([]);
	expect(customer).toMatchObject({ name: 'Anne', metadata: { n8n_entry: expect.any(String) as string } });
});

it('a customer created elsewhere is updated, and keeps the entry that created it', async () => {
	const email = newEmail();
	const { id } = await api().customers.create({ email, metadata: { n8n_entry: 'v1_other', tier: 'gold' } });
	const run = await upsert([{ email, change: newChange(), name: 'Ben' }]);
	expect(idOf(run)).toBe(id);
	expect(await having(email)).toMatchObject([
		{ id, name: 'Ben', metadata: { n8n_entry: 'v1_other', tier: 'gold' } },
	]);
});

it('the same change again is a replay; different data for it is a conflict', async () => {
	const item = { email: newEmail(), change: newChange(), name: 'Cleo' };
	await upsert([item]);
	const again = await upsert([item]);
	expect(again.success[0]?.json.idempotency).toMatchObject({ replayed: true });
	const other = await upsert([{ ...item, name: 'Clio' }]);
	expect(other.fix[0]?.json.error).toMatchObject({ outcome: 'conflict' });
});

it('an address in different case is a different customer, as for Stripe', async () => {
	const email = newEmail();
	await upsert([{ email, change: newChange(), name: 'Dora' }]);
	// Stripe filters, so that no account is too large for it.
	const reads = fixture.stripe.requests.filter(
		({ method, path }) => method === 'GET' && path === '/v1/customers',
	);
	expect(reads.at(-1)?.params).toMatchObject({ email });
	const { properties } = customerResource.operations.find(({ value }) => value === 'upsert')!;
	const { description } = properties.find(({ name }) => name === 'matchEmail')!;
	expect(description).toContain('including upper and lower case');
	await upsert([{ email: email.toUpperCase(), change: newChange(), name: 'Dora' }]);
	expect(await having(email)).toHaveLength(1);
	expect(await having(email.toUpperCase())).toHaveLength(1);
});

it('several matching customers are refused, with their IDs', async () => {
	const email = newEmail();
	const ids = [];
	for (const name of ['E', 'F']) ids.push((await api().customers.create({ email, name })).id);
	const run = await upsert([{ email, change: newChange(), name: 'G' }]);
	expect(run.fix).toHaveLength(1);
	for (const id of ids) expect(why(run)).toContain(id);
	expect(why(run)).toContain('matches 2 customers');
});

it.each([
	['concurrently, for one change', [0, 0, 0]],
	['concurrently, for different changes', [0, 1, 2]],
])('runs for a new address create one customer: %s', async (_described, changes) => {
	const email = newEmail();
	const changeIds = changes.map((nth) => `${email} ${nth}`);
	const runs = await Promise.all(changeIds.map((change) => upsert([{ email, change, name: 'Hal' }])));
	expect(runs.map(why)).toEqual(runs.map(() => undefined));
	expect(await having(email)).toHaveLength(1);
	expect(new Set(runs.map(idOf)).size).toBe(1);
});

it('rows of one run for one new address create one customer, with the data of the last row', async () => {
	const email = newEmail();
	const rows = ['Ivo', 'Ivy', 'Ida'].map((name) => ({ email, change: newChange(), name }));
	const run = await upsert(rows);
	expect(run.success).toHaveLength(3);
	expect(await having(email)).toMatchObject([{ name: 'Ida' }]);
});

it.each([0.1, 26])('a lost response, and the same item %s h later: one customer', async (hours) => {
	const item = { email: newEmail(), change: newChange(), name: 'Jo' };
	fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	expect((await upsert([item])).retry).toHaveLength(1);
	fixture.stripe.clearFaults();
	fixture.time.advance(hours * ONE_HOUR_MS);
	const again = await upsert([item]);
	expect(why(again)).toBeUndefined();
	expect(await having(item.email)).toHaveLength(1);
});

it('a frozen match is resent unchanged, whoever has changed it since', async () => {
	const email = newEmail();
	const { id } = await api().customers.create({ email });
	const item = { email, change: newChange(), name: 'Kim' };
	fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await upsert([item]);
	fixture.stripe.clearFaults();
	await api().customers.update(id, { email: newEmail() });
	const again = await upsert([item]);
	expect(idOf(again)).toBe(id);
	expect(await having(email)).toHaveLength(0);
});

it('a customer created elsewhere between the look-up and the send is updated', async () => {
	const email = newEmail();
	const item = { email, change: newChange(), name: 'Lee' };
	let made: Promise<{ id: string }> | undefined;
	const stop = onPoint('claiming', () => (made ??= api().customers.create({ email })));
	const run = await upsert([item]).finally(stop);
	expect(made).toBeDefined();
	expect(why(run)).toBeUndefined();
	expect(await having(email)).toMatchObject([{ id: (await made)?.id, name: 'Lee' }]);
});

it('a lost request counts as not executed only when that is proven, even if a customer was created elsewhere', async () => {
	const item = { email: newEmail(), change: newChange(), name: 'Noa' };
	fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
	expect((await upsert([item])).retry).toHaveLength(1);
	fixture.stripe.clearFaults();
	const { id } = await api().customers.create({ email: item.email, name: 'Elsewhere' });
	fixture.time.advance(ONE_HOUR_MS);
	expect((await upsert([item])).retry).toHaveLength(1);
	expect(await having(item.email)).toMatchObject([{ id, name: 'Elsewhere' }]);
	fixture.time.advance(26 * ONE_HOUR_MS);
	expect(idOf(await upsert([item]))).toBe(id);
	expect(await having(item.email)).toMatchObject([{ id, name: 'Noa' }]);
});

it('a run that died before it sent anything blocks nothing', async () => {
	const item = { email: newEmail(), change: newChange(), name: 'Max' };
	const crashPlan = new CrashPlan();
	const stop = onPoint('claimed', ({ entryId }) => {
		crashPlan.schedule(entryId, 'claimed');
		crashPlan.reach('claimed', entryId);
		fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
	});
	await upsert([item]).finally(stop);
	crashPlan.stop();
	fixture.stripe.clearFaults();
	fixture.time.advance(ONE_HOUR_MS);
	const elsewhere = await api().customers.create({ email: item.email });
	const again = await upsert([item]);
	expect(why(again)).toBeUndefined();
	expect(await having(item.email)).toMatchObject([{ id: elsewhere.id, name: 'Max' }]);
});

it('a customer is found by metadata, even one that Search does not show yet', async () => {
	const number = `n ${(last += 1)} "quoted"`;
	const first = await upsert([{ number, change: newChange(), name: 'Nia' }], BY_NUMBER);
	const second = await upsert([{ number, change: newChange(), name: 'Nia B.' }], BY_NUMBER);
	expect([why(first), why(second)]).toEqual([undefined, undefined]);
	fixture.time.advance(50 * ONE_HOUR_MS);
	await upsert([{ number, change: newChange(), name: 'Nia C.' }], BY_NUMBER);
	expect(await numbered(number)).toMatchObject([{ name: 'Nia C.' }]);
});

it('a value in different case is a different value, which Search does not distinguish', async () => {
	const number = `letters ${(last += 1)}`;
	await upsert([{ number, change: newChange(), name: 'Oda' }], BY_NUMBER);
	fixture.time.advance(ONE_HOUR_MS * 2);
	await upsert([{ number: number.toUpperCase(), change: newChange(), name: 'Ole' }], BY_NUMBER);
	expect(await numbered(number)).toMatchObject([{ name: 'Oda' }]);
});

it('the field that they are found by cannot be changed with it', async () => {
	const additionalFields = { otherParameters: '{ "email": "other@example.com" }' };
	const run = await upsert([{ email: newEmail(), change: newChange() }], { additionalFields });
	expect(why(run)).toContain('has "email", and Email says something else');
	const metadata = { additionalFields: { metadata: { entry: [{ key: 'number', value: '2' }] } } };
	const other = await upsert([{ number: '1', change: newChange() }], { ...BY_NUMBER, ...metadata });
	expect(why(other)).toContain('is not what Additional Fields would set');
});

it('nothing is sent if the list cannot be read', async () => {
	const email = newEmail();
	fixture.stripe.inject({ kind: 'error500NotStored', match: { method: 'GET', path: '/v1/customers' } });
	const run = await upsert([{ email, change: newChange(), name: 'Pia' }]);
	fixture.stripe.clearFaults();
	expect(run.success).toEqual([]);
	expect(await having(email)).toEqual([]);
});

it('Check Only reports whom a run would update', async () => {
	const email = newEmail();
	const check = () => upsert([{ email, change: newChange(), name: 'Q' }], { options: { checkOnly: true } });
	expect((await check()).success[0]?.json).toMatchObject({ checked: { answer: 'new' } });
	const { id } = await api().customers.create({ email });
	expect(JSON.stringify((await check()).success[0]?.json)).toContain(id);
	await api().customers.create({ email });
	expect((await check()).success[0]?.json).toMatchObject({ checked: { answer: 'refused' } });
	expect(await having(email)).toHaveLength(2);
});

/** @returns what ends it */
function onPoint(point: TracePoint, act: (message: TraceMessage) => unknown): () => void {
	const onTrace = (message: unknown) => {
		if ((message as TraceMessage).point === point) act(message as TraceMessage);
	};
	listen(JOURNEY, onTrace);
	return () => unsubscribe(JOURNEY, onTrace);
}
