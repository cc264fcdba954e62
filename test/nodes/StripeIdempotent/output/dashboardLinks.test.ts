import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';
import { operationOf, prepareItem } from '../../../scenarios/operationSample';
import { OPERATION_SAMPLES } from '../../../scenarios/operationSamples';
import type { OrdersOutputItem } from '../../fixtures/ordersFixture';
import { CHARGE, OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	for (const [name, sample] of WRITES) {
		const item = { order: name, ...(await prepareItem(sample, fixture.stripe)) };
		const parameters = { ...sample.parameters, ...withCustomKey(name) };
		const success = await runAs(operationOf(name), parameters, item);
		written.set(name, { item, success });
		for (const object of success) note(operationOf(name), object);
	}
});
afterAll(() => fixture.close());

const PAGE = /^https:\/\/dashboard\.stripe\.com\/test\/[a-z_/-]+(?:\?query=)?[\w%.-]+$/;

/** Whether an address is a page of the object, or of one that it names. */
function isShownOn(page: unknown, object: IDataObject): boolean {
	const [id] = /[^/=]+$/.exec(String(page)) ?? [];
	return PAGE.test(String(page)) && id !== undefined && JSON.stringify(object).includes(`"${id}"`);
}

async function runAs(name: string, parameters: INodeParameters, item: IDataObject) {
	const [resource, operation] = name.split('.');
	const chosen = { resource, operation, simplify: false, ...parameters };
	const { success, fix, retry } = await fixture.run(chosen, [item]);
	expect([...fix, ...retry]).toEqual([]);
	return success;
}

/** What the writes have made, by its resource: the reads are of it. */
const found = new Map<string, string>();

function note(name: string, { id, customer }: IDataObject): void {
	const [resource = ''] = name.split('.');
	if (typeof id === 'string' && !found.has(resource)) found.set(resource, id);
	if (typeof customer === 'string') found.set(`${resource} of customer`, customer);
}

/** Stripe gives it no ID, and shows it nowhere. */
const WITHOUT_PAGE = ['meterEvent.create'];

const WRITES = [...OPERATION_SAMPLES].filter(
	([name, { ageMs }]) => !WITHOUT_PAGE.includes(name) && ageMs === undefined,
);

/** The item of each write, and what it has returned. */
const written = new Map<string, { item: IDataObject; success: OrdersOutputItem[] }>();

it.each(WRITES)('the result of %s contains its dashboard link', (name) => {
	const { item, success } = written.get(name)!;
	for (const { idempotency, ...object } of success) {
		const { dashboardUrl } = idempotency;
		// Of what was deleted, no more than its ID is left; a custom call may be answered by anything.
		expect([dashboardUrl, isShownOn(dashboardUrl, { ...object, ...item })]).toEqual([dashboardUrl, true]);
	}
	expect(success).toHaveLength(1);
});

/** What has no ID, or does not exist. */
const NO_OBJECT = ['balance.get', 'invoice.preview', 'creditNote.preview'];

const READS = STRIPE_RESOURCES.flatMap(({ value: resource, operations }) =>
	operations
		.filter(({ kind }) => kind === 'read' || kind === 'list' || kind === 'search')
		.map((operation) => ({ name: `${resource}.${operation.value}`, resource, operation })),
).filter(({ name }) => !NO_OBJECT.includes(name));

describe('a read operation', () => {
	beforeAll(async () => {
		const { stripe } = fixture;
		const only = { limit: 1 };
		const [event] = (await stripe.events.list(only)).data;
		const [balanceTransaction] = (await stripe.balanceTransactions.list(only)).data;
		for (const [of, object] of Object.entries({ event, balanceTransaction })) found.set(of, object!.id);
	});

	it.each(READS)('$name returns the dashboard link of each object', async ({ name, operation }) => {
		const pickers = operation.properties.filter(({ type }) => type === 'resourceLocator');
		const [resource = ''] = name.split('.');
		const idOf = (of: string) => found.get(`${resource} of ${of}`) ?? found.get(of) ?? '';
		const chosen: INodeParameters = {};
		for (const { name: of } of pickers) chosen[of] = toLocator('id', idOf(of));
		const query = operation.kind === 'search' ? { query: 'created>0' } : {};
		const times = { startTime: '2001-01-01T00:00:00Z', endTime: '2099-01-01T00:00:00Z' };
		fixture.simulator.advance(120_000);
		const success = await runAs(name, { ...chosen, ...query, ...times }, {});
		const pages = success.map(({ dashboardUrl, ...object }) => [
			dashboardUrl,
			isShownOn(dashboardUrl, object),
		]);
		expect(pages).toEqual(success.map(({ dashboardUrl }) => [dashboardUrl, true]));
		expect(success.length).toBeGreaterThan(0);
	});

	it.each(['invoice.preview', 'creditNote.preview'])(
		'%s links nothing that does not exist',
		async (name) => {
			const { operation } = STRIPE_RESOURCES.flatMap(({ value, operations }) =>
				operations.map((operation) => ({ name: `${value}.${operation.value}`, operation })),
			).find((one) => one.name === name)!;
			expect('isPreview' in operation && operation.isPreview).toBe(true);
		},
	);
});

describe('the dashboard', () => {
	const addressOf = ([item]: OrdersOutputItem[]) => {
		const { idempotency, dashboardUrl } = (item ?? {}) as Partial<OrdersOutputItem>;
		return idempotency?.dashboardUrl ?? dashboardUrl;
	};

	it('is that of the connected account, for what is written and for what is read', async () => {
		const options = { stripeAccount: 'acct_connected' };
		const base = 'https://dashboard.stripe.com/acct_connected/test/';
		const { success } = await fixture.run({ ...CHARGE, options }, [{ order: 'connected' }]);
		expect(addressOf(success)).toBe(`${base}payments/${success[0]!.id as string}`);
		const read = { resource: 'paymentIntent', operation: 'getMany', options };
		expect(addressOf((await fixture.run(read, [{}])).success)).toBe(addressOf(success));
	});

	it('is searched for a possible object, and links the object that was to be changed', async () => {
		fixture.simulator.inject({ kind: 'error503', times: 6 });
		const charge = await fixture.run(CHARGE, [{ order: 'lost' }]);
		const { entryId } = charge.retry[0]!.idempotency;
		expect(addressOf(charge.retry)).toBe(
			`https://dashboard.stripe.com/test/search?query=metadata%3A${entryId}`,
		);
		fixture.simulator.clearFaults();
		const change = {
			resource: 'customer',
			operation: 'update',
			customer: toLocator('id', 'cus_missing'),
			additionalFields: { description: 'x' },
			...withCustomKey('missing'),
		};
		expect(addressOf((await fixture.run(change, [{}])).fix)).toBe(
			'https://dashboard.stripe.com/test/customers/cus_missing',
		);
	});
});
