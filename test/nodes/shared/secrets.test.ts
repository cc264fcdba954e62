import { readFileSync } from 'node:fs';

import type { INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../crash/soak';
import { CLAIM_ORDER, decide, RegistryFixture, PAY, REJECT, RESERVE } from '../fixtures/registryFixture';
import { STRIPE_NODE } from '../fixtures/ordersFixture';

const SECRETS = [
	'sk_live_51AbCdEfGh',
	'rk_test_51AbCdEfGh',
	'sk_org_live_51AbCdEfGh',
	'sk_org_51AbCdEfGh',
	'whsec_51AbCdEfGh',
	'ek_live_51AbCdEfGh',
	'ek_test_51AbCdEfGh',
	'pi_1_secret_51AbCdEfGh',
	'seti_1_secret_51AbCdEfGh',
	'cs_test_a1_secret_51AbCdEfGh',
	'accs_secret__51AbCdEfGh',
	'cuss_secret_51AbCdEfGh',
	'Bearer sk_live_51AbCdEfGh',
];
const PLANTED = '51AbCdEfGh';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

/** Everything that has left, and everything that the ledger's file holds. */
function left(result: { raws: unknown; error?: unknown }): string {
	const file = ['', '-wal'].map((more) => {
		try {
			return readFileSync(`${registry.fixture.ledgerFile}${more}`, 'latin1');
		} catch {
			return '';
		}
	});
	return [JSON.stringify(result.raws), ...file].join('\n');
}

/** Where somebody may put a secret: in ids and names it is refused, in words it is hidden. */
const NAMES: [string, INodeParameters][] = [
	['Customer of Reserve', { ...RESERVE, customer: '={{ $json.planted }}' }],
	['Payment of Reserve', { ...RESERVE, intentOperation: 'refund.create', object: '={{ $json.planted }}' }],
	['Agent of Reserve', { ...RESERVE, agent: '={{ $json.planted }}' }],
	['Session of Reserve', { ...RESERVE, session: '={{ $json.planted }}' }],
	['Stripe Account of Reserve', { ...RESERVE, options: { stripeAccount: '={{ $json.planted }}' } }],
	['What Is Done of Claim', { ...CLAIM_ORDER, action: '={{ $json.planted }}' }],
	[
		'Decided By of Approve',
		{ ...decide('approve'), by: '={{ $json.planted }}', reservation: `v1_${'a'.repeat(43)}` },
	],
	['Decided By of Stop', { resource: 'token', operation: 'stop', by: '={{ $json.planted }}', reason: 'x' }],
	[
		'Decided By of Cancel',
		{
			resource: 'entry',
			operation: 'cancel',
			findBy: 'field',
			fieldValue: '1',
			by: '={{ $json.planted }}',
		},
	],
	[
		'Object ID of Settle',
		{
			resource: 'entry',
			operation: 'settle',
			findBy: 'field',
			fieldValue: '1',
			verdict: 'done',
			objectId: '={{ $json.planted }}',
			by: 'Ada',
		},
	],
];

const WORDS: [string, INodeParameters][] = [
	['Purpose of Reserve', { ...RESERVE, purpose: 'it is {{ $json.planted }}' }],
	[
		'Reason of Stop',
		{ resource: 'token', operation: 'stop', by: 'Ada', reason: '={{ $json.planted }} leaked' },
	],
	['a key field of Claim', { ...CLAIM_ORDER, keyFields: { field: [{ path: 'words', treatAs: 'text' }] } }],
	['the request of Claim', { ...CLAIM_ORDER, request: '={{ { auth: $json.planted } }}' }],
];

describe.each([...SECRETS.entries()])('secret %d, %s', (nth, planted) => {
	// In the short form each secret in some of the places, and each place with some of the secrets.
	const inTurn = <T>(oneOf: number, places: readonly T[]) =>
		sampleRows(oneOf, [...places.slice(nth % oneOf), ...places.slice(0, nth % oneOf)]);

	it.each(inTurn(6, NAMES))('is refused in %s, and revealed to no one', async (_where, parameters) => {
		const result = await registry.run(parameters, [{ order: '1' }, { order: '2', planted }]);
		const [refused] = result.raws
			.flat()
			.filter(({ pairedItem }) => JSON.stringify(pairedItem).includes('1'));
		expect(refused!.json.error).toMatchObject({ outcome: 'refused', retryable: false });
		delete refused!.json.input;
		expect(left(result)).not.toContain(PLANTED);
	});

	it.each(inTurn(5, WORDS))('is hidden in %s', async (_where, parameters) => {
		const result = await registry.run(parameters, [{ order: '2', words: `it is ${planted}`, planted }]);
		for (const { json } of result.raws.flat()) {
			delete json.input;
			delete json.planted;
			delete json.words;
		}
		expect(left(result)).not.toContain(PLANTED);
	});

	it('is hidden in the message of Reject', async () => {
		const claimed = await registry.one(CLAIM_ORDER, { order: '1' });
		const { claim } = claimed.json.idempotency;
		const result = await registry.run({ ...REJECT, message: `={{ $json.planted }}` }, [
			{ claim, planted },
		]);
		expect(left(result)).not.toContain(PLANTED);
	});

	it("is hidden in Stripe's message, in the item, a hint and the ledger", async () => {
		registry.fixture.stripe.inject({ kind: 'decline', match: { method: 'POST' } } as never);
		const parameters = {
			...PAY,
			keySource: 'custom',
			customKey: '={{ $json.order }}',
			paymentMethod: planted,
		};
		const result = await registry.run(parameters, [{ order: '1' }], { type: STRIPE_NODE });
		expect(left(result)).not.toContain(PLANTED);
		expect(JSON.stringify(result.hints('Node'))).not.toContain(PLANTED);
	});
});
