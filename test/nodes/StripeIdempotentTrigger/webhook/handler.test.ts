import { asStripeWrites } from '../../../simulator/resources/webhookEndpoints';
import { buildEvent, SECRET, signBody, TriggerFixture } from '../../fixtures/triggerFixture';

let fixture: TriggerFixture;
beforeEach(async () => {
	fixture = await TriggerFixture.open();
});
afterEach(() => fixture.close());

const event = (given: object = {}) => buildEvent({ ...given });
const MINUTE = 60_000;
const DAY = 86_400_000;

describe('a delivery', () => {
	it('that is signed starts the workflow with the event as Stripe sends it', async () => {
		const one = event();
		const { status, items } = await fixture.deliver(one);
		expect(status).toBe(200);
		expect(items).toEqual([{ json: one, pairedItem: { item: 0 } }]);
	});

	it('is verified by the bytes that Stripe sent: with spaces, and with escapes', async () => {
		const one = event({
			data: { object: { id: 'pi_1', object: 'payment_intent', description: 'Café' } },
		});
		const body = asStripeWrites(one);
		expect(body).toMatch(/\n {2}"id".*Caf\\u00e9/s);
		const { status, items } = await fixture.deliverRaw(body, { 'stripe-signature': signBody(body) });
		expect(status).toBe(200);
		expect(items).toEqual([{ json: one, pairedItem: { item: 0 } }]);
	});

	it('of a connected account contains the account; secrets inside are hidden; a different version is reported', async () => {
		const one = event({
			account: 'acct_connected',
			api_version: '2020-08-27',
			data: { object: { id: 'pi_1', object: 'payment_intent', client_secret: 'pi_1_secret_abc' } },
		});
		const [item] = (await fixture.deliver(one)).items!;
		expect(item!.json).toMatchObject({
			account: 'acct_connected',
			data: { object: { client_secret: '[hidden]' } },
		});
		expect(item!.json.apiVersionWarning).toMatch(/2020-08-27/);
	});

	it('of an unselected type is acknowledged, and starts nothing', async () => {
		const parameters = { events: ['refund.created'], options: { otherEvents: 'topup.failed' } };
		const other = await fixture.deliver(event(), { parameters });
		expect(other).toMatchObject({
			status: 200,
			message: expect.stringContaining('not one of its events') as string,
		});
		expect(other.items).toBeUndefined();
		expect((await fixture.deliver(event({ type: 'topup.failed' }), { parameters })).items).toHaveLength(
			1,
		);
	});

	it('of the other mode is acknowledged, and starts nothing', async () => {
		const live = await fixture.deliver(event({ livemode: true }));
		expect(live).toMatchObject({ status: 200, message: expect.stringContaining('live mode') as string });
		expect(live.items).toBeUndefined();
	});
});

describe('a signature', () => {
	const body = JSON.stringify(event());
	const valid = signBody(body);
	const [time, v1] = valid.split(',') as [string, string];
	const forged = `v1=${'0'.repeat(64)}`;

	it.each([
		['missing', {}, 'no Stripe-Signature'],
		['empty', { 'stripe-signature': '' }, 'no Stripe-Signature'],
		['no signature', { 'stripe-signature': 'nonsense' }, 'not made with a signing secret'],
		['without a time', { 'stripe-signature': v1 }, 'not made with a signing secret'],
		['forged', { 'stripe-signature': `${time},${forged}` }, 'not made with a signing secret'],
		['of a different scheme', { 'stripe-signature': valid.replace('v1=', 'v0=') }, 'not made with'],
		[
			'made with a different secret',
			{ 'stripe-signature': signBody(body, 'whsec_other') },
			'not made with',
		],
		['of a different body', { 'stripe-signature': signBody('{}') }, 'not made with'],
		['old', { 'stripe-signature': signBody(body, SECRET, 6 * MINUTE) }, 'more than 5 minutes ago'],
		['empty after v1=', { 'stripe-signature': `${time},v1=` }, 'not made with'],
		['cut', { 'stripe-signature': `${time},${v1.slice(0, -1)}` }, 'not made with'],
		['longer than one', { 'stripe-signature': `${time},${v1}00` }, 'not made with'],
		[
			'in capital letters',
			{ 'stripe-signature': `${time},v1=${v1.slice(3).toUpperCase()}` },
			'not made with',
		],
		['no hexadecimal number', { 'stripe-signature': `${time},v1=${'é'.repeat(32)}` }, 'not made with'],
		['only commas', { 'stripe-signature': ',,,' }, 'not made with'],
		['only an equals sign', { 'stripe-signature': '=' }, 'not made with'],
		['with two times', { 'stripe-signature': `t=1,${time},${v1}` }, 'not made with'],
		['with a time that is not a number', { 'stripe-signature': `t=now,${v1}` }, 'not made with'],
		['with an endless time', { 'stripe-signature': `t=${'9'.repeat(400)},${v1}` }, 'not made with'],
		['a list', { 'stripe-signature': [valid, valid] }, 'no Stripe-Signature'],
		[
			'of 100,000 forgeries',
			{ 'stripe-signature': `${time}${`,${forged}`.repeat(100_000)}` },
			'not made with',
		],
	])('that is %s is refused', async (_, headers, words) => {
		const refused = await fixture.deliverRaw(body, headers);
		expect(refused).toEqual({ status: 400, message: expect.stringContaining(words) as string });
		expect(refused.message).not.toMatch(/whsec|sk_/);
		expect(await fixture.entriesOf('event')).toEqual([]);
	});

	it.each([
		['first', `${time},${forged},${v1}`],
		['last', `${time},${v1},${forged}`],
		['both', `${time},${v1},${v1}`],
		['beside an empty one', `${time},v1=,${v1}`],
		['beside one of a different scheme', `${time},v0=${'0'.repeat(64)},${v1}`],
	])('that is doubled is accepted if one is valid: %s', async (_, header) => {
		expect(await fixture.deliverRaw(body, { 'stripe-signature': header })).toMatchObject({ status: 200 });
	});

	it('is accepted if it was made with one of several secrets, during a roll', async () => {
		const credential = { webhookSecret: ' whsec_old, whsec_new\nwhsec_third' };
		for (const secret of ['whsec_old', 'whsec_new', 'whsec_third']) {
			const text = JSON.stringify(event());
			const headers = { 'stripe-signature': signBody(text, secret) };
			expect(await fixture.deliverRaw(text, headers, { credential })).toMatchObject({ status: 200 });
		}
	});

	it('that cannot be checked is never accepted: without a secret nothing passes', async () => {
		const refused = await fixture.deliverRaw(
			body,
			{ 'stripe-signature': valid },
			{ credential: { webhookSecret: ' ' } },
		);
		expect(refused).toMatchObject({
			status: 503,
			message: expect.stringContaining('There is no signing secret') as string,
		});
		expect(refused.items).toBeUndefined();
	});

	it.each([
		['a body that is not JSON', 'hello'],
		['an object that is not an event', '{"object":"charge"}'],
		[
			'an event without its object',
			'{"object":"event","id":"evt_1","type":"a.b","livemode":false,"data":{}}',
		],
	])('of %s is refused', async (_, text) => {
		const refused = await fixture.deliverRaw(text, { 'stripe-signature': signBody(text) });
		expect(refused).toEqual({ status: 400, message: 'Refused: the delivery is not an event of API v1' });
	});
});

