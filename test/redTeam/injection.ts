import type { INodeParameters } from 'n8n-workflow';

import { PAY } from '../nodes/fixtures/registryFixture';
import { withCustomKey, toLocator, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import type { Try } from './try';

const NO_IDS = [
	'pi_1/../../customers/cus_1',
	'pi_1?expand[]=customer',
	'pi_1%2fcapture',
	'pi_1#x',
	'pi_1/capture',
	'../customers',
	'..',
	'.',
	"pi_1'",
	'pi_1;',
	'pi_1&amount=1',
];

const ON_IDS: [string, (id: string) => INodeParameters][] = [
	[
		'confirmed',
		(id) => ({ resource: 'paymentIntent', operation: 'confirm', paymentIntent: toLocator('id', id) }),
	],
	[
		'cancelled',
		(id) => ({ resource: 'paymentIntent', operation: 'cancel', paymentIntent: toLocator('id', id) }),
	],
	['read', (id) => ({ resource: 'customer', operation: 'get', customer: toLocator('id', id) })],
	[
		'deleted',
		(id) => ({
			resource: 'customer',
			operation: 'delete',
			customer: toLocator('id', id),
			yesDelete: true,
		}),
	],
];

const inIds: Try[] = NO_IDS.flatMap((id) =>
	ON_IDS.map(([done, parameters]) => ({
		name: `${id} is ${done}`,
		guards: ['ids', 'paths'] as const,
		attempt: (attack) => attack.reaches({ ...parameters(id), ...withCustomKey('1') }),
	})),
);

const NO_PATHS = [
	'/v1/../v2/x',
	'/v1//customers',
	'/v1/customers?limit=1',
	'/v1/customers#x',
	'/v1/%2e%2e/x',
	'/v1/customers/',
	'/v1/./x',
];

const inPaths: Try[] = NO_PATHS.map((path) => ({
	name: `the path ${path}`,
	guards: ['paths'],
	attempt: (attack) =>
		attack.reaches({
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			body: '{}',
			...withCustomKey('1'),
			path,
		}),
}));

const inNames: Try[] = ['[amount]', 'amount]', 'amount[]', 'amount[0]', 'metadata[x]'].map((name) => ({
	name: `a parameter that is called ${name}`,
	guards: ['parameterNames'],
	attempt: (attack) => {
		const additionalFields = { otherParameters: JSON.stringify({ [name]: '99999' }) };
		return attack.sends({
			...PAY,
			...withCustomKey('1'),
			amount: 1000,
			amountUnit: 'minor',
			additionalFields,
		});
	},
}));

const inTheCredential: Try[] = [
	...['sk_live_shop', 'rk_live_shop'].map((secretKey): Try => ({
		name: `${secretKey} to an address that is not Stripe's`,
		guards: ['liveKeys'],
		attempt: (attack) =>
			attack.reaches({ resource: 'customer', operation: 'getMany', returnAll: true }, { secretKey }),
	})),
	...(
		[
			['none', '', 'pepper'],
			['one', 'pepper', ''],
			['one', 'pepper', 'salt'],
		] as const
	).map(([had, old, changed]): Try => ({
		name: `an order that is paid already, under another secret for keys than ${had} (${changed || 'none'})`,
		guards: ['keySecret'],
		attempt: async ({ registry }) => {
			const pay = { ...PAY, ...withCustomKey('1'), amount: 1000, amountUnit: 'minor' };
			for (const keySecret of [old, changed])
				await registry.run(pay, [{}], { type: STRIPE_NODE, credential: { keySecret } });
			return registry.fixture.charges() > 1;
		},
	})),
];

export const injection: Try[] = [...inIds, ...inPaths, ...inNames, ...inTheCredential];
