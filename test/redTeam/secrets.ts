import { readFileSync } from 'node:fs';

import type { INodeParameters } from 'n8n-workflow';

import { CLAIM_ORDER, RESERVE } from '../nodes/fixtures/registryFixture';
import { withCustomKey, toLocator, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import type { Guard } from './guards';
import type { AttackFixture, Try } from './try';

const PLANTED = '51AbCdEfGh';
const SECRETS = [
	`sk_live_${PLANTED}`,
	`rk_test_${PLANTED}`,
	`sk_org_live_${PLANTED}`,
	`whsec_${PLANTED}`,
	`ek_live_${PLANTED}`,
	`pi_1_secret_${PLANTED}`,
];

const RESERVING = {
	...RESERVE,
	amount: 1000,
	amountUnit: 'minor',
	currency: 'EUR',
	customer: '',
	session: '',
	purpose: 'x',
	agent: 'shop',
	...withCustomKey('1'),
};

/** Where it comes in, and what stands there. */
const PLACES: [where: string, guards: Guard[], parameters: (secret: string) => INodeParameters][] = [
	['Customer', ['ids', 'secretsComeIn'], (customer) => ({ ...RESERVING, customer })],
	[
		'Payment',
		['ids', 'secretsComeIn'],
		(object) => ({ ...RESERVING, intentOperation: 'refund.create', object }),
	],
	['Agent', ['secretsComeIn'], (agent) => ({ ...RESERVING, agent })],
	['Session', ['secretsComeIn'], (session) => ({ ...RESERVING, session })],
	['Action Name', ['secretsComeIn'], (action) => ({ ...CLAIM_ORDER, action, ...withCustomKey('1') })],
	['Decided By', ['secretsComeIn'], (by) => ({ resource: 'token', operation: 'stop', by, reason: 'x' })],
	[
		'Reason',
		[],
		(reason) => ({ resource: 'token', operation: 'stop', by: 'Ada', reason: `${reason} leaked` }),
	],
	['Purpose', [], (purpose) => ({ ...RESERVING, purpose: `for ${purpose}` })],
	['Custom Value', [], (secret) => ({ ...CLAIM_ORDER, ...withCustomKey(`order ${secret}`) })],
	[
		'Request',
		[],
		(secret) => ({ ...CLAIM_ORDER, ...withCustomKey('1'), request: JSON.stringify({ auth: secret }) }),
	],
];

const intoTheLedger: Try[] = PLACES.flatMap(([where, guards, parameters]) =>
	SECRETS.map((secret) => ({
		name: `${secret.replace(PLANTED, '…')} in ${where}`,
		guards: [...guards, 'secretsGoOut'] as const,
		attempt: async ({ registry }: AttackFixture) => {
			const { raws } = await registry.run(parameters(secret), [{}]);
			return [JSON.stringify(raws), ...ledgerOf(registry.fixture.ledgerFile)]
				.join('')
				.includes(PLANTED);
		},
	})),
);

function ledgerOf(file: string): string[] {
	return ['', '-wal'].map((end) => {
		try {
			return readFileSync(`${file}${end}`, 'latin1');
		} catch {
			return '';
		}
	});
}

const CHARGE_BY_ID = {
	resource: 'paymentIntent',
	operation: 'confirm',
	...withCustomKey('1'),
};

/** With the secret key of the account, to wherever it leads. */
const toStripe: Try[] = SECRETS.flatMap((secret) => [
	{
		name: `${secret.replace(PLANTED, '…')} as the ID of what is confirmed`,
		guards: ['ids', 'paths', 'secretsComeIn'],
		attempt: (attack: AttackFixture) =>
			attack.reaches({ ...CHARGE_BY_ID, paymentIntent: toLocator('id', secret) }),
	},
	{
		name: `${secret.replace(PLANTED, '…')} in the path of a call`,
		guards: ['paths', 'secretsComeIn'],
		attempt: (attack: AttackFixture) =>
			attack.reaches({
				resource: 'customApiCall',
				operation: 'request',
				method: 'POST',
				body: '{}',
				...withCustomKey('1'),
				path: `/v1/customers/${secret}`,
			}),
	},
]);

const outOfAnswers: Try[] = [
	{
		name: 'the client secret of a payment in its item',
		guards: ['secretsGoOut'],
		attempt: async ({ registry }) => {
			const pay = { resource: 'paymentIntent', operation: 'create', amount: 1000, amountUnit: 'minor' };
			const own = { currency: 'EUR', confirm: false, simplify: false, ...withCustomKey('1') };
			const { raws } = await registry.run({ ...pay, ...own }, [{}], { type: STRIPE_NODE });
			return /pi_\w+_secret_\w+/.test(JSON.stringify(raws));
		},
	},
];

export const secrets: Try[] = [...intoTheLedger, ...toStripe, ...outOfAnswers];
