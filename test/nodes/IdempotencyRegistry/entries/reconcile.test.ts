import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CLAIM_ORDER, RegistryFixture, REGISTRY_NODE, RESERVE } from '../../fixtures/registryFixture';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

const [KNOWN, STILL_UNKNOWN, REFUSED] = [0, 1, 2];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STRIPE = { type: STRIPE_NODE };

const RECONCILE: INodeParameters = { resource: 'entry', operation: 'reconcile' };
const ONE: INodeParameters = { ...RECONCILE, findBy: 'field', fieldValue: '={{ $json.order }}' };
const ALL: INodeParameters = { ...RECONCILE, which: 'unknown', returnAll: true };
const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 60 } };
const ORDER = { order: '1001' };

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const stripe = () => registry.fixture.stripe;
const sends = () => stripe().sends().length;
const charge = async (item: IDataObject = ORDER) => (await registry.one(ONCE, item, STRIPE)).json;
const findingOf = ({ reconciled }: IDataObject) => reconciled as IDataObject;
const getEntry = async (order = '1001') =>
	(await registry.one({ resource: 'entry', operation: 'get', fieldValue: order })).json;

async function lost(kind: 'resetAfter' | 'resetBefore', item: IDataObject = ORDER): Promise<void> {
	stripe().inject({ kind });
	expect((await charge(item)).error).toMatchObject({ outcome: 'unknown' });
}

it('finds what Stripe has executed, sends nothing, and the workflow receives it as succeeded from then on', async () => {
	await lost('resetAfter');
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(KNOWN);
	expect(json).toMatchObject({
		state: 'succeeded',
		fields: ORDER,
		money: '19.99 EUR',
		sends: 1,
		objectId: stripe().report().charges[0]!.paymentIntent,
		reconciled: { finding: 'executed', reason: null, dashboardUrl: null, retryAt: null },
	});
	expect(sends()).toBe(1);
	expect(await charge()).toMatchObject({ status: 'succeeded', idempotency: { replayed: true } });
	expect(sends()).toBe(1);
});

it('finds that the card was declined: a corrected request is a new attempt', async () => {
	stripe().inject({ kind: 'resetAfter' });
	await charge({ ...ORDER, card: EMPTY_CARD });
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(KNOWN);
	expect(json).toMatchObject({ state: 'rejected', reconciled: { finding: 'executed' } });
	expect(findingOf(json).nextStep).toMatch(/new attempt/);
	expect(await charge({ ...ORDER, card: 'pm_card_visa' })).toMatchObject({
		status: 'succeeded',
		idempotency: { attempt: 2 },
	});
});

it('does not report "not executed" while Stripe may still execute it, and states when to check again', async () => {
	await lost('resetBefore');
	const first = await registry.one(ONE, ORDER);
	expect(first.through).toBe(STILL_UNKNOWN);
	expect(first.json).toMatchObject({ state: 'unknown', reconciled: { finding: 'inconclusive' } });
	const { retryAt, dashboardUrl, nextStep } = findingOf(first.json);
	expect(dashboardUrl).toMatch(/^https:\/\/dashboard\.stripe\.com\/test\/search\?query=metadata%3Av1_/);
	expect(nextStep).toMatch(/at the time given/);

	registry.time.advance(20 * HOUR);
	expect(findingOf((await registry.one(ONE, ORDER)).json).retryAt).toBe(retryAt);
	registry.time.advance(Date.parse(retryAt as string) - registry.time.now());
	const last = await registry.one(ONE, ORDER);
	expect(last.through).toBe(KNOWN);
	expect(last.json).toMatchObject({ state: 'released', reconciled: { finding: 'not_executed' } });
	expect(sends()).toBe(1);
	expect(await charge()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1, sends: 2 } });
	expect(
		new Set(
			stripe()
				.sends()
				.map(({ key }) => key),
		).size,
	).toBe(1);
});

it('keeps the ID of the lost request, so that Stripe support can be asked about it', async () => {
	stripe().inject({ kind: 'error500Before' });
	const { error } = await charge();
	expect(error.requestId).toMatch(/^req_/);
	for (const wait of [0, 4 * DAY]) {
		registry.time.advance(wait);
		expect((await registry.one(ONE, ORDER)).json.requestId).toBe(error.requestId);
	}
});

it('finds what Stripe rolled forward after a stored 500, however long that takes', async () => {
	stripe().inject({ kind: 'rollForward', delayMs: 60 * HOUR, byStripe: true });
	await charge();
	registry.time.advance(48 * HOUR);
	expect((await registry.one(ONE, ORDER)).through).toBe(STILL_UNKNOWN);
	registry.time.advance(13 * HOUR);
	expect((await registry.one(ONE, ORDER)).json).toMatchObject({
		state: 'succeeded',
		reconciled: { finding: 'executed' },
	});
	expect(stripe().report().charges).toHaveLength(1);
});

