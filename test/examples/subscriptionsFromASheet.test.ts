import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { sampleRows } from '../crash/soak';
import { allItems, csvIn, ExampleFixture, messagesOf, readExample } from './exampleFixture';

const NAME = 'subscriptions-from-a-sheet';
const example = ExampleFixture.use(NAME);

const SHEET = 'Sample Contracts';
const COLUMNS = 'contract,customer_email,customer_name,plan,quantity,since';
const NORTHSIDE = 'C-1002,billing@northside.example,Northside Bikes';
const APPROVE = { Decision: 'Approve', 'Your name': 'Olga' };

const sheet = (...rows: string[]) => csvIn(SHEET, COLUMNS, ...rows);

/** One contract of the samples has another plan from a later day on. */
const UPGRADE = sheet(`${NORTHSIDE},team_monthly,5,2026-06-01`);

/** Plan and seats of each contract. */
async function subscribed() {
	const { data } = await example.api.subscriptions.list({ limit: 100, expand: ['data.items.data.price'] });
	return data
		.map(({ metadata, items }) => {
			const [item] = items.data;
			return [metadata.contract, item?.price.lookup_key, item?.quantity].join(' ');
		})
		.sort();
}

const EXISTING = ['C-1001 team_monthly 5', 'C-1002 solo_monthly 1', 'C-1003 team_monthly 3'];
const UPGRADED = ['C-1001 team_monthly 5', 'C-1002 team_monthly 5', 'C-1003 team_monthly 3'];

const changes = () => example.stripe.sends().filter(({ path }) => path.startsWith('/v1/subscriptions/sub_'));

it('creates a subscription per contract, and nothing in the next run', async () => {
	const first = await example.run();
	expect(allItems(first, 'Subscribed')).toHaveLength(3);
	const second = await example.run();
	expect(allItems(second, 'Nothing to Do')).toHaveLength(3);
	for (const result of [first, second]) expect(messagesOf(result)).toEqual([]);
	expect(await subscribed()).toEqual(EXISTING);
	expect([example.count('customer.created'), example.count('price.created')]).toEqual([3, 2]);
});

it('makes a change once after a person has approved it with its cost', async () => {
	await example.run();
	const result = await example.run({ changes: UPGRADE, form: APPROVE });
	expect(allItems(result, 'Send the Question')[0]?.message).toMatch(
		/^Change these subscriptions\?\nC-1002 Northside Bikes: 1 × solo_monthly to 5 × team_monthly: today 6\d\.\d\d EUR, then 75\.00 EUR a month\nPlease decide here: http/,
	);
	expect(allItems(result, 'Plan Changed')).toMatchObject([{ idempotency: { replayed: false } }]);
	const again = await example.run({ changes: UPGRADE, form: APPROVE });
	expect(allItems(again, 'Nothing to Do')).toHaveLength(1);
	expect(allItems(again, 'Send the Question')).toEqual([]);
	expect(await subscribed()).toEqual(UPGRADED);
	expect(changes()).toHaveLength(1);
});

it('changes nothing if it was denied or not answered', async () => {
	await example.run();
	for (const form of [{ Decision: 'Deny' }, {}]) {
		const result = await example.run({ changes: UPGRADE, form });
		expect(result.runs('Not Changed')).toHaveLength(1);
	}
	expect(changes()).toEqual([]);
});

it('refuses the change if the plan was changed between question and approval', async () => {
	await example.run();
	const meanwhile = async () => {
		const { data } = await example.api.subscriptions.list({ limit: 100 });
		const { items } = data.find(({ metadata }) => metadata.contract === 'C-1002')!;
		const [item] = items.data;
		await example.api.subscriptions.update(data.find(({ items: of }) => of === items)!.id, {
			items: [{ id: item!.id, quantity: 2 }],
		});
	};
	const result = await example.run({ changes: UPGRADE, form: APPROVE, meanwhile });
	expect(messagesOf(result)).toEqual([
		expect.stringMatching(
			/^Contract C-1002 of Northside Bikes is not as in the sheet\. .*not what was approved.* an object in Stripe has changed since the check\. Check it again/,
		),
	]);
	expect(await subscribed()).toContain('C-1002 solo_monthly 2');
	expect(changes()).toHaveLength(1);
});

