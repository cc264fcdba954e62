import type { IDataObject } from 'n8n-workflow';

import { RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { STRIPE_NODE } from '../../fixtures/ordersFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

it.each<[string, IDataObject, string]>([
	[
		'in test mode moves nothing in live mode',
		{ secretKey: 'sk_live_shop' },
		'mode was reserved as test, but is now live',
	],
	[
		'for one account moves nothing in a different one',
		{ accountId: 'acct_other' },
		'account was reserved as',
	],
])('what was reserved %s', async (_what, credential, message) => {
	const registry = await RegistryFixture.open();
	try {
		const { json } = await registry.one(RESERVE, { order: '1' });
		const paid = await registry.one(PAY, { token: json.token }, { type: STRIPE_NODE, credential });
		expect(paid.json.error).toMatchObject({ outcome: 'blocked' });
		expect(paid.json.error.message).toContain(message);
		expect(registry.fixture.charges()).toBe(0);
	} finally {
		await registry.close();
	}
});