it('after 30 days reports only what a person should check, however often it runs', async () => {
	await lost('resetBefore');
	registry.time.advance(40 * DAY);
	for (const wait of [0, DAY]) {
		registry.time.advance(wait);
		const { through, json } = await registry.one(ONE, ORDER);
		expect(through).toBe(STILL_UNKNOWN);
		expect(json.reconciled).toMatchObject({ finding: 'inconclusive', retryAt: null });
		expect(findingOf(json).nextStep).toMatch(/Search the Stripe dashboard/);
	}
	expect(sends()).toBe(1);
});

it('reports it if Stripe does not respond, and changes nothing else', async () => {
	await lost('resetAfter');
	stripe().inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(STILL_UNKNOWN);
	expect(json).toMatchObject({ state: 'unknown', reconciled: { finding: 'stripe_unavailable' } });
	stripe().clearFaults();
	expect((await registry.one(ONE, ORDER)).json).toMatchObject({ state: 'succeeded' });
});

it('leaves resolved entries unchanged', async () => {
	await charge();
	const before = await getEntry();
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(KNOWN);
	expect(json.reconciled).toMatchObject({ finding: 'already_resolved' });
	expect(await getEntry()).toEqual(before);
});

it('reconciles all unknown entries, and nothing else, and reports the result', async () => {
	const orders = Array.from({ length: 30 }, (_, index) => ({ order: `A${index}` }));
	stripe().inject({ kind: 'resetAfter', times: 20 });
	stripe().inject({ kind: 'resetBefore', times: 9 });
	await registry.run(ONCE, orders, STRIPE);
	const { outputsOf, hints } = await registry.run(ALL);
	expect(outputsOf.map((left) => left.length)).toEqual([20, 9, 0]);
	expect(outputsOf[KNOWN]!.every(({ state }) => state === 'succeeded')).toBe(true);
	expect(hints('Node').map(({ message }) => message)).toContain(
		'29 of 29 looked up: Resolved 20, Unresolved 9',
	);
	expect(registry.log).toEqual([
		expect.stringMatching(/^Node: 25 of 29 looked up: (?:Resolved|Unresolved) \d/),
	]);
	expect(registry.messages).toEqual(registry.log);
	expect(stripe().report().charges).toHaveLength(21);
	expect((await registry.run(ALL)).outputsOf.map((left) => left.length)).toEqual([0, 9, 0]);
});

it('reports the progress of a run of many items', async () => {
	await charge();
	const items = Array.from({ length: 30 }, (_, index) => (index === 0 ? { order: 'nobody' } : ORDER));
	const { hints } = await registry.run(ONE, items);
	expect(registry.log).toEqual(['Node: 25 of 30 looked up: Refused 1, Resolved 24']);
	expect(hints('Node').map(({ message }) => message)).toEqual([
		'30 of 30 looked up: Refused 1, Resolved 29',
	]);
});

it.each([
	['at the usual rate, for all together', ALL, {}, 100],
	['at the selected rate, for all together', ALL, { requestsPerSecond: 4 }, 250],
	['at the selected rate, one after the other', ONE, { requestsPerSecond: 4 }, 250],
])('queries %s: queries are kept separate', async (_how, parameters, options, apartMs) => {
	const orders = [ORDER, { order: '1002' }, { order: '1003' }];
	stripe().inject({ kind: 'resetBefore', times: 3 });
	await registry.run(ONCE, orders, STRIPE);
	const items = parameters === ALL ? [{}] : orders;
	const { left, requests, waitedMs } = await registry.paced({ ...parameters, options }, items);
	expect(left).toEqual([0, 3, 0]);
	expect(requests).toBeGreaterThanOrEqual(6);
	// Whoever comes late may catch up on 100 ms.
	expect(waitedMs).toBeLessThanOrEqual((requests - 1) * apartMs);
	expect(waitedMs).toBeGreaterThanOrEqual((requests - 1) * apartMs - 100);
});