describe('a thin event, which carries no object,', () => {
	it.each([
		['v1.customer.created', 'choose Snapshot as its payload style'],
		['v2.core.account.created', 'remove v2.core.account.created from it'],
	])('%s is answered with the remedy: %s', async (type, cure) => {
		const related_object = { id: 'cus_1', type: 'customer', url: '/v1/customers/cus_1' };
		const text = JSON.stringify({
			object: 'v2.core.event',
			id: 'evt_1',
			type,
			livemode: false,
			related_object,
		});
		const refused = await fixture.deliverRaw(text, { 'stripe-signature': signBody(text) });
		expect(refused).toEqual({
			status: 400,
			message: expect.stringContaining(cure) as string,
		});
		expect(refused.message).toContain('thin event');
	});
});

describe('an event', () => {
	it('that is delivered again starts nothing, and is acknowledged', async () => {
		const one = event();
		expect((await fixture.deliver(one)).items).toHaveLength(1);
		const again = await fixture.deliver(one);
		expect(again).toEqual({ status: 200, message: 'The workflow already received this event' });
	});

	it.each([{ context: 'acct_own' }, { context: 'org_1/acct_own' }, { account: 'acct_own' }])(
		'of the account itself that an organization delivers too, with %j, starts the workflow once',
		async (named) => {
			const one = event();
			expect((await fixture.deliver({ ...one, ...named })).items).toHaveLength(1);
			expect((await fixture.deliver(one)).items).toBeUndefined();
		},
	);

	it('that is delivered 20 times at once starts the workflow once', async () => {
		const one = event();
		const all = await Promise.all(Array.from({ length: 20 }, () => fixture.deliver(one)));
		expect(all.flatMap(({ items = [] }) => items)).toHaveLength(1);
		expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
	});

	it.each([
		['400 days by default', {}, 400],
		['as long as is wanted', { retentionDays: 400 }, 400],
	])('is remembered for %s', async (_, options, days) => {
		const from = Date.now();
		const one = event();
		// Claimed by the delivery, and settled by the run: neither may shorten it.
		await fixture.deliver(one, { parameters: { options } });
		const body = JSON.stringify(event());
		const headers = { 'stripe-signature': signBody(body) };
		const { response } = await fixture.webhook(body, headers, { parameters: { options } });
		response.destroyed = true;
		const entries = await fixture.entriesOf('event');
		expect(entries.map(({ state }) => state).sort()).toEqual(['in_flight', 'succeeded']);
		for (const { expiresAt } of entries) {
			// Stripe tells its time in whole seconds.
			expect(expiresAt).toBeGreaterThan(from - 1_000 + days * DAY);
			expect(expiresAt).toBeLessThanOrEqual(Date.now() + days * DAY);
		}
	});

	it('reaches each copy of the workflow once, and not again when the node is renamed', async () => {
		const one = event();
		expect((await fixture.deliver(one)).items).toHaveLength(1);
		expect((await fixture.deliver(one, { workflowId: 'wf_copy' })).items).toHaveLength(1);
		expect((await fixture.deliver(one, { nodeName: 'Renamed' })).items).toBeUndefined();
	});

	it('is passed on every time while the workflow is tested in the editor', async () => {
		const one = event();
		for (let time = 1; time <= 2; time++) {
			const { items } = await fixture.deliver(one, { mode: 'manual' });
			expect(items).toEqual([{ json: one, pairedItem: { item: 0 } }]);
		}
		expect((await fixture.deliver(one)).items).toHaveLength(1);
	});
});

it('a run without a delivered event does not start', async () => {
	await expect(fixture.run([{ json: {} }])).rejects.toThrow(
		'This node starts when Stripe delivers an event',
	);
});
