import { rmSync } from 'node:fs';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { ACCOUNT, CHARGE, STRIPE_NODE, toLocator, withCustomKey } from '../nodes/fixtures/ordersFixture';
import { asAccount, replyWith, WireServer } from '../stripe/api/wireServer';
import type { AttackFixture, Try } from './try';

/** Whether an item leaves as a success where everything is answered by this. */
async function isTakenForSuccess(
	{ registry }: AttackFixture,
	parameters: INodeParameters,
	body: IDataObject,
	headers: Record<string, string> = {},
): Promise<boolean> {
	const reply = replyWith(200, body, { 'Request-Id': 'req_1', ...headers });
	const server = await WireServer.start(asAccount(ACCOUNT, reply));
	const how = { type: STRIPE_NODE, credential: { baseUrl: server.url } };
	try {
		const own = { ...parameters, ...withCustomKey('1'), options: { maxRetries: 0 } };
		const { outputsOf } = await registry.run(own, [{ order: '1' }], how);
		return outputsOf[0]!.length > 0;
	} finally {
		await server.stop();
	}
}

const REFUND = {
	resource: 'refund',
	operation: 'create',
	refundOf: 'charge',
	charge: toLocator('id', 'ch_1'),
	amount: 500,
	amountUnit: 'minor',
};
const PAY_INVOICE = { resource: 'invoice', operation: 'pay', invoice: toLocator('id', 'in_1') };
const CALL = { resource: 'customApiCall', operation: 'request', method: 'POST', body: '{}' };
const INTENT = { id: 'pi_1', object: 'payment_intent', status: 'succeeded' };

const responses: [string, INodeParameters, IDataObject, Record<string, string>?][] = [
	['a payment by nothing', CHARGE, {}],
	['a payment by a charge', CHARGE, { id: 'ch_1', object: 'charge' }],
	['a payment by that of another order', CHARGE, { ...INTENT, metadata: { n8n_entry: 'v1_other' } }],
	['a payment by one of another amount', CHARGE, { ...INTENT, amount: 1 }],
	['a payment by one of live mode', CHARGE, { ...INTENT, livemode: true }],
	['a refund by that of another charge', REFUND, { id: 're_1', object: 'refund', charge: 'ch_2' }],
	['a refund by a list', REFUND, { object: 'list', data: [], has_more: false }],
	['a paid invoice by another one', PAY_INVOICE, { id: 'in_2', object: 'invoice', status: 'paid' }],
	['a call by nothing', { ...CALL, path: '/v1/issuing/cards' }, {}],
	['a call by a list', { ...CALL, path: '/v1/issuing/cards' }, { object: 'list', data: [] }],
];

const foreignResponses: Try[] = responses.map(([name, parameters, body, headers]) => ({
	name: `${name} is confirmed`,
	guards: ['responseObjects'],
	attempt: (attack) => isTakenForSuccess(attack, parameters, body, headers),
}));

const heads: [string, Record<string, string>][] = [
	['the response to a different key', { 'Idempotency-Key': 'n8n_v1_other' }],
	['what a cache has kept', { Age: '60' }],
];

const foreignHeads: Try[] = heads.map(([name, headers]) => ({
	name: `a payment is confirmed by ${name}`,
	guards: ['responseHeads'],
	attempt: (attack) => isTakenForSuccess(attack, CHARGE, INTENT, headers),
}));

const lostLedger: Try = {
	name: 'an order is paid again when its ledger was deleted while n8n was running',
	guards: ['lostEntries'],
	attempt: async (attack) => {
		const order = { ...CHARGE, ...withCustomKey('1') };
		await attack.sends(order, { order: '1' });
		const { ledgerFile } = attack.registry.fixture;
		for (const end of ['', '-wal', '-shm']) rmSync(`${ledgerFile}${end}`, { force: true });
		return attack.sends(order, { order: '1' });
	},
};

/** What comes from outside: responses that are none, and a ledger that is not there any more. */
export const outside: readonly Try[] = [...foreignResponses, ...foreignHeads, lostLedger];
