import type { INodeProperties } from 'n8n-workflow';

import { deriveIdentity } from '../../../ledger/identity/key';
import { toCanonicalParams, fingerprintOf } from '../../../ledger/model/request';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import { redactSecrets } from '../../../stripe/api/redact';
import {
	AFTER_REJECTION,
	resolveAfterRejection,
	afterRejectionProperty,
} from '../../shared/key/afterRejection';
import { buildKeyProperties, readKeyFields } from '../../shared/key/keyParameters';
import { refuseUnstableKey } from '../../shared/key/unstableKey';
import { readOrigin } from '../../shared/run/origin';
import { refuseOwnErrorItem } from '../../shared/run/ownItemGuard';
import { toClaimResult } from './results';
import type { RegistryResult } from '../output/result';
import type { RegistryItem } from '../item';
import { buildRegistryNumberOption, retention, SECOND_MS } from '../options';
import type { RegistryOperation } from '../operation';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../ledger/clock';

/**
 * The account of entries for other APIs. Stripe accounts start with `acct_`, so the two never collide in one ledger, whatever the
 * operation is called.
 */
export const CLAIMS_ACCOUNT = 'registry';

const actionProperty: INodeProperties = {
	displayName: 'Action Name',
	name: 'action',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. shipment.create',
	description:
		'A fixed name for what the next nodes do. The same values under a different name are a different key: one order can be shipped once and invoiced once.',
};

const requestProperty: INodeProperties = {
	displayName: 'Request (JSON)',
	name: 'request',
	type: 'json',
	default: '{}',
	description:
		'The parts of the request to the other API that decide what happens. The same key with a different request is refused as a conflict.',
};

const environmentProperty: INodeProperties = {
	displayName: 'Environment',
	name: 'environment',
	type: 'options',
	options: [
		{ name: 'Live', value: 'live' },
		{ name: 'Test', value: 'test', description: 'Ignores everything claimed in Live' },
	],
	default: 'live',
	description:
		'Whether the claim belongs to live or test operation. A key claimed in one can still be claimed in the other.',
};

const ifUnansweredProperty: INodeProperties = {
	displayName: 'If an Earlier Claim Is Unresolved',
	name: 'ifUnanswered',
	type: 'options',
	options: [
		{
			name: 'Retry with Same Key',
			value: 'repeat',
			description:
				'Proceed again while the API still remembers the key. Only for APIs that honor idempotency keys.',
		},
		{
			name: 'Stop',
			value: 'stop',
			description:
				'Send the item to Busy until a person has checked, and completes or releases the claim',
		},
	],
	default: 'stop',
	description:
		'What to do when an earlier run claimed the key but never completed it. The work may have been executed.',
};

export const claimOperation: RegistryOperation = {
	value: 'claim',
	name: 'Claim',
	action: 'Claim a key',
	description: 'Let each item through once, with an idempotency key for the API that does the work',
	outputs: ['proceed', 'alreadyDone', 'busy', 'refused'],
	letsThrough: true,
	concurrency: 10,
	properties: [...buildKeyProperties('Do Once Per', 'executed once'), actionProperty, requestProperty],
	options: [
		afterRejectionProperty,
		environmentProperty,
		buildRegistryNumberOption(
			'holdMinutes',
			'Maximum time the next nodes may take before another run can claim the key',
		),
		ifUnansweredProperty,
		buildRegistryNumberOption(
			'keyLifetimeHours',
			'How long the API remembers a key, minus a safety margin. Only for Retry with Same Key.',
		),
		retention,
		buildRegistryNumberOption(
			'waitForBusySeconds',
			'How long to wait while another run is processing the same key',
		),
	],
	execute: async (item) => {
		refuseOwnErrorItem(item.run.context, item.index);
		await refuseUnstableKey(item.run.context, item.index, item.run.time);
		const claimRequest = buildKeyClaimRequest(item);
		item.run.keyFields.push(...claimRequest.fields);
		item.run.entryIds.push(claimRequest.entryId);
		// Duplicate items of one batch keep their order, and the first one proceeds.
		return item.run.mutex.runExclusive(claimRequest.entryId, () => claimKey(item, claimRequest));
	},
};

function buildKeyClaimRequest(item: RegistryItem): ClaimRequest {
	const { read, index } = item;
	const { context } = item.run;
	const mode = read.optionChoice('environment', ['live', 'test']);
	const scope = { mode, account: CLAIMS_ACCOUNT };
	const operation = read.identifier('action');
	const identity = deriveIdentity(scope, operation, readKeyFields(context, index));
	const params = toCanonicalParams(read.json('request'));
	const request = { method: 'POST', path: operation, params } as const;
	const rejected = read.optionChoice('afterRejection', AFTER_REJECTION);
	const unanswered = read.optionChoice('ifUnanswered', ['stop', 'repeat']);
	const forMs = read.optionNumber('keyLifetimeHours') * HOUR_MS;
	return {
		...scope,
		...identity,
		fields: redactSecrets(identity.fields),
		operation,
		fingerprint: fingerprintOf(request),
		request: { ...request, params: redactSecrets(params) },
		paramsStored: true,
		claimId: item.newClaimId(),
		leaseMs: read.optionNumber('holdMinutes') * MINUTE_MS,
		retentionMs: read.optionNumber('retentionDays') * DAY_MS,
		...resolveAfterRejection(context, rejected),
		whenUncertain: unanswered === 'repeat' ? { kind: 'repeat', forMs } : { kind: 'stop' },
		origin: readOrigin(context, index),
	};
}

async function claimKey(item: RegistryItem, request: ClaimRequest): Promise<RegistryResult> {
	const { claimedEntryIds, signal } = item.run;
	const waitMs = item.read.optionNumber('waitForBusySeconds') * SECOND_MS;
	const ledger = await item.openLedger(item.run.hostClock);
	const decision = await ledger.claim(request, claimedEntryIds.has(request.entryId) ? 0 : waitMs, signal);
	if (decision.kind === 'granted') claimedEntryIds.add(request.entryId).add(decision.grant.entry.entryId);
	return toClaimResult(decision, ledger, request);
}
