import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import type { RunSetup, NodeFixture } from '../nodes/fixtures/nodeFixture';
import type { NodeJob } from './nodeWorker';
import type { LedgerLocation } from './ledgerLocation';
import { toNodeSettings } from './ledgerLocation';

/** Builds the node settings that place its ledger at a location. */
export function useLedgerAt(
	fixture: NodeFixture,
	location: LedgerLocation,
	{ options = {}, parameters = {} }: Pick<RunSetup, 'options' | 'parameters'> = {},
) {
	const at = toNodeSettings(location);
	const stripe = { secretKey: 'sk_test_crash', baseUrl: fixture.stripe.url, accountId: 'acct_simulator' };
	const credentials: Record<string, ICredentialDataDecryptedObject> = {
		...at.credentials,
		stripeIdempotentApi: stripe,
	};
	return {
		parameters: { ...at.parameters, ...parameters },
		options: { ...at.options, ...options },
		run: { credentials },
	} satisfies RunSetup;
}

/** Builds the same settings for a worker process. */
export function buildJob(
	fixture: NodeFixture,
	how: ReturnType<typeof useLedgerAt>,
	items: IDataObject[],
): NodeJob {
	return { node: fixture.node(how), credentials: how.run.credentials, items };
}
