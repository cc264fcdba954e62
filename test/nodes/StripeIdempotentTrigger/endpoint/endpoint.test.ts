import type Stripe from 'stripe';

import { DEFAULT_API_VERSION } from '../../../../stripe/api/connection';
import { secretOf } from '../../../simulator/resources/webhookEndpoints';
import { stripeAt } from '../../../simulator/client';
import { buildEvent, signBody, TriggerFixture } from '../../fixtures/triggerFixture';

const parameters = { endpoint: 'create', events: ['payment_intent.succeeded', 'refund.created'] };
/** What people whose endpoint is made by the node have. */
const credential = { webhookSecret: '' };
const own = { parameters, credential };

let fixture: TriggerFixture;
beforeEach(async () => {
	fixture = await TriggerFixture.open();
});
afterEach(() => fixture.close());

const endpoints = async () => (await stripeAt(fixture.simulator).webhookEndpoints.list({ limit: 100 })).data;

async function deliverTo(endpointId: string, options: object = own) {
	const body = JSON.stringify(buildEvent());
	const headers = { 'stripe-signature': signBody(body, secretOf(endpointId)) };
	return fixture.deliverRaw(body, headers, options);
}

describe('an endpoint that the node creates', () => {
	it('is created with the selected events and the pinned version, and its signatures are checked', async () => {
		await fixture.publish(own);
		const [endpoint, ...others] = await endpoints();
		expect(others).toEqual([]);
		expect(endpoint).toMatchObject({
			url: 'http://localhost:5678/webhook/hook/webhook',
			enabled_events: ['payment_intent.succeeded', 'refund.created'],
			api_version: DEFAULT_API_VERSION,
			application: null,
			metadata: { n8n_workflow: 'wf_1', n8n_node: 'node_1' },
		});
		expect((await deliverTo(endpoint!.id)).items).toHaveLength(1);
		expect(await deliverTo('we_other')).toMatchObject({ status: 400 });
	});

	it('subscribes to each event of a group, because Stripe knows no groups', async () => {
		await fixture.publish({
			...own,
			parameters: { ...parameters, events: ['refund.*', 'refund.created'] },
		});
		const [endpoint] = await endpoints();
		expect(endpoint!.enabled_events).toEqual(['refund.created', 'refund.failed', 'refund.updated']);
	});

	it('stores its secret encrypted: it cannot be read from the workflow', async () => {
		await fixture.publish(own);
		const [endpoint] = await endpoints();
		const stored = JSON.stringify(fixture.staticData);
		expect(stored).toContain(endpoint!.id);
		expect(stored).not.toMatch(/whsec/);
		const other = { ...own, credential: { ...credential, secretKey: 'sk_test_rolled' } };
		expect(await deliverTo(endpoint!.id, other)).toMatchObject({
			status: 503,
			message: expect.stringContaining('publish the workflow again') as string,
		});
		await fixture.publish(other);
		const [renewed, ...others] = await endpoints();
		expect(others).toEqual([]);
		expect((await deliverTo(renewed!.id, other)).items).toHaveLength(1);
	});

	it('receives events of connected accounts if that is on', async () => {
		await fixture.publish({ ...own, parameters: { ...parameters, options: { connect: true } } });
		expect((await endpoints())[0]).toMatchObject({ application: 'ca_simulator' });
	});

	it('is not created again while it exists, and is created anew when it was deleted, changed or left behind', async () => {
		await fixture.publish(own);
		const [first] = await endpoints();
		await fixture.publish(own);
		expect((await endpoints()).map(({ id }) => id)).toEqual([first!.id]);

		await stripeAt(fixture.simulator).webhookEndpoints.del(first!.id);
		await fixture.publish(own);
		const [second] = await endpoints();
		expect(second!.id).not.toBe(first!.id);

		await fixture.publish({ ...own, parameters: { ...parameters, events: ['*'] } });
		const [third, ...others] = await endpoints();
		expect([third!.enabled_events, others]).toEqual([['*'], []]);

		// n8n died before it saved what Stripe had answered.
		fixture.staticData = {};
		await fixture.publish({ ...own, parameters: { ...parameters, events: ['*'] } });
		expect(await endpoints()).toHaveLength(1);
	});

	const stripe = () => stripeAt(fixture.simulator).webhookEndpoints;
	it.each<[string, (id: string) => Promise<unknown>, object]>([
		['is at a different address', (id) => stripe().update(id, { url: 'https://elsewhere.example/' }), {}],
		['is disabled', (id) => stripe().update(id, { disabled: true }), {}],
		['uses a different API version', speakOldVersion, {}],
		[
			'has to receive events of connected accounts',
			async () => undefined,
			{ options: { connect: true } },
		],
	])('is created anew when it %s', async (_drift, drift, given) => {
		await fixture.publish(own);
		const before = await endpoints();
		await drift(before[0]!.id);
		await fixture.publish({ ...own, parameters: { ...parameters, ...given } });
		const [renewed, ...others] = await endpoints();
		expect(others).toEqual([]);
		expect(before.map(({ id }) => id)).not.toContain(renewed!.id);
		expect(renewed).toMatchObject({
			url: before[0]!.url,
			status: 'enabled',
			api_version: DEFAULT_API_VERSION,
			application: 'options' in given ? 'ca_simulator' : null,
		});
		expect((await deliverTo(renewed!.id)).items).toHaveLength(1);
	});

	/** The version of an endpoint never changes: it is one that an older version of this package has made. */
	async function speakOldVersion(id: string): Promise<void> {
		const { url, enabled_events } = await stripe().retrieve(id);
		const wish = { url, enabled_events, api_version: '2025-12-15.clover' };
		const older = await stripe().create(wish as Stripe.WebhookEndpointCreateParams);
		await stripe().del(id);
		const stored = JSON.stringify(fixture.staticData).replace(id, older.id);
		fixture.staticData = JSON.parse(stored) as typeof fixture.staticData;
	}

	it('also accepts signatures with Webhook Secret: its secret may be rolled in Stripe', async () => {
		await fixture.publish(own);
		const [endpoint] = await endpoints();
		const old = secretOf(endpoint!.id);
		const rolled = { ...own, credential: { webhookSecret: 'whsec_rolled' } };
		const signatures = (body: string) => {
			const [time, before] = signBody(body, old).split(',') as [string, string];
			const [, after] = signBody(body, 'whsec_rolled').split(',') as [string, string];
			return {
				before: `${time},${before}`,
				during: `${time},${after},${before}`,
				after: `${time},${after}`,
			};
		};
		for (const phase of ['before', 'during', 'after'] as const) {
			const body = JSON.stringify(buildEvent());
			const headers = { 'stripe-signature': signatures(body)[phase] };
			expect((await fixture.deliverRaw(body, headers, rolled)).items).toHaveLength(1);
		}
	});

	it('is created once though its response is lost', async () => {
		fixture.simulator.inject({ kind: 'resetAfter', match: { path: '/v1/webhook_endpoints' } });
		await fixture.publish(own);
		const [endpoint, ...others] = await endpoints();
		expect(others).toEqual([]);
		expect((await deliverTo(endpoint!.id)).items).toHaveLength(1);
	});

	it('is deleted with the workflow, even if it was deleted before', async () => {
		await fixture.publish(own);
		expect(await fixture.hook('delete', own)).toBe(true);
		expect(await endpoints()).toEqual([]);
		await fixture.publish(own);
		await stripeAt(fixture.simulator).webhookEndpoints.del((await endpoints())[0]!.id);
		expect(await fixture.hook('delete', own)).toBe(true);
		expect(JSON.stringify(fixture.staticData)).not.toContain('we_');
	});

	it('is deleted with the workflow even if its ID was lost', async () => {
		await fixture.publish(own);
		fixture.staticData = {};
		expect(await fixture.hook('delete', own)).toBe(true);
		expect(await endpoints()).toEqual([]);
	});

	it('does not keep a workflow from stopping when Stripe does not respond; the next one removes it', async () => {
		await fixture.publish(own);
		fixture.simulator.inject({ kind: 'error503', times: Infinity, match: { method: 'DELETE' } });
		expect(await fixture.hook('delete', own)).toBe(false);
		fixture.simulator.clearFaults();
		fixture.staticData = JSON.parse(JSON.stringify(fixture.staticData)) as typeof fixture.staticData;
		await fixture.hook('create', own);
		expect(await endpoints()).toHaveLength(1);
	});

	it('for a test in the editor is removed after the test, and leaves that of the published workflow alone', async () => {
		await fixture.publish(own);
		const published = fixture.staticData;
		fixture.staticData = {};
		const test = { ...own, mode: 'manual' } as const;
		await fixture.publish(test);
		await fixture.hook('delete', test);
		fixture.staticData = published;
		expect(await fixture.hook('checkExists', own)).toBe(true);
		expect(await endpoints()).toHaveLength(1);
	});
});

