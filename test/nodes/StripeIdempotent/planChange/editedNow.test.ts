import type { INodeParameters } from 'n8n-workflow';

import { DAY_MS } from '../../../../ledger/clock';
import type { FaultKind } from '../../../simulator/fault';
import { runKilledAt } from '../../fixtures/killedAt';
import { RegistryFixture } from '../../fixtures/registryFixture';
import type { PlanChange } from './planChangeFixture';
import { PlanChangeFixture } from './planChangeFixture';

/** Somebody edits a subscription after an immediate change of its plan, which keeps the seats, was lost. */

let registry: RegistryFixture;
let changes: PlanChangeFixture;
beforeAll(async () => {
	registry = await RegistryFixture.open();
	changes = await PlanChangeFixture.open(registry.fixture);
});
afterAll(() => registry.close());

const NOW = { changeWhen: 'create_prorations' };
const LIMITED: INodeParameters = { ...NOW, changeWhen: 'always_invoice', chargeAtMost: '10000 EUR' };
/** The claim of a killed worker stays as it is. */
const IN_DOUBT = expect.stringMatching(/^(?:unknown|in_flight)$/) as string;
const POST = { method: 'POST', path: /^\/v1\/subscriptions\/\w+$/ };

const run = (change: PlanChange, parameters: INodeParameters = NOW, options: INodeParameters = {}) =>
	changes.run(change, parameters, { options: { waitForBusySeconds: 0, ...options } });
const retry = (entry: string) =>
	registry.one({ resource: 'entry', operation: 'retry', which: 'one', findBy: 'entryId', entry });
const itemsOf = async ({ subscription }: PlanChange) =>
	(await changes.api.subscriptions.retrieve(subscription)).items.data;
const setSeats = async (change: PlanChange, quantity: number) => {
	const [item] = await itemsOf(change);
	await changes.api.subscriptions.update(change.subscription, { items: [{ id: item!.id, quantity }] });
	changes.fixture.stripe.requests.splice(0);
};
const setPrice = async (change: PlanChange, price: string) => {
	const [item] = await itemsOf(change);
	const items = [{ id: item!.id, price, quantity: item!.quantity }];
	await changes.api.subscriptions.update(change.subscription, { items });
	changes.fixture.stripe.requests.splice(0);
};

async function expectItem(change: PlanChange, price: string, quantity: number) {
	expect(await itemsOf(change)).toMatchObject([{ price: { id: price }, quantity }]);
}

const LOST: [name: string, lose: (change: PlanChange, parameters?: INodeParameters) => Promise<unknown>][] = [
	[
		'lost on its way',
		(change, parameters) => {
			changes.fixture.stripe.inject({ kind: 'resetBefore', match: POST });
			return run(change, parameters);
		},
	],
	[
		'killed before it was sent',
		(change, parameters) => runKilledAt(changes.fixture, 'sending', () => run(change, parameters)),
	],
];

describe.each(LOST)('a change that was %s', (_name, lose) => {
	it.each([
		['its seats were changed', NOW],
		['its seats were changed, under a limit', LIMITED],
	])('overwrites nothing if %s, and is made anew once it definitely was not executed', async (_of, how) => {
		const change = await changes.newChange();
		await lose(change, how);
		await setSeats(change, 30);
		const { fix, error, failed } = await run(change, how);
		expect(changes.sent()).toEqual([]);
		expect(fix).toHaveLength(1);
		expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
		expect(error!.message).toMatch(/The object has changed since this request was built/);
		expect(failed!.idempotency).toMatchObject({ state: IN_DOUBT, attempt: 1 });
		await expectItem(change, changes.small, 30);
		changes.fixture.time.advance(5 * DAY_MS);
		expect((await run(change, how)).error).toBeUndefined();
		await expectItem(change, changes.large, 30);
	});

	it('is resent with its key if the subscription was not edited', async () => {
		const change = await changes.newChange();
		await lose(change);
		await setSeats(change, 30);
		await run(change);
		await setSeats(change, 25);
		const { done } = await run(change);
		expect(done).toMatchObject({ idempotency: { state: 'succeeded', attempt: 1 } });
		await expectItem(change, changes.large, 25);
	});

	it('is not sent over an edit by Retry of the registry', async () => {
		const change = await changes.newChange();
		await lose(change);
		await setPrice(change, await changes.price(700));
		const find = async () =>
			(await changes.entries()).find(({ operation }) => operation.endsWith(change.subscription))!;
		await retry((await find()).entryId);
		expect(changes.sent()).toEqual([]);
		expect(await find()).toMatchObject({ state: IN_DOUBT, attempt: 1 });
	});
});

it('a change that was not executed is not sent over an edit by Retry of the registry', async () => {
	const change = await changes.newChange();
	changes.fixture.stripe.inject({ kind: 'rateLimit429', match: POST });
	const { failed } = await run(change);
	await setSeats(change, 30);
	const { json } = await retry(failed!.idempotency!.entryId as string);
	expect(json.error).toMatchObject({ reason: 'look_changed' });
	await expectItem(change, changes.small, 30);
	expect((await run(change)).error).toBeUndefined();
	await expectItem(change, changes.large, 30);
});

it.each<[FaultKind, ms: number]>([
	['resetAfter', 0],
	['html', 0],
	['resetAfter', 5 * DAY_MS],
])(
	'a change that was executed (%s) is a success, and later edits are kept (%i ms later)',
	async (kind, ms) => {
		const change = await changes.newChange();
		changes.fixture.stripe.inject({ kind, match: POST });
		await run(change);
		await setSeats(change, 31);
		changes.fixture.time.advance(ms);
		expect((await run(change)).done).toMatchObject({ idempotency: { state: 'succeeded' } });
		expect(changes.sent()).toEqual([]);
		await expectItem(change, changes.large, 31);
	},
);

/** Runs a change that meets a fault once, and edits the seats in the pause before it is repeated. */
async function runWithPause(change: PlanChange, kind: FaultKind, inPause: () => Promise<unknown>) {
	const { stripe, time } = changes.fixture;
	stripe.inject({ kind, match: POST });
	const { sleep } = time;
	time.sleep = async (...pause) => {
		if (stripe.requests.some(({ method, path }) => method === 'POST' && POST.path.test(path))) {
			time.sleep = sleep;
			await inPause();
		}
		return sleep(...pause);
	};
	try {
		return await run(change, NOW, { maxRetries: 2 });
	} finally {
		time.sleep = sleep;
	}
}

describe.each<FaultKind>(['resetBefore', 'error503', 'rateLimit429'])(
	'a change that is repeated after %s in the same run',
	(kind) => {
		it('overwrites nothing that was edited in the pause', async () => {
			const change = await changes.newChange();
			changes.fixture.stripe.requests.splice(0);
			const { done, failed } = await runWithPause(change, kind, () => setSeats(change, 30));
			expect(done).toBeUndefined();
			expect(failed!.error!.message).toMatch(/The object has changed since this request was built/);
			await expectItem(change, changes.small, 30);
		});

		it('is made if it was not edited', async () => {
			const change = await changes.newChange();
			changes.fixture.stripe.requests.splice(0);
			expect((await runWithPause(change, kind, async () => {})).error).toBeUndefined();
			await expectItem(change, changes.large, 25);
		});
	},
);