it.each([
	['of a customer', /^\/v1\/customers$/],
	['of a subscription', /^\/v1\/subscriptions$/],
])('loops when the response %s is lost, and creates no second subscription', async (_, path) => {
	example.loseAnswer(path);
	const result = await example.run();
	expect(result.runs('Wait Five Minutes')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect(await subscribed()).toEqual(EXISTING);
	expect(example.count('customer.subscription.created')).toBe(3);
});

it('loops with the same check when the response to a change is lost, and makes it once', async () => {
	await example.run();
	example.loseAnswer(/^\/v1\/subscriptions\/sub_/);
	const result = await example.run({ changes: UPGRADE, form: APPROVE });
	expect(result.runs('Wait Before the Change')).toHaveLength(1);
	expect(allItems(result, 'Plan Changed')).toHaveLength(1);
	expect(await subscribed()).toEqual(UPGRADED);
	expect(example.count('customer.subscription.updated')).toBe(1);
});

it.each(['/v1/prices', '/v1/subscriptions'])(
	'creates and changes nothing if %s cannot be read, and reports it',
	async (path) => {
		example.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET', path } });
		const result = await example.run();
		expect(messagesOf(result)).toEqual([
			expect.stringMatching(/^The contracts were not compared\. .*Retry later/),
		]);
		expect(example.stripe.sends().filter((send) => send.path === '/v1/subscriptions')).toEqual([]);
	},
);

it.each(
	sampleRows(3, [
		['a plan that does not exist', [`${NORTHSIDE},gold,5,2026-06-01`], 'no active plan "gold"'],
		['an invalid quantity', [`${NORTHSIDE},team_monthly,five,2026-06-01`], 'The quantity is "five"'],
		['an invalid date', [`${NORTHSIDE},team_monthly,5,June`], 'The date in since is "June"'],
		[
			'a duplicate contract',
			[`${NORTHSIDE},team_monthly,5,2026-06-01`, `${NORTHSIDE},solo_monthly,1,2026-01-01`],
			'in the sheet twice',
		],
	]),
)('only sends a notification about %s', async (_, rows, words) => {
	await example.run();
	const result = await example.run({ changes: sheet(...rows), form: APPROVE });
	expect(messagesOf(result)).toEqual(rows.map(() => expect.stringContaining(words) as unknown));
	expect(await subscribed()).toEqual(EXISTING);
	expect(changes()).toEqual([]);
});

it('reports for each contract that its plan does not exist if Stripe has no plan yet', async () => {
	const result = await example.run({ trigger: 'Every Monday at Six' });
	expect(messagesOf(result)).toEqual(
		Array(3).fill(expect.stringMatching(/ There is no active plan "\w+" in Stripe\./)),
	);
});

it('waits for the start date of a row', async () => {
	await example.run();
	const result = await example.run({ changes: sheet(`${NORTHSIDE},team_monthly,5,2999-01-01`) });
	expect(allItems(result, 'Nothing to Do')).toHaveLength(1);
	expect(await subscribed()).toEqual(EXISTING);
});

it('repeats a change that was reverted only if it has a new date, and reports it', async () => {
	await example.run();
	await example.run({ changes: UPGRADE, form: APPROVE });
	await example.run({ changes: sheet(`${NORTHSIDE},solo_monthly,1,2026-07-01`), form: APPROVE });
	expect(await subscribed()).toEqual(EXISTING);
	const again = await example.run({ changes: UPGRADE, form: APPROVE });
	expect(messagesOf(again)).toEqual([
		expect.stringContaining('To make it again, give the row a new date in since.') as unknown,
	]);
	expect(await subscribed()).toEqual(EXISTING);
	await example.run({ changes: sheet(`${NORTHSIDE},team_monthly,5,2026-08-01`), form: APPROVE });
	expect(await subscribed()).toEqual(UPGRADED);
});

describe('a change scheduled for the end of the period', () => {
	async function plan(lookupKey: string, quantity: number): Promise<string> {
		await example.run();
		const { data } = await example.api.subscriptions.list({ limit: 100 });
		const { id } = data.find(({ metadata }) => metadata.contract === 'C-1002')!;
		const { data: prices } = await example.api.prices.list({ lookup_keys: [lookupKey] });
		const made = await example.api.subscriptionSchedules.create({ from_subscription: id });
		const [{ items, start_date, end_date }] = made.phases as [(typeof made.phases)[0]];
		const now = { items: [{ price: items[0]!.price as string, quantity: items[0]!.quantity }] };
		await example.api.subscriptionSchedules.update(made.id, {
			phases: [{ ...now, start_date, end_date }, { items: [{ price: prices[0]!.id, quantity }] }],
		});
		return made.id;
	}

	it('is not requested again', async () => {
		await plan('team_monthly', 5);
		const result = await example.run({ changes: UPGRADE, form: APPROVE });
		expect(allItems(result, 'Nothing to Do')).toHaveLength(1);
		expect(allItems(result, 'Send the Question')).toEqual([]);
		expect(changes()).toEqual([]);
	});

	it('is reported if it differs from the sheet', async () => {
		const schedule = await plan('team_monthly', 7);
		const result = await example.run({ changes: UPGRADE, form: APPROVE });
		expect(messagesOf(result)).toEqual([
			expect.stringContaining(`has another change planned (${schedule})`) as unknown,
		]);
		expect(changes()).toEqual([]);
	});
});

describe('a subscription created elsewhere', () => {
	async function subscribe(quantity: number): Promise<string> {
		const [customer] = (await example.api.customers.list({ email: 'billing@northside.example' })).data;
		const prices = await example.api.prices.list({ lookup_keys: ['solo_monthly'] });
		const { id } = await example.api.subscriptions.create({
			customer: customer!.id,
			items: [{ price: prices.data[0]!.id, quantity }],
			collection_method: 'send_invoice',
			days_until_due: 14,
		});
		return id;
	}

	beforeEach(async () => {
		await example.run({ changes: sheet() });
		await example.api.customers.create({
			email: 'billing@northside.example',
			name: 'Northside Bikes',
		});
	});

	it('is that of the contract if the customer has no other', async () => {
		await subscribe(1);
		const same = await example.run({ changes: sheet(`${NORTHSIDE},solo_monthly,1,2026-01-01`) });
		expect(allItems(same, 'Nothing to Do')).toHaveLength(1);
		await example.run({ changes: UPGRADE, form: APPROVE });
		expect(await subscribed()).toEqual([' team_monthly 5']);
	});

	it('is not guessed if there are several subscriptions or several contracts', async () => {
		const first = await subscribe(1);
		const rows = [
			`${NORTHSIDE},team_monthly,5,2026-06-01`,
			'C-1009,billing@northside.example,Northside Bikes,team_monthly,2,2026-06-01',
		];
		expect(messagesOf(await example.run({ changes: sheet(...rows), form: APPROVE }))).toEqual(
			rows.map(() => expect.stringContaining(`${first} may belong to any of them`) as unknown),
		);
		await subscribe(2);
		expect(messagesOf(await example.run({ changes: UPGRADE, form: APPROVE }))).toEqual([
			expect.stringContaining('any of several subscriptions'),
		]);
		expect(changes()).toEqual([]);
	});
});

it('changes what it checked: both nodes have the same parameters', () => {
	const { nodes } = readExample(NAME);
	const [check, change] = ['Check the Change', 'Change the Plan'].map(
		(name) => nodes.find((node) => node.name === name)?.parameters,
	);
	expect({ ...check, options: {} }).toEqual({ ...change, options: {} });
	expect([check?.options, change?.options]).toEqual([
		{ checkOnly: true },
		{ approvedCheck: '={{ $json.check }}' },
	]);
});

it('has the same rows as contracts.csv', () => {
	const contracts = readExample(NAME).nodes.find(({ name }) => name === SHEET);
	const value = readFileSync(join(__dirname, '../../examples/contracts.csv'), 'utf8');
	expect(contracts?.parameters).toMatchObject({ assignments: { assignments: [{ value }] } });
});
