import type { IDataObject } from 'n8n-workflow';

import { Desk, PAY, RESERVE } from './registryNode';
import { STRIPE_NODE } from './stripeNode';
import { letLiveKeysReachTheSimulator } from '../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

it.each<[string, IDataObject, string]>([
	[
		'in test mode moves nothing in live mode',
		{ secretKey: 'sk_live_shop' },
		'mode was reserved as test, now it is live',
	],
	['for one account moves nothing for another', { accountId: 'acct_other' }, 'account was reserved as'],
])('what was reserved %s', async (_what, credential, words) => {
	const desk = await Desk.open();
	try {
		const { json } = await desk.one(RESERVE, { order: '1' });
		const paid = await desk.one(PAY, { token: json.token }, { type: STRIPE_NODE, credential });
		expect(paid.json.error).toMatchObject({ outcome: 'blocked' });
		expect(paid.json.error.message).toContain(words);
		expect(desk.setting.charges()).toBe(0);
	} finally {
		await desk.close();
	}
});