it('reaches every unknown entry in turn, however few are reconciled per run', async () => {
	// What Stripe cannot be asked about is older, and takes nobody's turn.
	await registry.run(
		{ ...CLAIM_ORDER, options: { holdMinutes: 1 } },
		Array.from({ length: 3 }, (_, index) => ({ order: `C${index}` })),
	);
	registry.time.advance(HOUR);
	stripe().inject({ kind: 'resetBefore', times: 6 });
	const orders = Array.from({ length: 6 }, (_, index) => ({ order: `A${index}` }));
	await registry.run(ONCE, orders, STRIPE);
	const seen = new Set<unknown>();
	for (const wait of [1_000, 2_000, 3_000]) {
		registry.time.advance(wait);
		const { outputsOf } = await registry.run({ ...RECONCILE, which: 'unknown', limit: 2 });
		for (const { entryId } of outputsOf[STILL_UNKNOWN]!) seen.add(entryId);
	}
	expect(seen.size).toBe(6);
});

it('returns nothing if nothing is unknown; a model gets a message', async () => {
	await charge();
	expect((await registry.run(ALL)).outputsOf.flat()).toEqual([]);
	const [answer] = await registry.asTool(ALL, [{}]);
	expect(answer).toMatchObject({ found: 0 });
});

it("waits if Stripe's rate limit is reached", async () => {
	await lost('resetAfter');
	stripe().inject({ kind: 'rateLimit429', times: 3, match: { method: 'GET', path: /payment_intents/ } });
	expect((await registry.one(ONE, ORDER)).json).toMatchObject({ state: 'succeeded' });
});

it('refuses a key of the other mode, live or test', async () => {
	await lost('resetAfter');
	const live = { credential: { secretKey: 'sk_live_shop' } };
	const { through, json } = await registry.one(ONE, ORDER, live);
	expect(through).toBe(STILL_UNKNOWN);
	expect(json.reconciled).toMatchObject({ finding: 'stripe_unavailable' });
	expect(findingOf(json).nextStep).toMatch(/test mode/);
});

it('queries the connected account of the entry', async () => {
	const connected = { ...ONCE, options: { ...(ONCE.options as object), stripeAccount: 'acct_connected' } };
	stripe().inject({ kind: 'resetAfter' });
	await registry.one(connected, ORDER, STRIPE);
	const { json } = await registry.one(ONE, ORDER);
	expect(json).toMatchObject({ state: 'succeeded', account: 'acct_connected' });
});

it('reports for a claim on another API that Stripe cannot tell', async () => {
	await registry.one({ ...CLAIM_ORDER, options: { holdMinutes: 1 } }, ORDER);
	registry.time.advance(HOUR);
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(STILL_UNKNOWN);
	expect(json.reconciled).toMatchObject({ finding: 'inconclusive', dashboardUrl: null });
	expect(findingOf(json).nextStep).toMatch(/Complete, Reject or Release/);
});

it('does not report a deletion as not executed while Stripe may still execute it, and allows resending it at any time', async () => {
	const { id } = (await registry.one({ ...ONCE, resource: 'customer' }, { order: 'customer' }, STRIPE))
		.json;
	const remove: INodeParameters = {
		resource: 'customApiCall',
		operation: 'request',
		method: 'DELETE',
		path: `/v1/customers/${id}`,
		keyFields: ONCE.keyFields,
		options: ONCE.options,
	};
	stripe().inject({ kind: 'resetBefore', match: { method: 'DELETE' } });
	await registry.one(remove, ORDER, STRIPE);
	const { through, json } = await registry.one(ONE, ORDER);
	expect(through).toBe(STILL_UNKNOWN);
	expect(json).toMatchObject({ state: 'unknown', reconciled: { finding: 'inconclusive' } });
	expect(findingOf(json).nextStep).toMatch(/Repeating it does no harm/);
	expect(Date.parse(findingOf(json).retryAt as string)).toBeGreaterThan(registry.time.now());
	const RETRY = { ...ONE, operation: 'retry', options: ONCE.options };
	expect((await registry.one(RETRY, ORDER)).json).toMatchObject({ state: 'succeeded' });
	expect((await registry.one(ONE, ORDER)).json.reconciled).toMatchObject({ finding: 'already_resolved' });
});

it('leaves reservations unchanged', async () => {
	await registry.one(RESERVE, ORDER);
	expect((await registry.one(ONE, ORDER)).json.reconciled).toMatchObject({ finding: 'already_resolved' });
});

it('refuses what it does not find, and reports it through Refused', async () => {
	const { through, json } = await registry.one(ONE, { order: 'nobody' });
	expect(through).toBe(REFUSED);
	expect(json.error.outcome).toBe('not_found');
});

it('never shows a secret', async () => {
	await lost('resetAfter');
	const { raws } = await registry.run({ ...ONE, simplify: false }, [ORDER], { type: REGISTRY_NODE });
	expect(JSON.stringify(raws)).toMatch(/payment_intent/);
	expect(JSON.stringify(raws)).not.toMatch(/_secret_[A-Za-z0-9]|sk_test/);
});
