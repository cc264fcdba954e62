import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import type { RunWith, Setting } from '../nodes/setting';
import type { Work } from './nodeWorker';
import type { Place } from './place';
import { nodeAt } from './place';

/** How the node of a setting is told to keep its ledger at a place. */
export function using(
	setting: Setting,
	place: Place,
	{ options = {}, parameters = {} }: Pick<RunWith, 'options' | 'parameters'> = {},
) {
	const at = nodeAt(place);
	const stripe = { secretKey: 'sk_test_crash', baseUrl: setting.stripe.url, accountId: 'acct_simulator' };
	const credentials: Record<string, ICredentialDataDecryptedObject> = {
		...at.credentials,
		stripeIdempotentApi: stripe,
	};
	return {
		parameters: { ...at.parameters, ...parameters },
		options: { ...at.options, ...options },
		run: { credentials },
	} satisfies RunWith;
}

/** The same for a worker process. */
export function workFor(setting: Setting, how: ReturnType<typeof using>, items: IDataObject[]): Work {
	return { node: setting.node(how), credentials: how.run.credentials, items };
}