describe('a failure is reported in plain words', () => {
	it.each([
		[
			'a restricted key without the permission',
			{ secretKey: 'rk_test_nowebhooks' },
			/does not have permission/,
		],
		['a wrong key', { secretKey: 'sk_test_invalid' }, /does not accept the API key/],
		['no key at all', { secretKey: 'pk_live_1' }, /not a valid Stripe secret key/],
	])('%s', async (_, given, words) => {
		const triggerOptions = { ...own, credential: { ...credential, ...given } };
		await expect(fixture.publish(triggerOptions)).rejects.toThrow(words);
		await expect(fixture.publish(triggerOptions)).rejects.not.toThrow(/sk_test_\w{4}|rk_test_\w{4}/);
	});

	it.each([
		['events', { events: '={{ $vars.none }}' }, 'Events is an expression that returned no value'],
		[
			'an endpoint',
			{ endpoint: '={{ $vars.none ?? "" }}' },
			'Endpoint is an expression that returned no value',
		],
		['other events', { options: { otherEvents: '={{ $vars.none }} ' } }, 'Other Events is an expression'],
		[
			'a retention',
			{ options: { retentionDays: '={{ $vars.none }}' } },
			'Retention (Days) is an expression',
		],
		[
			'whose events',
			{ options: { connect: '={{ $vars.none }}' } },
			'Connected Accounts is an expression',
		],
	])('an expression that returns no %s', async (_, found, words) => {
		await expect(fixture.publish({ ...own, parameters: { ...parameters, ...found } })).rejects.toThrow(
			words,
		);
	});

	it('no events', async () => {
		await expect(fixture.publish({ ...own, parameters: { ...parameters, events: [] } })).rejects.toThrow(
			'Events is empty',
		);
	});

	it('a manual endpoint without its secret', async () => {
		const triggerOptions = { ...own, parameters: { ...parameters, endpoint: 'existing' } };
		await expect(fixture.publish(triggerOptions)).rejects.toThrow(
			'Webhook Secret in the credential is empty',
		);
	});

	it('a manual endpoint is not requested from Stripe', async () => {
		await fixture.publish();
		expect(await fixture.hook('delete')).toBe(true);
		expect(fixture.simulator.requests).toEqual([]);
	});
});
